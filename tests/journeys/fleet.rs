//! Many accounts: those that are sick delay no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab::Lab;
use crate::proxy::{Answer, Call, Fault};
use crate::secmonkeyd::{Daemon, look_until, state};

const ACCOUNTS: usize = 50;
/// Nobody may enter it.
const LOCKED: &str = "100000000007";
/// It lets in, and denies every call.
const DENIED: &str = "100000000016";
/// It answers nothing.
const HANGING: &str = "100000000025";
/// It takes no calls at the moment.
const THROTTLED: &str = "100000000034";
const SICK: [&str; 4] = [LOCKED, DENIED, HANGING, THROTTLED];
/// How often each account is looked at.
const INTERVAL: Duration = Duration::from_mins(1);

/// What the sick accounts answer. Which account a call is about tells the key that its role was
/// given.
fn sick(keys: &Arc<Mutex<HashMap<String, String>>>, call: &Call) -> Answer {
    if call.operation == "sts:AssumeRole" {
        let role = call.parameter("RoleArn").unwrap();
        let account = role.split(':').nth(4).unwrap().to_owned();
        if account == LOCKED {
            return Answer::Error(403, "AccessDenied");
        }
        let keys = Arc::clone(keys);
        return Answer::edited(move |body| {
            let key = body.split("<AccessKeyId>").nth(1).and_then(|rest| rest.split('<').next());
            keys.lock().unwrap().insert(key.unwrap().to_owned(), account.clone());
            body.to_owned()
        });
    }
    match keys.lock().unwrap().get(&call.key).map(String::as_str) {
        Some(DENIED) => Answer::Broken(Fault::Denied),
        Some(HANGING) => Answer::Broken(Fault::Hang),
        Some(THROTTLED) => Answer::Broken(Fault::Throttled),
        _ => Answer::Genuine,
    }
}

/// How each account is doing, by id.
fn accounts(lab: &Lab) -> BTreeMap<String, Value> {
    let state = state(lab);
    let all = state["accounts"].as_array().unwrap().iter();
    all.map(|one| (one["account"].as_str().unwrap().to_owned(), one.clone())).collect()
}

#[test]
fn sick_accounts_delay_no_other_and_recover() {
    let lab = Lab::of_many();
    let mut list = "id,name,role,regions\n".to_owned();
    for number in 0..ACCOUNTS {
        writeln!(list, "1000000000{number:02},shop-{number},audit/Reader,us-east-1").unwrap();
    }
    let file = lab.home().join("accounts.csv");
    fs::write(&file, list).unwrap();
    lab.run(&["account", "import", file.to_str().unwrap()]).expect(0);
    let only = lab.only(&["security_group"]);
    lab.configure(&format!(
        "[daemon]\ninterval = '1m'\n[scan]\nmax_attempts = 2\ntimeout = 5\n{only}"
    ));
    let keys = Arc::default();
    lab.proxy.tell(move |call| sick(&keys, call));

    let start = Instant::now();
    let daemon = Daemon::start(&lab, &[]);
    daemon.says(" running ");
    let is_done = |(id, one): (&String, &Value)| {
        if SICK.contains(&id.as_str()) {
            !one["last_failure"].is_null()
        } else {
            !one["last_complete"].is_null()
        }
    };
    let now = look_until(|| accounts(&lab), |now| now.len() == ACCOUNTS && now.iter().all(is_done));

    // Why the others were not looked at is told.
    let why = |id: &str| now[id]["last_failure"]["reason"].as_str().unwrap();
    let status = lab.run(&["status"]).expect(0).stdout();
    assert!(now[LOCKED]["locked_out"].as_str().unwrap().contains("audit/Reader"), "{now:?}");
    let missing = &now[DENIED]["missing_permissions"];
    assert!(missing.to_string().contains("ec2:DescribeSecurityGroups"), "{missing}");
    assert!(why(HANGING).contains("timed out") || why(HANGING).contains("5 s"), "{now:?}");
    assert!(why(THROTTLED).contains("Limit") || why(THROTTLED).contains("hrottl"), "{now:?}");
    for id in SICK {
        let name = now[id]["account_name"].as_str().unwrap();
        assert!(status.contains(name), "{name} in {status}");
    }
    for (id, one) in now.iter().filter(|(id, _)| !SICK.contains(&id.as_str())) {
        assert!(one["last_failure"].is_null() && one["locked_out"].is_null(), "{id}: {one}");
    }

    // Once they are well they are looked at as all others, which were not late meanwhile.
    lab.proxy.pass();
    let is_well = |one: &Value| one["last_failure"].is_null() && !one["last_complete"].is_null();
    let now = look_until(|| accounts(&lab), |now| now.values().all(is_well));
    assert!(now.values().all(|one| one["locked_out"].is_null()), "{now:?}");
    daemon.end();
    lab.run(&["verify"]).expect(0);
    on_time(&lab.log(), start.elapsed());
}

/// Every account that was well was looked at once in two intervals of some time at least: a
/// machine that does other work, too, takes its time.
fn on_time(log: &[Value], time: Duration) {
    let mut looks: BTreeMap<&str, usize> = BTreeMap::new();
    let mut well = BTreeSet::new();
    for event in log.iter().map(|event| &event["event"]) {
        if event["type"] == "swept" && event["failed"].is_null() {
            let account = event["account"].as_str().unwrap();
            *looks.entry(account).or_default() += 1;
            well.insert(account);
        }
    }
    assert_eq!(well.len(), ACCOUNTS, "{looks:?}");
    let whole = usize::try_from(time.as_secs() / (2 * INTERVAL.as_secs())).unwrap();
    let late: Vec<_> =
        looks.iter().filter(|(id, count)| !SICK.contains(id) && **count < whole.max(1)).collect();
    assert!(late.is_empty(), "{late:?} in {time:?}");
}
