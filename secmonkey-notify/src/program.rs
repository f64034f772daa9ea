//! Programs that are run: without a shell, and not for ever.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// So much of what it prints is kept.
const KEPT: usize = 64 * 1024;

/// A program to run.
pub(crate) struct Program<'a> {
    /// The program and its arguments: no shell reads them.
    pub command: &'a [String],
    /// What it reads from its standard input.
    pub input: &'a [u8],
    /// Its whole environment; ours where there is none.
    pub environment: Option<Vec<(String, String)>>,
    /// After this long it is killed, with all that it started.
    pub patience: Duration,
}

/// What became of it.
pub(crate) struct Ended {
    pub status: ExitStatus,
    /// The start of what it printed.
    pub out: Vec<u8>,
    /// The start of what it complained of.
    pub err: Vec<u8>,
}

/// Why it did not end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("it does not start: {0}")]
    NotStarted(std::io::Error),
    #[error("it did not end within {} s", .0.as_secs())]
    Late(Duration),
}

impl Program<'_> {
    /// Runs it to its end.
    pub async fn run(self) -> Result<Ended, Error> {
        let no_program = || std::io::Error::other("no program is named");
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| Error::NotStarted(no_program()))?;
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(environment) = self.environment {
            command.env_clear().envs(environment);
        }
        let mut running = Running(Some(command.spawn().map_err(Error::NotStarted)?));
        let ended = tokio::time::timeout(self.patience, running.end(self.input)).await;
        let ended = ended.map_err(|_| Error::Late(self.patience))?.map_err(Error::NotStarted)?;
        running.0 = None;
        Ok(ended)
    }
}

/// A program that runs; killed with all that it started where nobody waits for it any more.
struct Running(Option<Child>);

impl Running {
    async fn end(&mut self, input: &[u8]) -> std::io::Result<Ended> {
        let gone = || std::io::Error::other("it ended already");
        let child = self.0.as_mut().ok_or_else(gone)?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program need not read it.
                let _ = stdin.write_all(input).await;
            }
        };
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let ((), out, err, status) = tokio::join!(write, start(out), start(err), child.wait());
        Ok(Ended { status: status?, out, err })
    }
}

/// The start of what can be read; the rest is read and dropped, so that nobody waits.
async fn start(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut from) = from {
        let mut page = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut page).await {
            let room = KEPT - kept.len();
            kept.extend_from_slice(&page[..read.min(room)]);
        }
    }
    kept
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.0.as_ref().and_then(Child::id).and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // Its group has its id. Where it has just ended there is nobody to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
