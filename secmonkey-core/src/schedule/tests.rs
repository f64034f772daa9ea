//! Given accounts and rules, when time goes by, then these tasks begin. And what holds
//! whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-01-31T12:00:00Z";
const TECHNOLOGIES: [&str; 3] = ["bucket", "group", "user"];

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn id(account: &str) -> AccountId {
    account.parse().unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Accounts of which everything was looked at a minute ago.
fn looked_at(accounts: &[&str]) -> Vec<Watched> {
    let times: BTreeMap<_, _> =
        TECHNOLOGIES.iter().map(|one| ((*one).to_owned(), now() - minutes(1))).collect();
    accounts
        .iter()
        .map(|one| Watched::new(id(one), TECHNOLOGIES).looked_at(times.clone()))
        .collect()
}

fn new(accounts: &[&str]) -> Vec<Watched> {
    accounts.iter().map(|one| Watched::new(id(one), TECHNOLOGIES)).collect()
}

fn schedule(settings: Settings, watched: Vec<Watched>) -> Schedule {
    let mut schedule = Schedule::new(settings);
    assert!(schedule.set_accounts(watched, now()).is_empty());
    schedule
}

fn every(scope: Scope, interval: &str) -> Rule {
    Rule { interval: Some(interval.parse().unwrap()), ..Rule::about(scope) }
}

fn paused(scope: Scope) -> Rule {
    Rule { paused: true, ..Rule::about(scope) }
}

/// Accounts and technologies, in the order in which they begin.
fn names(tasks: &[Task]) -> Vec<String> {
    tasks.iter().map(|task| format!("{}: {}", task.account, task.technologies.join(" "))).collect()
}

fn end_all(schedule: &mut Schedule, tasks: &[Task], now: Timestamp) {
    for task in tasks {
        schedule.ended(task.id, Outcome::Done, now);
    }
}

#[test]
fn intervals_are_whole_minutes_from_one_to_a_week() {
    let read = |text: &str| text.parse::<Interval>().map(|it| it.to_string());
    for (text, is) in [
        ("1m", "1m"),
        ("60m", "1h"),
        ("90 minutes", "90m"),
        ("1h 30m", "90m"),
        ("24h", "1d"),
        ("1 day", "1d"),
        ("7d", "1w"),
        ("PT2H", "2h"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(is), "{text}");
    }
    for text in ["", "60", "0m", "-5m", "30s", "90s", "8d", "1 month", "soon"] {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(
        read("30s").unwrap_err().to_string(),
        "`30s` is not an interval: write whole minutes, hours, days or weeks, from `1m` to `1w`"
    );
}

#[test]
fn a_new_account_is_looked_at_at_once_and_then_on_its_grid() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    let first = schedule.start(now());
    assert_eq!(names(&first), ["1: bucket group user"], "all of it is one task");
    assert_eq!(schedule.next_wake(), None, "everything is being looked at");
    let ended = now() + minutes(3);
    end_all(&mut schedule, &first, ended);
    let second = schedule.next_wake().unwrap();
    assert!(second > ended && second <= ended + minutes(60));
    assert!(schedule.start(second - minutes(1)).is_empty());
    let again = schedule.start(second);
    assert_eq!(names(&again), names(&first));
    end_all(&mut schedule, &again, second + minutes(5));
    assert_eq!(schedule.next_wake(), Some(second + minutes(60)), "however long it took");
}

#[test]
fn what_was_missed_is_made_up_for_once() {
    let mut schedule = schedule(Settings::default(), looked_at(&["1"]));
    let late = schedule.next_wake().unwrap() + minutes(24 * 60 + 7);
    let tasks = schedule.start(late);
    assert_eq!(tasks.len(), 1);
    end_all(&mut schedule, &tasks, late + minutes(1));
    assert!(schedule.start(late + minutes(1)).is_empty());
    assert_eq!(schedule.next_wake(), Some(late + minutes(53)));
}

#[test]
fn a_restart_goes_on_where_the_log_says() {
    let watched = || {
        let ago = |minutes| now() - SignedDuration::from_mins(minutes);
        // Looked at since its last point, before it, and never.
        let times = [("bucket".to_owned(), ago(0)), ("group".to_owned(), ago(61))];
        vec![Watched::new(id("1"), TECHNOLOGIES).looked_at(times.into())]
    };
    let mut one = schedule(Settings::default(), watched());
    assert_eq!(names(&one.start(now())), ["1: group user"]);
    let two = schedule(Settings::default(), watched());
    assert_eq!(two.technologies(&id("1"))[0], one.technologies(&id("1"))[0]);
}

#[test]
fn technologies_of_one_account_with_one_interval_are_one_task() {
    let rules = vec![
        every(Scope::technology("user"), "15m"),
        every(Scope::technology("group"), "5h"),
        every(Scope::technology("bucket"), "15m"),
    ];
    let settings = Settings { rules, ..Settings::default() };
    let mut schedule = schedule(settings, looked_at(&["1"]));
    let (mut at, mut seen) = (schedule.next_wake().unwrap(), BTreeMap::new());
    let end = at + minutes(10 * 60);
    while at < end {
        let tasks = schedule.start(at);
        end_all(&mut schedule, &tasks, at);
        for name in names(&tasks) {
            *seen.entry(name).or_insert(0) += 1;
        }
        at = schedule.next_wake().unwrap();
    }
    let seen: Vec<_> = seen.iter().map(|(name, times)| format!("{times} x {name}")).collect();
    assert_eq!(seen, ["40 x 1: bucket user", "2 x 1: group"]);
}

#[test]
fn accounts_are_spread_over_the_interval() {
    let ids: Vec<_> = (0..600).map(|n| n.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let state = schedule(Settings::default(), looked_at(&ids)).state();
    let mut by_minute = [0; 61];
    for one in &state.accounts {
        let after = now().duration_until(one.next_run.unwrap()).as_mins();
        by_minute[usize::try_from(after).unwrap()] += 1;
    }
    assert!(by_minute.iter().all(|many| *many < 30), "{by_minute:?}");
}

#[test]
fn the_most_specific_rule_counts_and_a_decision_before_the_configuration() {
    let group = || Scope { account: Some(id("1")), technology: Some("group".to_owned()) };
    let rules = vec![
        every(Scope::ALL, "2h"),
        every(Scope::technology("group"), "15m"),
        every(Scope::account(id("1")), "1d"),
        every(group(), "1m"),
    ];
    let settings = Settings { rules, ..Settings::default() };
    let mut schedule = schedule(settings, looked_at(&["1", "2"]));
    let intervals = |schedule: &Schedule| {
        let of = |account| {
            schedule.technologies(&id(account)).into_iter().map(|one| one.interval.to_string())
        };
        of("1").chain(of("2")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(intervals(&schedule), "1d 1m 1d 2h 15m 2h");
    schedule.decide([every(group(), "10m"), every(Scope::ALL, "3h")], now());
    assert_eq!(intervals(&schedule), "1d 10m 1d 3h 15m 3h");
    schedule.decide([], now());
    schedule.configure(Settings::default(), now());
    assert_eq!(intervals(&schedule), "1h 1h 1h 1h 1h 1h");
}

#[test]
fn a_shorter_interval_takes_effect_at_once() {
    let mut schedule = schedule(Settings::default(), looked_at(&["1"]));
    schedule.decide([every(Scope::ALL, "1m")], now());
    assert!(schedule.next_wake().unwrap() <= now() + minutes(1));
    schedule.decide([every(Scope::ALL, "1w")], now());
    assert!(schedule.next_wake().unwrap() > now() + minutes(60), "and so does a longer one");
}

#[test]
fn what_waited_longest_comes_first_and_no_more_run_than_may() {
    let settings = Settings { tasks: 2, ..Settings::default() };
    let at = |account: &str, ago: i64| {
        let time = now() - minutes(ago);
        let times = TECHNOLOGIES.map(|one| (one.to_owned(), time)).into();
        Watched::new(id(account), TECHNOLOGIES).looked_at(times)
    };
    let watched = vec![at("1", 200), at("2", 800), at("3", 500), Watched::new(id("4"), ["user"])];
    let mut schedule = schedule(settings, watched);
    let first = schedule.start(now());
    assert_eq!(names(&first), ["4: user", "2: bucket group user"], "nobody ever saw 4");
    assert_eq!((schedule.state().running, schedule.state().waiting), (2, 2));
    assert!(schedule.start(now() + minutes(5)).is_empty());
    schedule.ended(first[0].id, Outcome::Done, now() + minutes(5));
    assert_eq!(names(&schedule.start(now() + minutes(5))), ["3: bucket group user"]);
}

#[test]
fn a_high_priority_is_a_head_start_of_an_hour() {
    let settings = Settings { tasks: 1, ..Settings::default() };
    let at = |account: &str, ago: i64| {
        let times = [("user".to_owned(), now() - minutes(ago))];
        Watched::new(id(account), ["user"]).looked_at(times.into())
    };
    let first = |waited: i64| {
        let mut schedule = schedule(settings.clone(), vec![at("1", waited), at("2", 200)]);
        let priority = Some(Priority::High);
        schedule.decide([Rule { priority, ..Rule::about(Scope::account(id("2"))) }], now());
        schedule.start(now()).remove(0).account
    };
    assert_eq!(first(200), id("2"));
    assert_eq!(first(400), id("1"), "it waited for hours longer");
}

#[test]
fn what_is_looked_at_often_does_not_wait_for_what_takes_long() {
    let rules = vec![every(Scope::technology("user"), "5m")];
    let settings = Settings { rules, ..Settings::default() };
    let mut schedule = schedule(settings, looked_at(&["1"]));
    let mut began: Vec<String> = Vec::new();
    while began.len() < 100 {
        let at = schedule.next_wake().unwrap();
        let tasks = schedule.start(at);
        // Buckets take for ever.
        let short = |task: &&Task| !task.technologies.contains(&"bucket".to_owned());
        tasks.iter().filter(short).for_each(|task| schedule.ended(task.id, Outcome::Done, at));
        began.extend(names(&tasks));
    }
    assert_eq!(began.iter().filter(|one| **one == "1: bucket group").count(), 1);
    assert_eq!(began.iter().filter(|one| **one == "1: user").count(), 99);
}

#[test]
fn what_takes_long_does_not_wait_for_what_is_looked_at_often() {
    let rules = vec![every(Scope::technology("user"), "1m")];
    let settings = Settings { rules, tasks_per_account: 1, ..Settings::default() };
    let mut schedule = schedule(settings, looked_at(&["1"]));
    let mut at = now();
    let mut began: Vec<String> = Vec::new();
    while at < now() + minutes(300) {
        at = schedule.next_wake().unwrap().max(at);
        let tasks = schedule.start(at);
        began.extend(names(&tasks));
        // A minute is not enough for anything.
        at += minutes(2);
        end_all(&mut schedule, &tasks, at);
    }
    assert!(began.iter().filter(|one| **one == "1: bucket group").count() >= 4, "{began:?}");
}

#[test]
fn what_is_paused_is_not_looked_at_until_it_is_taken_back() {
    for (scope, left) in [
        (Scope::ALL, vec![]),
        (Scope::account(id("1")), vec!["2: bucket group user"]),
        (Scope::technology("group"), vec!["1: bucket user", "2: bucket user"]),
        (
            Scope { account: Some(id("1")), technology: Some("group".to_owned()) },
            vec!["1: bucket user", "2: bucket group user"],
        ),
    ] {
        let mut schedule = schedule(Settings::default(), new(&["1", "2"]));
        schedule.decide([paused(scope.clone())], now());
        assert_eq!(names(&schedule.start(now())), left, "{scope}");
        schedule.decide([], now());
        let all: usize = schedule.start(now()).iter().map(|task| task.technologies.len()).sum();
        let before: usize = left.iter().map(|name| name.split(' ').count() - 1).sum();
        assert_eq!(all + before, 6, "{scope}: nothing twice");
    }
}

#[test]
fn a_pause_of_everything_counts_whatever_else_was_said() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    schedule.decide([paused(Scope::ALL), every(Scope::account(id("1")), "1m")], now());
    assert!(schedule.start(now()).is_empty());
    assert_eq!(schedule.next_wake(), None);
    let state = schedule.state();
    assert_eq!(state.accounts[0].paused, TECHNOLOGIES);
    assert_eq!(state.accounts[0].next_run, None);
}

#[test]
fn what_somebody_asks_for_begins_before_what_is_due_and_though_it_is_paused() {
    let settings = Settings { tasks: 1, ..Settings::default() };
    let mut schedule = schedule(settings, new(&["1", "2"]));
    schedule.decide([paused(Scope::account(id("2")))], now());
    let request = schedule.run_now(&id("2"), &["user".to_owned()], now()).unwrap();
    let tasks = schedule.start(now());
    assert_eq!(names(&tasks), ["2: user"]);
    assert_eq!(tasks[0].request, Some(request));
    end_all(&mut schedule, &tasks, now());
    assert_eq!(names(&schedule.start(now())), ["1: bucket group user"]);
}

#[test]
fn what_somebody_asks_for_waits_for_a_look_that_has_begun_and_joins_what_waits() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    let running = schedule.start(now());
    let user = schedule.run_now(&id("1"), &["user".to_owned()], now()).unwrap();
    let group = schedule.run_now(&id("1"), &["group".to_owned()], now()).unwrap();
    assert_eq!(user, group, "one task will do");
    assert!(schedule.start(now()).is_empty());
    assert_eq!(schedule.state().accounts[0].requested_at, Some(now()));
    end_all(&mut schedule, &running, now() + minutes(2));
    assert_eq!(names(&schedule.start(now() + minutes(2))), ["1: group user"]);
}

#[test]
fn what_was_asked_for_meanwhile_is_due_no_more() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    schedule.run_now(&id("1"), &[], now()).unwrap();
    let tasks = schedule.start(now());
    assert_eq!(tasks.len(), 1);
    end_all(&mut schedule, &tasks, now());
    assert!(schedule.start(now()).is_empty());
}

#[test]
fn who_asks_for_what_is_not_watched_is_told() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    let mut said = |account, technology: &str| {
        let technologies = [technology.to_owned()];
        schedule.run_now(&id(account), &technologies, now()).unwrap_err().to_string()
    };
    assert_eq!(said("9", "user"), "account 9 is not watched, so it is not scanned");
    assert_eq!(said("1", "usr"), "unknown technology `usr`; nearest: `user`");
}

