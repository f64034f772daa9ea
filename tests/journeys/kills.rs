//! A daemon that is killed at any time, while it scans, looks and tells, loses nothing and says
//! nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::script::Script;
use crate::secmonkeyd::{Daemon, until};

/// How often it is killed: as often as this variable says, else so often.
const KILLS: (&str, u64) = ("SECMONKEY_TEST_DAEMON_KILLS", 3);
/// What chance starts from: what this variable says, else the clock.
const SEED: &str = "SECMONKEY_TEST_SEED";
/// More than what settles in one account has: an account rests for long enough between two
/// bursts that it is told of.
const ACCOUNTS: u64 = 10;
/// What the receivers take for a message, in seconds.
const SLOW: &str = "0.15";
/// A moment that does not come is not waited for for longer.
const PATIENCE: Duration = Duration::from_secs(45);

/// When it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// At any time, its start included.
    Any,
    /// While it scans an account.
    Scan,
    /// While it looks at what the queue names.
    Look,
    /// While it tells somebody.
    Tell,
}

/// Numbers that look like chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Waits for less than this.
    fn wait(&mut self, milliseconds: u64) {
        sleep(Duration::from_millis(self.below(milliseconds)));
    }
}

fn account(number: u64) -> String {
    format!("1000000000{number:02}")
}

/// What an account is called.
fn shop(account: &str) -> String {
    format!("shop-{}", &account[10..])
}

/// What happens, and who hears of it.
struct Scene<'l> {
    lab: &'l Lab,
    life: Script,
    /// How often it was asked for something.
    asked: usize,
    receivers: Script,
}

impl<'l> Scene<'l> {
    fn set(lab: &'l Lab) -> Self {
        let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
        for account in &accounts {
            let name = shop(account);
            let region = ["--region", "us-east-1"];
            let add = ["account", "add", "--id", account, "--name", &name];
            lab.run(&[&add[..], &region].concat()).expect(0);
        }
        let ids: Vec<_> = accounts.iter().map(String::as_str).collect();
        let mut life = Script::start(lab, "life.py", &ids);
        let mut receivers = Script::start(lab, "receivers.py", &[SLOW]);
        until(|| !life.said().is_empty(), || "the groups".to_owned());
        until(|| !receivers.said().is_empty(), || "the receivers".to_owned());
        let at = receivers.said().remove(0);
        lab.configure(&format!(
            "[daemon]\ninterval = '1m'\n[daemon.events]\n\
             queue = 'https://sqs.us-east-1.amazonaws.com/123456789012/secmonkey-events'\n\
             [notify.mail]\nkind = 'smtp'\nhost = 'localhost'\nport = {}\nsecurity = 'none'\n\
             from = 'secmonkey@example.org'\nto = ['all@example.org']\n\
             [notify.hook]\nkind = 'webhook'\nurl = 'http://127.0.0.1:{}/'\n\
             allow_private = true\n\
             secret = {{ command = ['/bin/echo', 'a secret of the tests'] }}\n{}",
            at["smtp"],
            at["http"],
            lab.only(&["security_group"]),
        ));
        Self { lab, life, asked: 0, receivers }
    }

    fn subscribe(&self) {
        let add = ["subscription", "add"];
        let everything = ["everything", "--outlet", "mail", "--to", "all@example.org", "--changes"];
        let doors = ["doors", "--outlet", "mail", "--to", "doors@example.org", "score:>=1"];
        self.lab.run(&[&add[..], &everything].concat()).expect(0);
        self.lab.run(&[&add[..], &doors].concat()).expect(0);
    }

    fn burst(&mut self, account: &str, changes: u64) {
        self.life.ask(&json!({ "account": account, "changes": changes }));
        self.asked += 1;
    }

    /// How many messages are on the queue; `None` while something is still being changed.
    fn waiting(&mut self) -> Option<u64> {
        let said = self.life.said();
        let done: Vec<_> = said.iter().filter(|one| one["done"] == true).collect();
        done.last().filter(|_| done.len() == self.asked + 1)?["waiting"].as_u64()
    }

    /// What was changed so far.
    fn changes(&mut self) -> Vec<Value> {
        self.life.said().into_iter().filter(|one| one["done"].is_null()).collect()
    }

