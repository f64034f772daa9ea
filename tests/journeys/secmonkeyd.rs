//! The daemon, as journeys start and end it.

use std::fmt::Debug;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::{Lab, binary};

/// What a machine that does other work, too, may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// A daemon that runs; it is killed where a test fails.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it over the store of a lab.
    pub fn start(lab: &Lab, arguments: &[&str]) -> Self {
        let like = lab.command(&[] as &[&str]);
        let log = lab.home().join("daemon.log");
        let mut command = Command::new(binary().with_file_name("secmonkeyd"));
        command.args(arguments).env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::OpenOptions::new().create(true).append(true).open(&log).unwrap());
        Self { child: command.spawn().unwrap(), log }
    }

    /// What it said, and those before it in this lab.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until it said something.
    #[track_caller]
    pub fn says(&self, part: &str) {
        until(|| self.said().contains(part), || format!("`{part}` in\n{}", self.said()));
    }

    /// Sends it a signal: `-KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it in order, and says how long that took.
    pub fn end(mut self) -> Duration {
        let start = Instant::now();
        self.signal("-TERM");
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.said());
        assert!(!self.said().contains("defect"), "{}", self.said());
        start.elapsed()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
#[track_caller]
pub fn until(mut done: impl FnMut() -> bool, what: impl Fn() -> String) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "never: {}", what());
        sleep(Duration::from_millis(50));
    }
}

/// Looks until it sees what it is to see, and returns that.
#[track_caller]
pub fn look_until<T: Debug>(look: impl Fn() -> T, is_it: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look();
        if is_it(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "never: {seen:?}");
        sleep(Duration::from_millis(200));
    }
}

/// What a server answers to `GET`, head and body.
pub fn get(stream: &mut (impl std::io::Read + std::io::Write), path: &str) -> String {
    ask(stream, "GET", path)
}

/// What a server answers to a request without a body, head and body.
pub fn ask(stream: &mut (impl std::io::Read + std::io::Write), method: &str, path: &str) -> String {
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// What the daemon that holds the store of a lab says of itself and its accounts.
pub fn state(lab: &Lab) -> Value {
    let mut socket = UnixStream::connect(lab.store().join("daemon.socket")).unwrap();
    let answer = get(&mut socket, "/api/v1/state");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}