#[test]
fn an_account_that_goes_takes_what_was_asked_for_with_it_and_lets_its_task_end() {
    let settings = Settings { tasks_per_account: 1, ..Settings::default() };
    let mut schedule = schedule(settings, new(&["1"]));
    let old = schedule.start(now());
    let request = schedule.run_now(&id("1"), &[], now()).unwrap();
    assert_eq!(schedule.set_accounts(new(&["2"]), now()), [request]);
    assert!(!schedule.watches(&id("1")));
    assert_eq!(names(&schedule.start(now())), ["2: bucket group user"]);
    // It is back while its old task still runs.
    assert!(schedule.set_accounts(new(&["1", "2"]), now()).is_empty());
    assert!(schedule.start(now()).is_empty(), "never two tasks of one scope");
    end_all(&mut schedule, &old, now());
    assert!(schedule.start(now()).is_empty(), "it was looked at just now");
}

#[test]
fn technologies_come_and_go() {
    let mut schedule = schedule(Settings::default(), looked_at(&["1"]));
    assert!(schedule.start(now()).is_empty());
    let request = schedule.run_now(&id("1"), &["user".to_owned()], now()).unwrap();
    let watched = vec![Watched::new(id("1"), ["bucket", "queue"])];
    assert_eq!(schedule.set_accounts(watched, now()), [request]);
    assert_eq!(names(&schedule.start(now())), ["1: queue"], "buckets were looked at");
}

