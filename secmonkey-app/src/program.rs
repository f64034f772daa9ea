//! Watchers that are programs: they print what they read, line by line.
//!
//! A program is run once for each region of each account (once for each account, where it
//! is global) and finds both in its environment, under `SECMONKEY_ACCOUNT` and
//! `SECMONKEY_REGION`. No shell reads its command, and it ends with the scan.

use std::future::Future;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secmonkey_aws::AWS;
use secmonkey_core::provider::Provider;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::{
    Cause, Complete, Error, Lines, Listed, Looked, Observed, Scope, Sweep, Wanted, Watcher, pages,
};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// The variable with the id of the account.
const ACCOUNT: &str = "SECMONKEY_ACCOUNT";
/// The variable with the region; `global`, where one run covers all.
const REGION: &str = "SECMONKEY_REGION";

/// What one line may have, in bytes.
const LINE: u64 = 16 * 1024 * 1024;
/// What one run may print, in bytes.
const ALL: u64 = 1024 * 1024 * 1024;
/// So many lines are handed on at a time.
const PAGE: usize = 100;
/// So much is looked at of what it complains of.
const COMPLAINT: u64 = 4096;

/// A program that prints items.
pub struct Program {
    command: Vec<String>,
    timeout: Duration,
    technologies: Vec<Technology>,
    most: (u64, u64),
}

/// A run of it.
struct Run {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The first line of what it complains of.
    complaint: JoinHandle<String>,
    lines: Lines,
    bytes: u64,
}

impl Program {
    /// A program and its arguments, how long a run may take, and what it reads.
    #[must_use]
    pub fn new(command: Vec<String>, timeout: Duration, technologies: Vec<Technology>) -> Self {
        Self { command, timeout, technologies, most: (LINE, ALL) }
    }

    /// Its name, where operations have one.
    fn name(&self) -> String {
        self.command.first().cloned().unwrap_or_default()
    }

    fn failed(&self, cause: Cause, reason: impl Into<String>) -> Error {
        Error::new(self.name(), cause, reason)
    }

