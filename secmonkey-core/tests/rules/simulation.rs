//! Days of a schedule in moments: an estate whose tasks take random times, some for an hour,
//! within the budget of calls that they share; with a day of downtime in the middle.
//!
//! Also what `secmonkey-store/benches/schedule.rs` runs, for longer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use secmonkey_core::Timestamp;
use secmonkey_core::account::AccountId;
use secmonkey_core::schedule::{
    Interval, Outcome, Rule, Schedule, Scope, Settings, Task, TaskId, Watched,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Where the clock starts.
const START: i64 = 1_769_860_800;
/// Regions and services, whose calls of one account share a budget of so many a second.
const REGIONS: usize = 3;
const SERVICES: usize = 12;
const CALLS_A_SECOND: f64 = 10.0;
/// What has its turn later than this after it is due is starved, unless there was a downtime:
/// two tasks of its account may hang for an hour.
const LATE: i64 = HOUR + 10 * MINUTE;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    pub accounts: usize,
    pub technologies: usize,
    pub days: i64,
    /// How many tasks run at the same time.
    pub tasks: usize,
}

/// What it came to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Tasks that began.
    pub tasks: u64,
    /// Looks at a technology of an account that began.
    pub looks: u64,
    /// The most tasks that ran at the same time.
    pub at_once: usize,
    /// The most seconds between when something was due and when it began, but for the day
    /// of downtime.
    pub latest: i64,
    /// How many seconds after the downtime everything had been looked at again.
    pub caught_up: i64,
    /// Calls that were made.
    pub calls: u64,
}

/// Numbers that look random and are the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: i64) -> i64 {
        i64::try_from(self.next() % end.unsigned_abs()).unwrap()
    }
}

/// A look at a technology of an account.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    began: i64,
    /// `None` while it runs; then when it ended.
    ended: Option<i64>,
    runs: bool,
}

struct Running {
    account: usize,
    technologies: Vec<usize>,
    fails: bool,
}

struct Simulation {
    estate: Estate,
    schedule: Schedule,
    now: i64,
    random: Random,
    ids: Vec<AccountId>,
    by_id: HashMap<AccountId, usize>,
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    looks: Vec<Look>,
    ends: BinaryHeap<Reverse<(i64, TaskId)>>,
    running: BTreeMap<TaskId, Running>,
    /// Until when the calls of an account to a service in a region take up its budget.
    budgets: Vec<f64>,
    /// Until when what is late is so because of the downtime.
    excused: i64,
    figures: Figures,
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// What the configuration says, and the same said once more without the schedule's own rules.
fn rules(estate: Estate, ids: &[AccountId], names: &[String]) -> Vec<Rule> {
    let every = |interval: i64, scope: Scope| {
        let interval = Interval::minutes(u32::try_from(interval / MINUTE).unwrap());
        Rule { interval, ..Rule::about(scope) }
    };
    let often = names.iter().take(5).map(|name| every(15 * MINUTE, Scope::technology(name)));
    let mut all: Vec<Rule> = often.collect();
    for (account, id) in ids.iter().enumerate().take(estate.accounts) {
        let id = || id.clone();
        match account % 50 {
            0 => all.push(every(DAY, Scope::account(id()))),
            1 => all.push(every(7 * DAY, Scope::account(id()))),
            2 => {
                let technology = Some(names[7].clone());
                all.push(every(MINUTE, Scope { account: Some(id()), technology }));
            }
            _ => {}
        }
    }
    all
}

fn interval(account: usize, technology: usize) -> i64 {
    match (account % 50, technology) {
        (2, 7) => MINUTE,
        (0, _) => DAY,
        (1, _) => 7 * DAY,
        (_, 0..5) => 15 * MINUTE,
        _ => HOUR,
    }
}

impl Simulation {
    fn new(estate: Estate) -> Self {
        let ids: Vec<AccountId> =
            (0..estate.accounts).map(|n| format!("{:012}", n * 7919).parse().unwrap()).collect();
        let names: Vec<String> =
            (0..estate.technologies).map(|n| format!("technology_{n:02}")).collect();
        let mut simulation = Self {
            estate,
            schedule: Schedule::new(Settings::default()),
            now: START,
            random: Random(1),
            by_id: ids.iter().cloned().zip(0..).collect(),
            by_name: names.iter().cloned().zip(0..).collect(),
            looks: vec![Look::default(); estate.accounts * estate.technologies],
            ends: BinaryHeap::new(),
            running: BTreeMap::new(),
            budgets: vec![0.0; estate.accounts * REGIONS * SERVICES],
            // Everything is new.
            excused: START + 2 * HOUR,
            figures: Figures::default(),
            ids,
            names,
        };
        simulation.start_process();
        simulation
    }

    /// What a process does when it starts: it knows what the log says, and nothing else.
    fn start_process(&mut self) {
        let mut settings = Settings::default();
        settings.tasks = self.estate.tasks;
        settings.rules = rules(self.estate, &self.ids, &self.names);
        self.schedule = Schedule::new(settings);
        let watched = self.ids.iter().enumerate().map(|(account, id)| {
            let times = self.names.iter().enumerate().filter_map(|(technology, name)| {
                let look = self.looks[account * self.estate.technologies + technology];
                Some((name.clone(), time(look.ended?)))
            });
            Watched::new(id.clone(), self.names.clone()).looked_at(times.collect())
        });
        let lost = self.schedule.set_accounts(watched.collect::<Vec<_>>(), time(self.now));
        assert!(lost.is_empty());
    }

