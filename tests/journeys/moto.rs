//! AWS, as moto plays it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The account that moto plays.
pub const ACCOUNT: &str = "123456789012";

/// A moto server of its own, which goes with this value.
pub struct Moto {
    server: Child,
    address: SocketAddr,
    _logs: TempDir,
}

impl Moto {
    /// Starts a server on a free port; the account has nothing but what AWS itself
    /// makes: a default network in each region.
    pub fn start() -> Self {
        Self::started(true)
    }

    /// The same without the images that AWS offers, which take moto a second for each account.
    pub fn without_images() -> Self {
        Self::started(false)
    }

    fn started(has_images: bool) -> Self {
        let logs = tempfile::tempdir().unwrap();
        let log = logs.path().join("moto.log");
        let output = File::create(&log).unwrap();
        let mut server = Command::new(python())
            .arg(estate().join("server.py"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", has_images.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        let address = loop {
            let said = fs::read_to_string(&log).unwrap();
            let address = said.lines().find_map(|line| line.strip_prefix(" * Running on http://"));
            if let Some(address) = address {
                break address.parse().unwrap();
            }
            if let Some(status) = server.try_wait().unwrap() {
                panic!("moto ended with {status}: {said}");
            }
            if Instant::now() > deadline {
                server.kill().unwrap();
                panic!("moto does not start: {said}");
            }
            sleep(Duration::from_millis(50));
        };
        Self { server, address, _logs: logs }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs a step of the made-up company: `build`, `change`.
    pub fn company(&self, step: &str) {
        self.run(Command::new(python()).arg(estate().join("company.py")).arg(step));
    }

    /// A step in the life of one resource of each technology: `create`, `change`, `delete`.
    pub fn each(&self, step: &str, state: &Path) {
        self.run(Command::new(python()).arg(estate().join("each.py")).arg(step).arg(state));
    }

    /// Runs Python statements that find the clients `ec2`, `iam`, `s3`, `s3control` and
    /// `ses` of us-east-1 and everything of `company.py`.
    pub fn python(&self, statements: &str) {
        let clients = "from company import *\n\
             ec2, iam, s3, s3control, ses = map(client, ('ec2', 'iam', 's3', 's3control', 'ses'))\n";
        self.run(Command::new(python()).arg("-c").arg(format!("{clients}{statements}")));
    }

    /// Has a Python program find this server, and what `tests/estate` holds.
    pub fn known_to(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("PYTHONPATH", estate())
            .env("PYTHONDONTWRITEBYTECODE", "1");
    }

    fn run(&self, command: &mut Command) {
        self.known_to(command);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// What moto is made of, and what lives on it.
pub fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("estate")
}

pub fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = root.join(".venv/bin/python");
    assert!(path.exists(), "{} is missing: run ./test, or tests/estate/venv", path.display());
    path
}