#[test]
fn what_failed_is_tried_again_soon_and_then_less_often() {
    let mut schedule = schedule(Settings::default(), new(&["1"]));
    let mut at = now();
    let mut waits = Vec::new();
    for _ in 0..6 {
        let task = schedule.start(at).remove(0);
        schedule.ended(task.id, Outcome::Failed("no store".to_owned()), at);
        let next = schedule.next_wake().unwrap();
        waits.push(at.duration_until(next).as_mins());
        at = next;
    }
    assert!(waits[..2] == [5, 10] && waits.iter().all(|wait| *wait <= 60), "{waits:?}");
    let last = schedule.state().accounts.remove(0).last.unwrap();
    assert_eq!(last.error.as_deref(), Some("no store"));
    let task = schedule.start(at).remove(0);
    schedule.ended(task.id, Outcome::Done, at);
    let task = schedule.start(at + minutes(60)).remove(0);
    schedule.ended(task.id, Outcome::Failed("again".to_owned()), at + minutes(60));
    assert!(schedule.next_wake().unwrap() <= at + minutes(65), "counted from one again");
}

#[test]
fn a_clock_that_goes_back_stalls_nothing() {
    let mut schedule = schedule(Settings::default(), new(&["1", "2"]));
    let ahead = now() + minutes(30 * 24 * 60);
    let tasks = schedule.start(ahead);
    end_all(&mut schedule, &tasks, ahead);
    assert!(schedule.next_wake().unwrap() > ahead);
    assert!(schedule.start(now()).is_empty(), "it was looked at just now");
    assert!(schedule.next_wake().unwrap() <= now() + minutes(60));
}

