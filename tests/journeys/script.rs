//! Python programs that run beside a journey.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::lab::Lab;
use crate::moto::{estate, python};

/// A program of `tests/estate` that says what it does, a line of JSON each; it goes with this
/// value.
pub struct Script {
    child: Child,
    output: PathBuf,
    name: &'static str,
}

impl Script {
    /// Starts one, which finds moto as AWS.
    pub fn start(lab: &Lab, name: &'static str, arguments: &[&str]) -> Self {
        let output = lab.home().join(name);
        let mut command = Command::new(python());
        command.arg(estate().join(name)).args(arguments);
        lab.moto.known_to(&mut command);
        command.stdin(Stdio::piped()).stdout(File::create(&output).unwrap());
        command.stderr(File::create(output.with_extension("log")).unwrap());
        Self { child: command.spawn().unwrap(), output, name }
    }

    /// Asks it for something, a line of JSON.
    pub fn ask(&mut self, what: &Value) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{what}").unwrap();
    }

    /// What it said so far.
    pub fn said(&mut self) -> Vec<Value> {
        if let Some(status) = self.child.try_wait().unwrap() {
            let why = fs::read_to_string(self.output.with_extension("log")).unwrap();
            panic!("{} ended with {status}: {why}", self.name);
        }
        let text = fs::read_to_string(&self.output).unwrap();
        // The last line may not be all there.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