    fn messages(&mut self) -> Vec<Value> {
        self.receivers.said().split_off(1)
    }

    /// Waits for the moment; whether it came.
    fn wait_for(&mut self, moment: Moment, account: &str, chance: &mut Chance) -> bool {
        let began = Instant::now();
        let told = self.messages().len();
        let calls = |lab: &Lab, about_one: bool| {
            let listing = "ec2:DescribeSecurityGroups";
            let mut calls = lab.proxy.calls().into_iter();
            calls.any(|call| call.operation == listing && call.names("sg-") == about_one)
        };
        let mut scan = (moment == Moment::Scan).then(|| {
            // Before it answers, a scan would be one of the command's own.
            let socket = self.lab.store().join("daemon.socket");
            until(|| UnixStream::connect(&socket).is_ok(), || "the socket".to_owned());
            let mut scan = self.lab.command(&["scan", "--account", account]);
            scan.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        });
        self.lab.proxy.calls();
        let mut came = false;
        while !came && began.elapsed() < PATIENCE {
            sleep(Duration::from_millis(10));
            came = match moment {
                Moment::Any => true,
                Moment::Scan => calls(self.lab, false),
                Moment::Look => calls(self.lab, true),
                Moment::Tell => self.messages().len() > told,
            };
        }
        chance.wait(if moment == Moment::Any { 4_000 } else { 250 });
        if let Some(scan) = &mut scan {
            let _ = scan.kill();
            let _ = scan.wait();
        }
        came
    }
}

/// Reads the log all the time, and keeps what it showed: the position and hash of each event.
fn reader(lab: &Lab, is_over: &AtomicBool) -> BTreeMap<u64, String> {
    let mut seen: BTreeMap<u64, String> = BTreeMap::new();
    while !is_over.load(Ordering::Relaxed) {
        let next = seen.keys().last().map_or(1, |last| last + 1).to_string();
        let ran = lab.run(&["--wait", "0", "--format", "jsonl", "log", "--from", &next]);
        // Who answers may be killed meanwhile.
        if ran.code() == Some(0) {
            let shown = ran.lines();
            seen.extend(shown.iter().map(|event| {
                (event["position"].as_u64().unwrap(), event["hash"].as_str().unwrap().to_owned())
            }));
        }
        sleep(Duration::from_millis(300));
    }
    seen
}

/// Says that it is over, also where it fails.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_daemon_that_is_killed_loses_nothing_and_tells_everything_once() {
    let kills = std::env::var(KILLS.0).map_or(KILLS.1, |number| number.parse().unwrap());
    let clock = || std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let seed = std::env::var(SEED).map_or_else(|_| clock(), |number| number.parse().unwrap());
    println!("{SEED}={seed} {}={kills}", KILLS.0);
    let mut chance = Chance(seed);
    let lab = Lab::of_many();
    let mut scene = Scene::set(&lab);

    // What a first look finds is no change.
    let daemon = Daemon::start(scene.lab, &[]);
    until(|| daemon.said().matches(" scanned ").count() as u64 >= ACCOUNTS, || daemon.said());
    scene.subscribe();
    drop(daemon);

    let is_over = AtomicBool::new(false);
    let observed = thread::scope(|scope| {
        let reading = scope.spawn(|| reader(&lab, &is_over));
        let over = Over(&is_over);
        kill_often(&mut scene, kills, &mut chance);
        drop(over);
        reading.join().unwrap()
    });
    let log = recovers(&mut scene);

    // What was ever shown is still there, and nothing came before it.
    for (position, hash) in &observed {
        let event = &log[usize::try_from(*position).unwrap() - 1];
        assert_eq!(event["position"], *position);
        assert_eq!(event["hash"], **hash, "{event}");
    }
    println!("{} of {} events were shown before a kill", observed.len(), log.len());
    let changes = scene.changes();
    recorded(&log, &changes);
    told(&scene.messages(), &changes);
}