#[test]
fn a_clock_that_jumps_ahead_makes_everything_due_once() {
    let ids: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let mut schedule = schedule(Settings::default(), looked_at(&ids));
    let ahead = now() + minutes(365 * 24 * 60);
    let mut seen = BTreeSet::new();
    loop {
        let tasks = schedule.start(ahead);
        assert!(tasks.len() <= 8);
        if tasks.is_empty() {
            break;
        }
        assert!(tasks.iter().all(|task| seen.insert(task.account.clone())), "each once");
        end_all(&mut schedule, &tasks, ahead);
    }
    assert_eq!(seen.len(), 50);
}

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    End(usize, bool),
    Ask(usize, Vec<usize>),
    Watch(Vec<usize>, usize),
    Decide(Vec<(usize, usize, u32, bool)>),
    Configure(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (-90_i64..2_000).prop_map(Step::Wait),
        8 => (0_usize..8, any::<bool>()).prop_map(|(n, done)| Step::End(n, done)),
        2 => (0_usize..5, prop::collection::vec(0_usize..3, 0..3))
            .prop_map(|(account, all)| Step::Ask(account, all)),
        1 => (prop::collection::vec(0_usize..5, 0..5), 1_usize..4)
            .prop_map(|(all, many)| Step::Watch(all, many)),
        1 => prop::collection::vec((0_usize..6, 0_usize..4, 1_u32..3_000, any::<bool>()), 0..4)
            .prop_map(Step::Decide),
        1 => (0_usize..6, 0_usize..4).prop_map(|(all, each)| Step::Configure(all, each)),
    ]
}