    /// The process is killed, and starts again after a day.
    fn downtime(&mut self) {
        self.running.clear();
        self.ends.clear();
        self.looks.iter_mut().for_each(|look| look.runs = false);
        self.now += DAY;
        self.start_process();
        let back = self.now;
        self.excused = back + 6 * HOUR;
        // Everything that is due at least daily is looked at once.
        let overdue = |simulation: &Self| {
            simulation.looks.iter().enumerate().any(|(n, look)| {
                let technologies = simulation.estate.technologies;
                interval(n / technologies, n % technologies) <= DAY / 2 && look.began < back
            })
        };
        while overdue(self) {
            self.step(back + 6 * HOUR);
            assert!(self.now < back + 6 * HOUR, "not caught up after hours");
        }
        self.figures.caught_up = self.now - back;
        self.excused = self.now + HOUR;
    }

    /// Goes on to the next time at which something happens, but not past the end.
    fn step(&mut self, end: i64) {
        let due = self.schedule.next_wake().map(Timestamp::as_second);
        let ends = self.ends.peek().map(|Reverse((at, _))| *at);
        self.now = due.into_iter().chain(ends).min().unwrap_or(end).clamp(self.now, end);
        while let Some(Reverse((_, task))) =
            self.ends.peek().copied().filter(|Reverse((at, _))| *at <= self.now)
        {
            self.ends.pop();
            self.end(task);
        }
        for task in self.schedule.start(time(self.now)) {
            self.begin(&task);
        }
        self.figures.at_once = self.figures.at_once.max(self.running.len());
        assert!(self.running.len() <= self.estate.tasks);
    }

    fn end(&mut self, task: TaskId) {
        let Running { account, technologies, fails } = self.running.remove(&task).unwrap();
        for technology in technologies {
            let look = &mut self.looks[account * self.estate.technologies + technology];
            look.runs = false;
            look.ended = Some(self.now);
        }
        let outcome = if fails { Outcome::Failed(String::new()) } else { Outcome::Done };
        self.schedule.ended(task, outcome, time(self.now));
    }

    fn begin(&mut self, task: &Task) {
        let account = self.by_id[&task.account];
        let technologies: Vec<_> = task.technologies.iter().map(|one| self.by_name[one]).collect();
        let late = self.now - task.due.as_second();
        if self.now > self.excused {
            self.figures.latest = self.figures.latest.max(late);
            assert!(late <= LATE, "{} waited for {late} s", task.account);
        }
        for technology in &technologies {
            let look = &mut self.looks[account * self.estate.technologies + technology];
            assert!(!look.runs, "two tasks of one scope");
            if let Some(ended) = look.ended.filter(|_| self.now > self.excused) {
                let took = ended - look.began;
                let longest = interval(account, *technology) + took + LATE;
                assert!(self.now - look.began <= longest, "{} starved", task.account);
            }
            look.began = self.now;
            look.runs = true;
        }
        let of_account = self.running.values().filter(|one| one.account == account).count();
        assert!(of_account < Settings::default().tasks_per_account);
        self.figures.tasks += 1;
        self.figures.looks += technologies.len() as u64;
        let fails = self.random.below(200) == 0;
        let ends = self.duration(account, &technologies, fails);
        self.ends.push(Reverse((self.now + ends.max(1), task.id)));
        self.running.insert(task.id, Running { account, technologies, fails });
    }

    /// How long a task takes: as its calls need within their budgets, and what waits and hangs.
    fn duration(&mut self, account: usize, technologies: &[usize], fails: bool) -> i64 {
        if fails {
            return self.random.below(10);
        }
        #[allow(clippy::cast_precision_loss, reason = "a time of this century")]
        let now = self.now as f64;
        let mut until = now;
        for technology in technologies {
            for region in 0..REGIONS {
                let calls = u32::try_from(self.random.below(40)).unwrap();
                let lane = (account * REGIONS + region) * SERVICES + technology % SERVICES;
                let budget = &mut self.budgets[lane];
                *budget = budget.max(now) + f64::from(calls) / CALLS_A_SECOND;
                until = until.max(*budget);
                self.figures.calls += u64::from(calls);
            }
        }
        let hangs = if self.random.below(500) == 0 { HOUR } else { self.random.below(20) };
        #[allow(clippy::cast_possible_truncation, reason = "less than a day")]
        let took = (until - now).ceil() as i64;
        took + hangs
    }
}

/// Simulates an estate.
///
/// # Panics
/// Where something starves, is looked at twice at once, or more runs than may.
pub fn simulate(estate: Estate) -> Figures {
    let mut simulation = Simulation::new(estate);
    let end = START + estate.days * DAY;
    while simulation.now < START + estate.days * DAY / 2 {
        simulation.step(end);
    }
    simulation.downtime();
    while simulation.now < end {
        simulation.step(end);
    }
    simulation.figures
}
