//! One store, one account on moto, one proxy between, and the binary.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::moto::{ACCOUNT, Moto};
use crate::proxy::Proxy;

/// What a journey happens in.
pub struct Lab {
    /// The account.
    pub moto: Moto,
    /// What stands between.
    pub proxy: Proxy,
    home: TempDir,
}

impl Lab {
    /// An account that holds the made-up company.
    pub fn company() -> Self {
        let lab = Self::empty();
        lab.moto.company("build");
        lab
    }

    /// An account that holds what these Python statements make.
    pub fn holding(statements: &str) -> Self {
        let lab = Self::empty();
        lab.moto.python(statements);
        lab
    }

    /// An account that holds what AWS itself makes.
    pub fn empty() -> Self {
        Self::around(Moto::start())
    }

    /// Room for many accounts.
    pub fn of_many() -> Self {
        Self::around(Moto::without_images())
    }

    fn around(moto: Moto) -> Self {
        let proxy = Proxy::start(moto.address());
        Self { moto, proxy, home: tempfile::tempdir().unwrap() }
    }

    /// Registers the account with these regions alone: a scan of all of AWS takes its time.
    pub fn in_regions(self, regions: &[&str]) -> Self {
        let mut add = vec!["account", "add", "--id", ACCOUNT, "--name", "lighthouse"];
        for region in regions {
            add.extend(["--region", region]);
        }
        self.run(&add).expect(0);
        self
    }

    /// Where the store is.
    pub fn store(&self) -> PathBuf {
        self.home.path().join("store")
    }

    /// A folder for whatever a journey needs, the home of whoever runs the binary.
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Writes the configuration file.
    pub fn configure(&self, text: &str) {
        let folder = self.home().join(".config/secmonkey");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// What of a configuration file leaves only these technologies on.
    pub fn only(&self, technologies: &[&str]) -> String {
        let all = self.json(&["technologies"]);
        let all = all.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
        let off: Vec<_> = all.filter(|id| !technologies.contains(id)).collect();
        format!("[technologies]\noff = {off:?}\n")
    }

    /// The binary with these arguments, ready to run: with credentials, and nothing of
    /// the environment of the tests.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("AWS_ENDPOINT_URL", self.proxy.endpoint())
            .env("AWS_ACCESS_KEY_ID", "journey")
            .env("AWS_SECRET_ACCESS_KEY", "journey")
            .env("AWS_REGION", "us-east-1")
            // What fails in a journey fails for good.
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("SECMONKEY_STORE", self.store())
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(self.command(arguments).output().unwrap(), arguments)
    }

    /// Runs the binary, which has to end with 0, and reads what it prints as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--format", "json"];
        all.extend(arguments);
        self.run(&all).expect(0).json()
    }

    /// A scan that reads everything.
    pub fn scan(&self) -> Value {
        let scan = self.json(&["scan"]);
        assert_eq!(scan["failed_sweeps"], Value::Array(vec![]));
        scan
    }

    /// A scan that cannot read everything.
    pub fn scan_in_part(&self) -> Value {
        self.run(&["--format", "json", "scan"]).expect(3).json()
    }

    /// All events.
    pub fn log(&self) -> Vec<Value> {
        self.run(&["--format", "jsonl", "log"]).expect(0).lines()
    }

    /// The events after a number of them.
    pub fn log_after(&self, count: usize) -> Vec<Value> {
        self.log().split_off(count)
    }

    /// The one item of a name.
    pub fn item(&self, technology: &str, name: &str) -> Value {
        let found = self.json(&["items", "--technology", technology, "--name", name]);
        let found = found.as_array().unwrap();
        assert_eq!(found.len(), 1, "{technology} {name}: {found:?}");
        found[0].clone()
    }
}

/// What a run left behind.
pub struct Ran {
    command: String,
    output: Output,
}

impl Ran {
    pub fn new(output: Output, arguments: &[&str]) -> Self {
        Self { command: format!("secmonkey {}", arguments.join(" ")), output }
    }

    /// The exit code; `None` after a signal.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Asks for an exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{self}");
        assert!(!self.stderr().contains("panicked"), "{self}");
        self
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// The one line of the error.
    #[track_caller]
    pub fn error(&self) -> String {
        let said = self.stderr();
        assert_eq!(said.lines().count(), 1, "an error is one line: {self}");
        said.trim_end().to_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout().lines().map(parse).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ended with {}", self.command, self.output.status)?;
        write!(f, "\n--- stdout\n{}", String::from_utf8_lossy(&self.output.stdout))?;
        write!(f, "--- stderr\n{}", String::from_utf8_lossy(&self.output.stderr))
    }
}

/// The events about the configurations of items.
pub fn item_events(log: &[Value]) -> Vec<&Value> {
    let about_items =
        |event: &&Value| event["event"]["type"].as_str().unwrap().starts_with("item_");
    log.iter().filter(about_items).collect()
}

/// The binary, which cargo puts beside the folder of this test.
pub fn binary() -> PathBuf {
    let path = env::current_exe().unwrap();
    let path = path.parent().and_then(|deps| deps.parent()).unwrap();
    let path = path.join(format!("secmonkey{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is missing: run ./test, or cargo build --workspace --all-targets",
        path.display()
    );
    path
}
