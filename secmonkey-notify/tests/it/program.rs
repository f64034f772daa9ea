//! Programs that are told.

use std::fs;
use std::time::{Duration, Instant};

use secmonkey_core::notify::Error;

use crate::http::given;
use crate::message::{channel, rich};

fn settings(script: &str, more: &str) -> String {
    format!("[run]\nkind = 'exec'\ncommand = ['sh', '-c', '''{script}''']\n{more}")
}

async fn said(script: &str, more: &str) -> Result<(), Error> {
    channel(&settings(script, more)).notify(&rich()).await
}

#[tokio::test]
async fn a_program_reads_the_message_and_sees_no_other_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let (input, environment) = (folder.path().join("input"), folder.path().join("environment"));
    let token = given("correct-horse-battery");
    let script = format!("cat > {}; env > {}", input.display(), environment.display());
    said(&script, &format!("environment = {{ TOKEN = {} }}", token.toml)).await.unwrap();
    let input = fs::read_to_string(input).unwrap();
    assert_eq!(input.lines().count(), 1);
    let json: serde_json::Value = serde_json::from_str(&input).unwrap();
    insta::assert_json_snapshot!("exec", json);
    let environment = fs::read_to_string(environment).unwrap();
    assert!(environment.contains("TOKEN=correct-horse-battery") && environment.contains("PATH="));
    assert!(!environment.contains("CARGO"), "{environment}");
}

#[tokio::test]
async fn no_shell_reads_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("$(touch x); `id`");
    let settings = format!("[exec]\ncommand = ['tee', '{}']", path.display());
    channel(&settings).notify(&rich()).await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(path.exists());
}

#[tokio::test]
async fn how_it_ends_says_whether_to_try_again() {
    let later = said("echo 'not now\n' >&2; exit 1", "").await;
    let expected = "it ended with exit status: 1: not now";
    assert_eq!(later, Err(Error::Unavailable(expected.to_owned())));
    let failed = said("exit 75", "").await;
    assert_eq!(failed, Err(Error::Unavailable("it ended with exit status: 75".to_owned())));
    let never = said("exit 78", "").await;
    assert_eq!(never, Err(Error::Refused("it ended with exit status: 78".to_owned())));
    let nothing = channel("[exec]\ncommand = ['/no/such/program']").notify(&rich()).await;
    assert!(matches!(nothing, Err(Error::Refused(_))), "{nothing:?}");
    // What is not read is no fault, nor is what is printed.
    said("exec <&-; yes | head -c 1000000", "").await.unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_killed_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let ids = folder.path().join("ids");
    let script = format!("sleep 600 & echo $! $$ > {}; wait", ids.display());
    let start = Instant::now();
    let late = said(&script, "timeout_seconds = 1").await;
    assert_eq!(late, Err(Error::Unavailable("it did not end within 1 s".to_owned())));
    assert!(start.elapsed() < Duration::from_secs(10));
    let is_gone = |id: &str| {
        // What nobody has waited for yet is dead all the same.
        let told = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        told.is_empty() || told.contains(") Z ")
    };
    let ids = fs::read_to_string(ids).unwrap();
    while !ids.split_whitespace().all(is_gone) {
        assert!(start.elapsed() < Duration::from_secs(20), "{ids}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