/// Starts it and kills it, while groups change.
fn kill_often(scene: &mut Scene<'_>, kills: u64, chance: &mut Chance) {
    let mut moments: BTreeMap<Moment, u64> = BTreeMap::new();
    for round in 0..kills {
        let early = [Moment::Any, Moment::Scan, Moment::Look];
        let late = [Moment::Any, Moment::Scan, Moment::Look, Moment::Tell, Moment::Tell];
        // Nothing has settled for the first half a minute.
        let moments_here: &[Moment] = if round < 4 { &early } else { &late };
        let picked = chance.below(moments_here.len() as u64);
        let moment = moments_here[usize::try_from(picked).unwrap()];
        let account = account(round % ACCOUNTS);
        let daemon = Daemon::start(scene.lab, &[]);
        scene.burst(&account, 3 + chance.below(4));
        let came = scene.wait_for(moment, &account, chance);
        drop(daemon);
        *moments.entry(if came { moment } else { Moment::Any }).or_default() += 1;
        chance.wait(200);
    }
    println!("killed: {moments:?}");
}

/// Starts it for the last time: it takes up everything by itself. Returns the log.
fn recovers(scene: &mut Scene<'_>) -> Vec<Value> {
    let begins = scene.lab.log().len();
    let daemon = Daemon::start(scene.lab, &[]);
    let deadline = Instant::now() + Duration::from_mins(4);
    loop {
        let why = unfinished(scene, begins);
        if why.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "{why}\n{}", daemon.said());
        sleep(Duration::from_secs(1));
    }
    // Nobody is told anything more.
    sleep(Duration::from_secs(2));
    daemon.end();
    scene.lab.run(&["verify"]).expect(0);
    let log = scene.lab.log();
    let open = |kind: &str| log.iter().filter(|event| event["event"]["type"] == kind).count();
    assert_eq!(open("scan_started"), open("scan_finished") + open("scan_interrupted"));
    log
}

/// What it has not come to yet, in the log after a number of events.
fn unfinished(scene: &mut Scene<'_>, begins: usize) -> String {
    scene.burst(&account(0), 0);
    let log = scene.lab.log();
    let swept: BTreeSet<_> = log[begins..]
        .iter()
        .filter(|event| event["event"]["type"] == "swept" && event["actor"] == "scheduler")
        .map(|event| event["event"]["account"].as_str().unwrap())
        .collect();
    if (swept.len() as u64) < ACCOUNTS {
        return format!("only {swept:?} were scanned");
    }
    let waiting = scene.waiting();
    if waiting != Some(0) {
        return format!("{waiting:?} messages are on the queue");
    }
    let changes = scene.changes();
    let texts = deduplicated(&scene.messages());
    let text = |to: &str| texts.get(to).map_or_else(String::new, |all| json!(all).to_string());
    let (mail, hook) = (text("all@example.org"), text("webhook"));
    let is_told = |change: &&Value| {
        let what = what(change);
        mail.contains(&what) && hook.contains(&what)
    };
    let open: Vec<_> = changes.iter().filter(|change| !is_told(change)).collect();
    if !open.is_empty() {
        return format!("{open:?} was not told");
    }
    let mails = texts.get("doors@example.org").cloned().unwrap_or_default();
    let told = |(group, opened): &(&str, usize)| doors(&mails, group).len() < *opened;
    doors_of(&changes).into_iter().find(told).map_or_else(String::new, |(group, opened)| {
        format!("{opened} doors of {group} were opened, and told are {:?}", doors(&mails, group))
    })
}

/// How many doors were opened in each group, by its name.
fn doors_of(changes: &[Value]) -> BTreeMap<&str, usize> {
    let mut doors = BTreeMap::new();
    for change in changes.iter().filter(|change| change["kind"] == "open") {
        *doors.entry(change["name"].as_str().unwrap()).or_default() += 1;
    }
    doors
}

/// The doors of a group that mails tell of: `tcp/10000`; empty where only their number is told.
fn doors(mails: &BTreeMap<String, Value>, group: &str) -> Vec<String> {
    let mut doors = Vec::new();
    for mail in mails.values() {
        let text = mail["text"].as_str().unwrap();
        let (_, told) = text.split_once("New issues").unwrap_or_default();
        let group = format!(" {group}, ");
        for line in told.lines().filter(|line| line.contains(&group)) {
            let words: Vec<_> = line.split([' ', ',']).collect();
            let named = words.iter().filter(|word| word.starts_with("tcp/"));
            doors.extend(named.map(|word| (*word).to_owned()));
            let more = words.windows(3).find(|words| words[0] == "and" && words[2] == "more");
            let more = more.map_or(0, |words| words[1].parse().unwrap());
            doors.extend(std::iter::repeat_n(String::new(), more));
        }
    }
    doors
}

