//! Who comes to the daemon's port: people who sign in, programs with a token, over TLS.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::lab::{Lab, Ran, binary};
use crate::moto::python;
use crate::secmonkeyd::{Daemon, until};

const PASSWORD: &str = "correct horse battery";

/// What a command of `secmonkeyd` says, which reads a password where it needs one.
fn secmonkeyd(lab: &Lab, arguments: &[&str], input: &str) -> Ran {
    let like = lab.command(&[] as &[&str]);
    let mut command = Command::new(binary().with_file_name("secmonkeyd"));
    command.args(arguments).env_clear();
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ran::new(child.wait_with_output().unwrap(), arguments)
}

/// What a visitor hears, of `access.py`.
#[track_caller]
fn visitor<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys/access.py");
    let heard: Output = Command::new(python()).arg(script).args(arguments).output().unwrap();
    assert!(heard.status.success(), "{}", String::from_utf8_lossy(&heard.stderr));
    String::from_utf8(heard.stdout).unwrap().trim().to_owned()
}

#[test]
fn people_and_programs_come_over_tls_and_see_what_is_theirs() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    let home = lab.home();
    let first = visitor(&[OsStr::new("make"), home.as_os_str()]);
    let (chain, key) = (home.join("chain.pem"), home.join("key.pem"));
    lab.configure(&format!(
        "[daemon]\nlisten = '127.0.0.1:0'\n\
         tls = {{ certificate = '{}', key = '{}' }}\n",
        chain.display(),
        key.display(),
    ));
    // Before there is a daemon, or a store.
    let weak = secmonkeyd(&lab, &["user", "add", "root", "--role", "admin"], "short\n");
    assert!(weak.expect(2).error().contains("at least 12"));
    let added = secmonkeyd(&lab, &["user", "add", "root", "--role", "admin"], PASSWORD);
    assert_eq!(added.expect(0).stdout(), "root may sign in: admin\n");

    let daemon = Daemon::start(&lab, &[]);
    daemon.says("scanned");
    let said = daemon.said();
    let port = said.split("address=127.0.0.1:").nth(1).unwrap().split_whitespace().next().unwrap();
    // While it runs, through it.
    let ann = ["user", "add", "ann", "--role", "comment", "--query", "technology:security_group"];
    secmonkeyd(&lab, &ann, PASSWORD).expect(0);
    let twice = secmonkeyd(&lab, &["user", "add", "Ann"], PASSWORD);
    assert!(twice.expect(2).error().contains("there is a user ann already"));
    let wrong = secmonkeyd(&lab, &["user", "add", "bob", "--role", "vew"], PASSWORD);
    assert!(wrong.expect(2).error().contains("view"));
    let users = secmonkeyd(&lab, &["user", "list"], "").expect(0).stdout();
    assert!(users.contains("ann  comment of `technology:security_group`, since 2"), "{users}");
    let token = secmonkeyd(&lab, &["token", "issue", "nightly"], "").expect(0).stdout();
    let token = token.trim();
    assert!(token.starts_with("smk_"), "{token}");

    visitor(&[
        OsStr::new("visit"),
        OsStr::new(port),
        chain.as_os_str(),
        OsStr::new("ann"),
        OsStr::new(PASSWORD),
        OsStr::new(token),
    ]);

    // The certificate is another one, and is used without a restart.
    assert_eq!(visitor(&["serial", port]), first);
    let second = visitor(&[OsStr::new("make"), home.as_os_str()]);
    until(|| visitor(&["serial", port]) == second, || "the second certificate".to_owned());

    // Nothing secret is in the log, nor in what the daemon says; who did what is.
    let log = lab.log().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for text in [log.as_str(), &daemon.said()] {
        assert!(!text.contains(PASSWORD) && !text.contains(token) && !text.contains("argon2"));
    }
    assert!(log.contains("\"actor\":\"user:ann\""), "who commented");
    let kept = fs::read_to_string(lab.store().join("access.json")).unwrap();
    assert!(kept.contains("$argon2id$") && !kept.contains(token), "{kept}");
    let decisions = lab.json(&["export", "decisions"]).to_string();
    assert!(decisions.contains("token:nightly"), "{decisions}");
    secmonkeyd(&lab, &["user", "remove", "ann"], "").expect(0);
    daemon.end();
    let users = secmonkeyd(&lab, &["user", "list"], "").expect(0).stdout();
    assert!(users.contains("root  admin") && !users.contains("ann"), "{users}");
    let last = secmonkeyd(&lab, &["user", "remove", "root"], "");
    assert!(last.expect(2).error().contains("root is the last who may do everything"));
    lab.run(&["verify"]).expect(0);
}

#[test]
fn people_sign_in_at_a_provider_of_openid_connect() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys/oidc.py");
    let mut command = Command::new(python());
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut provider = command.spawn().unwrap();
    let mut told = provider.stdin.take().unwrap();
    let mut said = BufReader::new(provider.stdout.take().unwrap()).lines();
    let issuer = said.next().unwrap().unwrap();

    let lab = Lab::empty();
    let secret = lab.home().join("secret");
    fs::write(&secret, "a secret of two\n").unwrap();
    lab.configure(&format!(
        "{}\n[daemon]\nlisten = '127.0.0.1:0'\npublic_url = 'https://secmonkey.example.com'\n\
         [daemon.oidc]\nissuer = '{issuer}'\nclient_id = 'secmonkey'\n\
         client_secret_file = '{}'\n\
         [[daemon.oidc.roles]]\ngroup = 'security'\nrole = 'justify'\n",
        lab.only(&["vpc"]),
        secret.display(),
    ));
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("address=127.0.0.1:");
    let port = daemon.said();
    let port = port.split("address=127.0.0.1:").nth(1).unwrap().split_whitespace().next().unwrap();
    let mut signs_in = |groups: &str| {
        writeln!(told, "{port} {groups}").unwrap();
        said.next().unwrap().unwrap()
    };
    assert_eq!(signs_in("staff"), "403");
    assert_eq!(signs_in("staff security"), "303 /items user:ann@example.com justify");
    let users = secmonkeyd(&lab, &["user", "list"], "").expect(0).stdout();
    assert!(users.contains("ann@example.com  justify"), "{users}");
    // Who leaves the group is out at the next attempt.
    assert_eq!(signs_in("staff"), "403");
    assert!(!secmonkeyd(&lab, &["user", "list"], "").expect(0).stdout().contains("ann"));
    drop(told);
    provider.wait().unwrap();
    daemon.end();
    lab.run(&["verify"]).expect(0);
}