    fn start(&self, scope: &Scope) -> Result<Run, Error> {
        let cannot = |error: std::io::Error| {
            self.failed(Cause::Other, format!("it cannot be started: {error}"))
        };
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| self.failed(Cause::Other, "there is no command"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .env(ACCOUNT, scope.account.id.as_str())
            .env(REGION, &scope.region)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(cannot)?;
        let (Some(out), Some(mut said)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(self.failed(Cause::Other, "its output cannot be read"));
        };
        let complaint = tokio::spawn(async move {
            let mut first = Vec::new();
            let _ = (&mut said).take(COMPLAINT).read_to_end(&mut first).await;
            // It must not wait for somebody to read the rest.
            let _ = tokio::io::copy(&mut said, &mut tokio::io::sink()).await;
            let first = String::from_utf8_lossy(&first).into_owned();
            first.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
        });
        let lines = Lines::new(self.name(), &self.technologies, scope.region.as_str());
        Ok(Run { child, out: BufReader::new(out), complaint, lines, bytes: 0 })
    }

    /// The next items; none at all after the last line of a program that ended well.
    async fn page(&self, run: &mut Run) -> Result<Listed<Observed>, Error> {
        let (line, all) = self.most;
        let mut items = Vec::new();
        for _ in 0..PAGE {
            let mut text = Vec::new();
            let read = (&mut run.out).take(line + 1).read_until(b'\n', &mut text).await;
            read.map_err(|error| self.failed(Cause::Garbled, error.to_string()))?;
            if text.is_empty() {
                self.end(run).await?;
                return Ok(Listed::page(items, None));
            }
            let length = text.len() as u64;
            run.bytes += length;
            let number = run.lines.number() + 1;
            if length > line {
                let reason = format!("line {number} has more than {line} bytes");
                return Err(self.failed(Cause::Garbled, reason));
            }
            if run.bytes > all {
                let reason = format!("it printed more than {all} bytes, by line {number}");
                return Err(self.failed(Cause::Garbled, reason));
            }
            items.extend(run.lines.read(&text)?);
        }
        Ok(Listed::page(items, Some(run.lines.number().to_string())))
    }

    /// Waits for the end of a program that prints no more.
    async fn end(&self, run: &mut Run) -> Result<(), Error> {
        let status = run.child.wait().await;
        let status = status.map_err(|error| self.failed(Cause::Other, error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let said = (&mut run.complaint).await.unwrap_or_default();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        Err(self.failed(Cause::Other, format!("it failed with {status}{said}")))
    }

    /// Runs the program; `take` gets each item as soon as it is read. Says which technologies
    /// it read to the end, and that it ended.
    async fn run<F, Fut>(
        &self,
        scope: &Scope,
        most: usize,
        mut take: F,
    ) -> Result<(Vec<&Technology>, Complete), Error>
    where
        F: FnMut(Observed) -> Fut + Send,
        Fut: Future<Output = ()> + Send,
    {
        let whole = async {
            let run = Arc::new(Mutex::new(self.start(scope)?));
            let listing = pages(self.name(), |_| {
                let run = Arc::clone(&run);
                async move { self.page(&mut *run.lock().await).await }
            });
            let mut listing = listing.at_most(most);
            while let Some(items) = listing.next().await? {
                for item in items {
                    take(item).await;
                }
            }
            let ended = listing.end()?;
            let run = run.lock().await;
            let complete = self.technologies.iter().filter(|one| run.lines.is_complete(&one.id));
            Ok((complete.collect(), ended))
        };
        let seconds = self.timeout.as_secs();
        let late =
            || self.failed(Cause::Unreachable, format!("it did not end in {seconds} seconds"));
        tokio::time::timeout(self.timeout, whole).await.map_err(|_| late())?
    }
}

#[async_trait]
impl Watcher for Program {
    fn provider(&self) -> Provider {
        AWS
    }

    fn technologies(&self) -> &[Technology] {
        &self.technologies
    }

    async fn sweep(&self, scope: &Scope, out: &Sweep) -> Result<(), Error> {
        let most = out.most().saturating_mul(self.technologies.len());
        let (complete, ended) = self.run(scope, most, |item| out.item(item)).await?;
        for technology in &complete {
            out.complete(technology, &ended).await;
        }
        match self.technologies.iter().find(|one| !complete.contains(one)) {
            None => Ok(()),
            Some(open) => {
                let reason = format!("it did not print {{\"complete\": \"{}\"}}", open.id);
                Err(self.failed(Cause::Garbled, reason))
            }
        }
    }

    /// A program cannot be asked for one item: it is run once more.
    async fn look(&self, scope: &Scope, wanted: &[Wanted]) -> Result<Vec<Looked>, Error> {
        let mut found = Vec::new();
        let (complete, _) = self
            .run(scope, usize::MAX, |item| {
                found.push(item);
                std::future::ready(())
            })
            .await?;
        let look = |one: &Wanted| {
            let is_it = |item: &&Observed| item.technology == one.technology && item.id == one.id;
            match found.iter().find(is_it) {
                Some(item) => Looked::there(item.clone()),
                None if complete.iter().any(|it| it.id == one.technology) => {
                    Looked::gone(one.id.as_str())
                }
                None => {
                    let reason = "it did not read all there are";
                    Looked::failed(one.id.as_str(), self.failed(Cause::Garbled, reason))
                }
            }
        };
        Ok(wanted.iter().map(look).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use secmonkey_core::account::Account;
    use secmonkey_core::watch::{Found, Sighting};

    use super::*;

    fn technology(id: &'static str) -> Technology {
        Technology { provider: AWS, id: Cow::Borrowed(id), ..Technology::DEFAULT }
    }

    /// A program of a shell, which reads queues and topics.
    fn program(text: &str) -> Program {
        let command = ["sh", "-c", text].map(str::to_owned).into();
        Program::new(
            command,
            Duration::from_secs(20),
            vec![technology("queue"), technology("topic")],
        )
    }

    fn scope() -> Scope {
        let account = Account::new(AWS, "123456789012".parse().unwrap(), "prod");
        Scope { account, region: "eu-west-1".to_owned() }
    }

    /// The ids and the technologies that were read to the end, and how it ended.
    async fn swept(program: &Program) -> (Vec<String>, Vec<String>, Result<(), Error>) {
        let (out, mut sightings) = Sweep::channel(1_000);
        let ended = program.sweep(&scope(), &out).await;
        drop(out);
        let (mut items, mut complete) = (Vec::new(), Vec::new());
        while let Some(sighting) = sightings.recv().await {
            match sighting {
                Sighting::Item(item) => items.push(item.id),
                Sighting::Complete { technology, .. } => complete.push(technology.into_owned()),
                other => panic!("{other:?}"),
            }
        }
        (items, complete, ended)
    }

    const Q: &str = r#"echo '{"technology":"queue","id":"q-1","config":{}}';"#;
    const DONE: &str = r#"echo '{"complete":"queue"}'; echo '{"complete":"topic"}';"#;

    #[tokio::test]
    async fn what_is_printed_is_seen_and_complete_after_a_good_end() {
        let (items, complete, ended) = swept(&program(&format!("{Q}{DONE}"))).await;
        assert_eq!(
            (items, complete, ended),
            (vec!["q-1".into()], vec!["queue".into(), "topic".into()], Ok(()))
        );
        let many = "i=0; while [ $i -lt 250 ]; do \
                    echo \"{\\\"technology\\\":\\\"queue\\\",\\\"id\\\":\\\"q-$i\\\",\\\"config\\\":{}}\"; \
                    i=$((i+1)); done;";
        let (items, complete, ended) = swept(&program(&format!("{many}{DONE}"))).await;
        assert_eq!((items.len(), complete.len(), ended), (250, 2, Ok(())));
    }

    #[tokio::test]
    async fn account_and_region_are_in_the_environment() {
        let text = r#"echo "{\"technology\":\"queue\",\"id\":\"$SECMONKEY_ACCOUNT $SECMONKEY_REGION\",\"config\":{}}""#;
        assert_eq!(swept(&program(text)).await.0, ["123456789012 eu-west-1"]);
    }

    #[tokio::test]
    async fn nothing_is_complete_that_the_program_does_not_say_and_end_well() {
        let (items, complete, ended) =
            swept(&program(&format!("{Q} echo '{{\"complete\":\"queue\"}}'"))).await;
        assert_eq!((items.len(), complete), (1, vec!["queue".to_owned()]));
        assert_eq!(ended.unwrap_err().reason, "it did not print {\"complete\": \"topic\"}");
        let failed = format!("{Q}{DONE} echo 'no such host' >&2; echo more >&2; exit 3");
        let (items, complete, ended) = swept(&program(&failed)).await;
        // What was printed last is not handed on.
        assert_eq!((items.len(), complete.len()), (0, 0));
        assert_eq!(
            ended.unwrap_err().to_string(),
            "sh: it failed with exit status: 3: no such host"
        );
    }

    #[tokio::test]
    async fn a_program_that_says_nonsense_or_too_much_fails() {
        let (_, complete, ended) = swept(&program(&format!("{Q} echo hello; {DONE}"))).await;
        assert_eq!(
            (complete.len(), &*ended.unwrap_err().reason),
            (0, "line 2: it is no JSON object")
        );
        let mut small = program(&format!("{Q}{DONE}"));
        small.most = (20, 1_000);
        assert_eq!(swept(&small).await.2.unwrap_err().reason, "line 1 has more than 20 bytes");
        small.most = (1_000, 60);
        let (_, complete, ended) = swept(&small).await;
        assert_eq!(ended.unwrap_err().reason, "it printed more than 60 bytes, by line 2");
        assert_eq!(complete.len(), 0);
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_or_begin_fails() {
        let mut slow = program("sleep 60");
        slow.timeout = Duration::from_secs(1);
        assert_eq!(swept(&slow).await.2.unwrap_err().reason, "it did not end in 1 seconds");
        let none = Program::new(vec!["/no/such/program".into()], slow.timeout, slow.technologies);
        let error = swept(&none).await.2.unwrap_err();
        assert!(error.reason.starts_with("it cannot be started: "), "{error}");
    }

    #[tokio::test]
    async fn gone_is_what_a_second_run_does_not_print_either() {
        let wanted = |id| Wanted::new(&technology("queue"), id);
        let wanted = [wanted("q-1"), wanted("q-2")];
        let found =
            |looked: Vec<Looked>| looked.into_iter().map(|one| one.found).collect::<Vec<_>>();
        let looked = program(&format!("{Q}{DONE}")).look(&scope(), &wanted).await.unwrap();
        assert!(matches!(found(looked)[..], [Found::There(_), Found::Gone]));
        let looked = program(Q).look(&scope(), &wanted).await.unwrap();
        assert!(matches!(found(looked)[..], [Found::There(_), Found::Failed(_)]));
        program("exit 1").look(&scope(), &wanted).await.unwrap_err();
    }
}