/// What holds whenever all that may begin has begun.
fn holds(schedule: &Schedule, now: Timestamp) -> Result<(), TestCaseError> {
    let mut looked_at = BTreeSet::new();
    for running in schedule.running.values() {
        for technology in &running.technologies {
            let scope = (running.account.clone(), Arc::clone(technology));
            prop_assert!(looked_at.insert(scope), "two tasks of one scope");
        }
    }
    let room = schedule.room() > 0;
    for (account, entry) in &schedule.accounts {
        prop_assert!(entry.watched || !entry.tasks.is_empty(), "it is let go");
        for slot in &entry.slots {
            let interval = SignedDuration::from_secs(slot.interval.seconds());
            prop_assert!(slot.due <= now + interval, "{account} is due within its interval");
            let may = schedule.may_start(entry, slot) && entry.request.is_none();
            let has_room = room && entry.has_room(schedule.settings.tasks_per_account);
            prop_assert!(!(may && has_room && slot.due <= now), "{account} could have begun");
            if schedule.may_start(entry, slot) {
                let place = entry.place.expect("it has a place");
                prop_assert!(place.1 || place.0 <= slot.due);
            }
        }
        if let Some(request) = &entry.request {
            let mut wanted = entry.slots.iter().filter(|slot| request.wants(&slot.technology));
            let is_free = !wanted.any(|slot| schedule.is_running(entry, &slot.technology));
            let has_room = room && entry.has_room(schedule.settings.tasks_per_account);
            prop_assert!(!(is_free && has_room), "what was asked for could have begun");
        }
    }
    prop_assert!(schedule.next_wake().is_none_or(|next| next > now), "nothing spins");
    Ok(())
}

