//! Asks and tells a scheduler while it runs.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::account::AccountId;
use crate::pipeline::Summary;
use crate::schedule::{self, Settings, State, TechnologyState};

/// What somebody wants of the scheduler.
pub(super) enum Command {
    RunNow {
        account: AccountId,
        technologies: Vec<String>,
        reply: oneshot::Sender<Result<RunNow, schedule::Error>>,
    },
    State(oneshot::Sender<State>),
    Technologies(AccountId, oneshot::Sender<Vec<TechnologyState>>),
    Configure(Settings),
}

/// Tells somebody what came of what was asked for.
pub(super) type Answer = oneshot::Sender<Result<Arc<Summary>, Error>>;

/// Asks and tells a [`Scheduler`](super::Scheduler) while it runs. Cheap to clone.
///
/// Pauses, intervals and priorities are [decisions](crate::decide::Decisions::schedule): they
/// are recorded, and it follows the record.
#[derive(Clone)]
pub struct Handle(mpsc::Sender<Command>);

/// Why nothing came of what was asked of a scheduler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It does not run any more.
    #[error("the scheduler has stopped")]
    Stopped,
    /// It is not looked at.
    #[error(transparent)]
    Refused(#[from] schedule::Error),
    /// It is not watched any more.
    #[error("the account is not watched any more")]
    Gone,
    /// The scan could not do its work.
    #[error("{0}")]
    Failed(String),
}

impl Handle {
    pub(super) fn new(commands: mpsc::Sender<Command>) -> Self {
        Self(commands)
    }

    /// Has technologies of an account scanned now, all where none is named, whatever is paused,
    /// too. Returns as soon as that is on its way; what comes of it can be
    /// [waited for](RunNow::outcome).
    ///
    /// It begins before what is due, as soon as a task may begin and none of the technologies
    /// is being looked at.
    ///
    /// # Errors
    /// Where the account or a technology of it is not watched, or nobody schedules any more.
    pub async fn run_now(
        &self,
        account: &AccountId,
        technologies: &[String],
    ) -> Result<RunNow, Error> {
        let (account, technologies) = (account.clone(), technologies.to_vec());
        let asked = self.ask(|reply| Command::RunNow { account, technologies, reply }).await?;
        Ok(asked?)
    }

    /// How the schedule stands.
    ///
    /// # Errors
    /// Where nobody schedules any more.
    pub async fn state(&self) -> Result<State, Error> {
        self.ask(Command::State).await
    }

    /// When each technology of an account is looked at; none where the account is not watched.
    ///
    /// # Errors
    /// Where nobody schedules any more.
    pub async fn technologies(&self, account: &AccountId) -> Result<Vec<TechnologyState>, Error> {
        self.ask(|reply| Command::Technologies(account.clone(), reply)).await
    }

    /// Takes other settings from now on.
    ///
    /// # Errors
    /// Where nobody schedules any more.
    pub async fn configure(&self, settings: Settings) -> Result<(), Error> {
        self.0.send(Command::Configure(settings)).await.map_err(|_| Error::Stopped)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.0.send(command(reply)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)
    }
}

/// A scan that somebody asked for. Dropping it does not stop the scan.
#[derive(Debug)]
pub struct RunNow(oneshot::Receiver<Result<Arc<Summary>, Error>>);

impl RunNow {
    pub(super) fn new(outcome: oneshot::Receiver<Result<Arc<Summary>, Error>>) -> Self {
        Self(outcome)
    }

    /// Waits for what the scan comes to.
    ///
    /// # Errors
    /// Where it could not do its work, the account went meanwhile, or the scheduler was
    /// stopped.
    pub async fn outcome(self) -> Result<Arc<Summary>, Error> {
        self.0.await.unwrap_or(Err(Error::Stopped))
    }
}