/// By what a change is known in a message.
fn what(change: &Value) -> String {
    change["port"]
        .as_u64()
        .map_or_else(|| change["name"].as_str().unwrap().to_owned(), |port| format!("tcp/{port}"))
}

fn stream(change: &Value) -> String {
    let (account, group) = (change["account"].as_str().unwrap(), change["group"].as_str().unwrap());
    format!("item/{account}/security_group/us-east-1/{group}")
}

/// Holds what was done against what was recorded.
fn recorded(log: &[Value], changes: &[Value]) {
    let mut by_item: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in log {
        by_item.entry(event["stream"].as_str().unwrap()).or_default().push(event);
    }
    for change in changes {
        let events = by_item.get(stream(change).as_str()).unwrap_or_else(|| panic!("{change}"));
        let of = |kind: &str| events.iter().filter(|one| one["event"]["type"] == kind).count();
        match change["kind"].as_str().unwrap() {
            "create" => assert_eq!(of("item_discovered"), 1, "{change}"),
            "delete" => assert_eq!(of("item_deleted"), 1, "{change}"),
            _ => {
                let port = format!("\"FromPort\":{}", change["port"]);
                let added = events.iter().filter(|event| {
                    let kind = event["event"]["type"].as_str().unwrap();
                    kind.starts_with("item_") && event.to_string().contains(&port)
                });
                assert!(added.count() > 0, "{change}: {events:?}");
            }
        }
        let Some(id) = change["event"].as_str() else { continue };
        let attributed = events.iter().any(|event| {
            event["event"]["type"] == "change_attributed" && event.to_string().contains(id)
        });
        assert!(attributed, "nobody did it: {change}: {events:?}");
    }
}

/// The messages of each receiver, of each id once.
fn deduplicated(messages: &[Value]) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for message in messages {
        let to = message["to"].as_str().unwrap_or("webhook").to_owned();
        let id = message["id"].as_str().unwrap().to_owned();
        let first = all.entry(to).or_default().entry(id).or_insert_with(|| message.clone());
        assert_eq!(first, message, "an id names one message");
    }
    all
}

/// Holds what was told against what was done.
fn told(messages: &[Value], changes: &[Value]) {
    let kept = deduplicated(messages);
    let once: usize = kept.values().map(BTreeMap::len).sum();
    println!("{} changes, {once} messages, {} of them twice", changes.len(), messages.len() - once);

    // Who is told everything is told of each revision and each issue once.
    let all = |what: &str| -> Vec<&Value> {
        let messages = kept["webhook"].values();
        messages.flat_map(|one| one["message"][what].as_array().unwrap()).collect()
    };
    let (items, issues) = (all("changes"), all("issues"));
    let is_new = |seen: &mut BTreeSet<String>, what: String| {
        assert!(seen.insert(what.clone()), "told twice: {what}");
    };
    let mut seen = BTreeSet::new();
    for one in &items {
        is_new(&mut seen, format!("{} {}", one["key"], one["revision"]));
    }
    for one in &issues {
        is_new(&mut seen, format!("{} {} {}", one["key"], one["finding"]["issue"], one["kind"]));
    }
    assert!(!issues.is_empty());
    for change in changes {
        let kind = match change["kind"].as_str().unwrap() {
            "create" => "discovered",
            "delete" => "deleted",
            _ => continue,
        };
        let stream = stream(change);
        let key = stream.strip_prefix("item/").unwrap();
        let about = items.iter().filter(|one| one["key"] == key && one["kind"] == kind);
        assert_eq!(about.count(), 1, "{change}");
    }
    // Who asked for doors is told of all of them, each once.
    for (group, opened) in doors_of(changes) {
        let told = doors(&kept["doors@example.org"], group);
        assert_eq!(told.len(), opened, "{group}: {told:?}");
        let named: Vec<_> = told.iter().filter(|door| !door.is_empty()).collect();
        let different: BTreeSet<_> = named.iter().collect();
        assert_eq!(different.len(), named.len(), "{group}: {told:?}");
    }
}