proptest! {
    #[test]
    fn whatever_happens_nothing_is_looked_at_twice_at_once_or_forgotten(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let accounts: Vec<_> = (0..5).map(|n| id(&n.to_string())).collect();
        let mut schedule = schedule(Settings::default(), new(&["0", "1"]));
        let mut now = now();
        let mut running: Vec<Task> = Vec::new();
        let mut asked = BTreeSet::new();
        for step in steps {
            match step {
                Step::Wait(time) => now += minutes(time),
                Step::End(n, done) if n < running.len() => {
                    let outcome = if done { Outcome::Done } else { Outcome::Failed(String::new()) };
                    schedule.ended(running.remove(n).id, outcome, now);
                }
                Step::End(..) => {}
                Step::Ask(account, all) => {
                    let all: Vec<_> = all.iter().map(|n| TECHNOLOGIES[*n].to_owned()).collect();
                    asked.extend(schedule.run_now(&accounts[account], &all, now).ok());
                }
                Step::Watch(all, many) => {
                    let watched = all.iter().map(|n| {
                        Watched::new(accounts[*n].clone(), TECHNOLOGIES[..many].to_vec())
                    });
                    for lost in schedule.set_accounts(watched, now) {
                        prop_assert!(asked.remove(&lost));
                    }
                }
                Step::Decide(rules) => {
                    let rules = rules.into_iter().map(|(account, technology, interval, paused)| Rule {
                        account: accounts.get(account).cloned(),
                        technology: TECHNOLOGIES.get(technology).map(|one| (*one).to_owned()),
                        interval: Interval::minutes(interval),
                        paused,
                        ..Rule::default()
                    });
                    schedule.decide(rules.collect::<Vec<_>>(), now);
                }
                Step::Configure(tasks, tasks_per_account) => {
                    let settings = Settings { tasks, tasks_per_account, ..Settings::default() };
                    schedule.configure(settings, now);
                }
            }
            let before = running.len();
            let tasks = schedule.start(now);
            prop_assert!(tasks.is_empty() || before + tasks.len() <= schedule.settings.tasks.max(1));
            for task in &tasks {
                if let Some(request) = task.request {
                    prop_assert!(asked.remove(&request), "each is answered once");
                }
                let of_account = running.iter().chain(&tasks);
                let many = of_account.filter(|one| one.account == task.account).count();
                prop_assert!(many <= schedule.settings.tasks_per_account.max(1));
            }
            running.extend(tasks);
            holds(&schedule, now)?;
        }
        prop_assert_eq!(schedule.requests.keys().copied().collect::<BTreeSet<_>>(), asked);
    }

    #[test]
    fn the_next_point_is_behind_and_within_an_interval(
        minutes in 1_u32..=10_080, phase in 0_i64..604_800, after in -10_000_000_i64..4_000_000_000
    ) {
        let interval = Interval::minutes(minutes).unwrap();
        let after = Timestamp::from_second(after).unwrap();
        let next = interval.next(after, phase);
        prop_assert!(next > after);
        prop_assert!(next.as_second() - after.as_second() <= interval.seconds());
        prop_assert_eq!((next.as_second() - phase).rem_euclid(interval.seconds()), 0);
        prop_assert_eq!(interval.to_string().parse::<Interval>(), Ok(interval));
    }
}