#[test]
fn where_secrets_could_be_read_there_is_no_api() {
    let lab = Lab::empty();
    lab.configure("[daemon]\nlisten = '0.0.0.0:0'\n");
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("the API is not here");
    daemon.end();
    lab.configure(
        "[daemon]\nlisten = '127.0.0.1:0'\ntls = { certificate = '/n.pem', key = '/n.pem' }\n",
    );
    let refused = secmonkeyd(&lab, &[], "").expect(2).error();
    assert!(refused.contains("/n.pem") && refused.contains("No such file"), "{refused}");
}

/// What is random is the same in every run.
const SEED: &str = "1";

/// The document, tried by who knows nothing but the document: nothing is answered that it does not
/// say, nothing breaks, and nobody gets in who is not let in.
#[test]
fn whoever_tries_the_document_finds_it_true() {
    let lab = Lab::company().in_regions(&["us-east-1"]);
    lab.configure("[daemon]\nlisten = '127.0.0.1:0'\n");
    let daemon = Daemon::start(&lab, &[]);
    daemon.says("scanned");
    let said = daemon.said();
    let port = said.split("address=127.0.0.1:").nth(1).unwrap().split_whitespace().next().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let document = format!("{url}/api/v1/openapi.json");
    let token = |name: &str, role: &str, query: &str| {
        let arguments = ["token", "issue", name, "--role", role, "--query", query];
        let issued = secmonkeyd(&lab, &arguments, "").expect(0).stdout();
        format!("Authorization: Bearer {}", issued.trim())
    };
    let callers = [
        "X-Nobody: 1".to_owned(),
        token("sees-some", "view", "technology:security_group"),
        token("comments", "comment", ""),
        token("justifies", "justify", "technology:s3_bucket"),
        token("administers", "admin", ""),
    ];
    for caller in callers {
        let tried = Command::new(python().with_file_name("schemathesis"))
            .args(["run", &document, "--url", &url, "-H", &caller, "--seed", SEED])
            .args(["--checks", "all", "--max-examples", "5", "--continue-on-failure"])
            // What a time, a query or a password may be says no schema of JSON.
            .args(["--exclude-checks", "positive_data_acceptance"])
            // They go on for as long as what they follow.
            .args(["--exclude-path-regex", "stream$|scans$"])
            .args(["--phases", "examples,coverage,fuzzing", "--no-color"])
            .current_dir(lab.home())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&tried.stdout);
        assert!(tried.status.success(), "{}: {said}", caller.split(' ').next().unwrap());
    }
    daemon.end();
    lab.run(&["verify"]).expect(0);
}

/// What the daemon answers to a request through the socket of the store: its status.
fn asked(lab: &Lab, method: &str, path: &str, body: &str) -> Option<u16> {
    let mut socket = UnixStream::connect(lab.store().join("daemon.socket")).ok()?;
    let length = body.len();
    let request = format!(
        "{method} /api/v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    // What comes before it dies is an answer only where it is whole.
    let _ = socket.read_to_string(&mut answer);
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn what_was_answered_is_there_however_the_daemon_dies() {
    let lab = Lab::empty();
    lab.configure(&lab.only(&["vpc"]));
    let mut answered = Vec::new();
    for round in 0..4 {
        let daemon = Daemon::start(&lab, &[]);
        until(
            || asked(&lab, "GET", "session", "") == Some(200),
            || format!("an answer:\n{}", daemon.said()),
        );
        let done = thread::scope(|scope| {
            let writers = ["a", "b", "c"].map(|who| {
                let lab = &lab;
                scope.spawn(move || {
                    let mut done = Vec::new();
                    for number in 0.. {
                        let name = format!("{who}-{round}-{number}");
                        let body = format!(
                            r#"{{"name": "{name}", "role": "view", "password": "{PASSWORD}"}}"#
                        );
                        match asked(lab, "POST", "users", &body) {
                            Some(201) => done.push(name),
                            _ => return done,
                        }
                    }
                    done
                })
            });
            thread::sleep(Duration::from_millis(700 + 300 * round));
            daemon.signal("-KILL");
            writers.map(|writer| writer.join().unwrap()).concat()
        });
        assert!(!done.is_empty(), "round {round}");
        answered.extend(done);
        drop(daemon);
    }
    let users = secmonkeyd(&lab, &["user", "list"], "").expect(0).stdout();
    let kept = fs::read_to_string(lab.store().join("access.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    for name in &answered {
        assert!(users.contains(&format!("{name}  view")), "{name} is gone:\n{users}");
    }
    // With a password each: as many as were answered, and those who were being added.
    let passwords = kept["passwords"].as_object().unwrap().len();
    assert!((answered.len()..=answered.len() + 12).contains(&passwords), "{passwords}");
    lab.run(&["verify"]).expect(0);
}
