//! The configuration file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use secmonkey_aws::budget::Rate;
use secmonkey_aws::service::{self, Rates};
use secmonkey_aws::session::Sessions;
use secmonkey_core::nearest;
use secmonkey_core::pipeline::Limits;
use secmonkey_core::technology::Technology;
use secmonkey_core::watch::Watcher;
use secmonkey_notify::Channels;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::error::Error;

mod daemon;
mod notify;
mod technology;
mod unmet;
mod watcher;

pub use self::daemon::{
    Daemon, Discover, Events, Granted, LogFormat, Oidc, Proxy, Scheduled, Session, Tls,
};
pub use self::unmet::unmet;

/// What the configuration file may hold; every setting may be left out. `secmonkey.toml`
/// beside this crate's `Cargo.toml` has all of them with what they mean.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the store is.
    pub store: Option<PathBuf>,
    /// The zone of times that are written without one: `Europe/Berlin`. UTC if nobody says.
    pub time_zone: Option<Zone>,
    /// Where rules of one's own are.
    pub rules: Option<PathBuf>,
    /// How scans read.
    pub scan: Scan,
    /// What is read.
    pub technologies: Technologies,
    /// Who is told.
    pub notify: Channels,
    /// How the daemon runs.
    pub daemon: Daemon,
    /// Technologies of one's own.
    pub technology: Vec<Spanned<technology::Declared>>,
    /// Programs that print what they read.
    pub watcher: Vec<Spanned<watcher::Declared>>,
}

/// A time zone, by its name in the IANA database.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let unknown = |_| {
            let known = jiff::tz::db().available().map(|one| one.to_string()).collect::<Vec<_>>();
            nearest::unknown("time zone", &name, known.iter().map(String::as_str))
        };
        TimeZone::get(&name).map(Self).map_err(unknown)
    }
}

impl Config {
    /// The zone of times that are written without one.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.time_zone.as_ref().map_or(TimeZone::UTC, |zone| zone.0.clone())
    }
}

/// The zone that the configuration file names. It is asked for before the command line is
/// read, which holds times: what is wrong with either is said later.
pub fn zone_of_times() -> Option<TimeZone> {
    let mut arguments = std::env::args_os().skip(1).take_while(|one| one != "--");
    let mut named = None;
    while let Some(argument) = arguments.next() {
        match argument.to_str().and_then(|text| text.strip_prefix("--config")) {
            Some("") => named = arguments.next(),
            Some(text) if text.starts_with('=') => named = Some(text[1..].into()),
            _ => {}
        }
    }
    let named = named.or_else(|| std::env::var_os("SECMONKEY_CONFIG"));
    let path = named.filter(|path| !path.is_empty()).map(PathBuf::from);
    Config::load(path.as_deref()).ok()?.time_zone.map(|zone| zone.0)
}

/// How scans read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    /// The role to assume in accounts that name none and are not the caller's own.
    pub role: Option<String>,
    /// Attempts per call, the first included.
    pub max_attempts: Option<u32>,
    /// Seconds for one call with all its attempts, and for a sweep to make progress.
    pub timeout: Option<u64>,
    /// Seconds for one sweep with all its calls; 7,200 if nobody says.
    pub max_sweep: Option<u64>,
    /// Resources of one technology in one region of an account: more are taken for a listing
    /// without an end. 1,000,000 if nobody says.
    pub max_items: Option<usize>,
    /// What one configuration may take, in bytes: its text, and 100 for each value in it. Of
    /// what is larger only size and digest are recorded. 8,388,608 if nobody says.
    pub max_item_bytes: Option<usize>,
    /// Calls a second that an account gets in each region, at most, by service. Where AWS
    /// throttles they are fewer.
    pub rate: BTreeMap<ServiceName, CallsPerSecond>,
}

impl Scan {
    /// What one sweep may take.
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.items = self.max_items.unwrap_or(limits.items);
        limits.item_bytes = self.max_item_bytes.unwrap_or(limits.item_bytes);
        limits.time = self.max_sweep.map_or(limits.time, Duration::from_secs);
        limits
    }

    /// How fast each service is asked.
    #[must_use]
    pub fn rates(&self) -> Rates {
        let mut rates = Rates::default();
        for (name, calls) in &self.rate {
            rates.set(name.0, Rate::at_most(calls.0));
        }
        rates
    }
}

/// What is read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Technologies {
    /// What no scan looks at.
    off: Vec<Spanned<String>>,
}

impl Technologies {
    /// The ids of what no scan looks at.
    #[must_use]
    pub fn off(&self) -> Vec<String> {
        self.off.iter().map(|one| one.get_ref().clone()).collect()
    }

    /// Whether a technology is read.
    #[must_use]
    pub fn reads(&self, id: &str) -> bool {
        !self.off.iter().any(|one| one.get_ref() == id)
    }
}

/// The id of a service that scans ask: `s3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceName(&'static str);

impl<'de> Deserialize<'de> for ServiceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = || service::ALL.iter().map(|service| service.id);
        let found = known().find(|id| *id == name).map(Self);
        found.ok_or_else(|| D::Error::custom(nearest::unknown("service", &name, known())))
    }
}

/// A number of calls a second, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct CallsPerSecond(f64);

impl TryFrom<f64> for CallsPerSecond {
    type Error = String;

    fn try_from(calls: f64) -> Result<Self, String> {
        // Slower than one call in a quarter of an hour is a slip of the finger.
        if calls.is_finite() && calls >= 0.001 {
            Ok(Self(calls))
        } else {
            Err(format!("{calls} calls a second: nothing could be read"))
        }
    }
}

impl Config {
    /// Reads the file that was named, or else the one in the usual place, which need not
    /// be there.
    ///
    /// # Errors
    /// Where it cannot be read, or what is wrong with it, and in which line.
    pub fn load(named: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = Self::path(named) else { return Ok(Self::default()) };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut config = Self::parse(&text)
                    .map_err(|reason| Error::usage(format!("{}: {reason}", path.display())))?;
                // Whoever runs it, and from where, the file means the same folder.
                let beside = |rules: PathBuf| path.with_file_name("").join(rules);
                config.rules = config.rules.map(beside);
                Ok(config)
            }
            // A link that leads nowhere is no file that was never written.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && named.is_none()
                    && !path.is_symlink() =>
            {
                Ok(Self::default())
            }
            Err(error) => Err(Error::usage(format!("cannot read {}: {error}", path.display()))),
        }
    }

    /// The file that was named, or else the one in the usual place; `None` where nobody's home
    /// is known.
    #[must_use]
    pub fn path(named: Option<&Path>) -> Option<PathBuf> {
        let usual = || dirs().map(|dirs| dirs.config.join("config.toml"));
        named.map(Path::to_owned).or_else(usual)
    }

    /// Where the store is: where somebody said, else where the file says, else in the usual
    /// place.
    ///
    /// # Errors
    /// Where nobody says and nobody's home is known.
    pub fn store(&self, named: Option<PathBuf>) -> Result<PathBuf, Error> {
        named
            .or_else(|| self.store.clone())
            .or_else(|| dirs().map(|dirs| dirs.data))
            .ok_or_else(|| Error::usage("no place for the store: name one with --store PATH"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| explain(text, &error))?;
        let scan = &config.scan;
        for (name, is_zero) in [
            ("max_attempts", scan.max_attempts == Some(0)),
            ("timeout", scan.timeout == Some(0)),
            ("max_sweep", scan.max_sweep == Some(0)),
            ("max_items", scan.max_items == Some(0)),
            ("max_item_bytes", scan.max_item_bytes == Some(0)),
        ] {
            if is_zero {
                return Err(format!("scan.{name} is 0: nothing could be read"));
            }
        }
        for (name, channel) in config.notify.iter() {
            if let Err(reason) = notify::check(name, channel) {
                return Err(format!("{}notify.{name}: {reason}", notify::place(text, name)));
            }
        }
        let mut ids = BTreeSet::new();
        let own = config.technology.iter();
        let own = own.map(|one| (one.span().start, &one.get_ref().id, one.get_ref().fault()));
        let printed = config.watcher.iter().flat_map(|watcher| &watcher.get_ref().technology);
        let printed =
            printed.map(|one| (one.span().start, &one.get_ref().id, one.get_ref().fault()));
        for (at, id, fault) in own.chain(printed) {
            let twice = || format!("there are two technologies `{id}`");
            if let Some(fault) = fault.or_else(|| (!ids.insert(id)).then(twice)) {
                return Err(format!("{}{fault}", line(text, at)));
            }
        }
        let known: Vec<_> =
            secmonkey_aws::watch::technologies().into_iter().chain(config.technologies()).collect();
        for off in &config.technologies.off {
            let id = off.get_ref();
            if !known.iter().any(|one| one.id == *id) {
                let ids = known.iter().map(|one| one.id.as_ref());
                let unknown = nearest::unknown("technology", id, ids);
                return Err(format!("{}{unknown}", line(text, off.span().start)));
            }
        }
        for one in &config.daemon.schedule {
            let scheduled = one.get_ref();
            let at = line(text, one.span().start);
            if let Some(fault) = scheduled.fault() {
                return Err(format!("{at}{fault}"));
            }
            if let Some(id) = &scheduled.technology
                && !known.iter().any(|one| one.id == *id)
            {
                let ids = known.iter().map(|one| one.id.as_ref());
                return Err(format!("{at}{}", nearest::unknown("technology", id, ids)));
            }
        }
        for watcher in &config.watcher {
            let at = || line(text, watcher.span().start);
            if watcher.get_ref().technology.is_empty() {
                return Err(format!("{}the watcher reads no technology", at()));
            }
            if watcher.get_ref().timeout_seconds == 0 {
                return Err(format!("{}timeout_seconds is 0: nothing could be read", at()));
            }
        }
        Ok(config)
    }

    /// The technologies that it declares.
    pub fn technologies(&self) -> impl Iterator<Item = Technology> {
        let own = self.technology.iter().map(|one| one.get_ref().technology());
        own.chain(self.watcher.iter().flat_map(|one| one.get_ref().technologies()))
    }

    /// Where the name stands in what a declared technology reads.
    fn name_of(&self, id: &str) -> Option<&str> {
        let mut all = self.technology.iter().map(Spanned::get_ref);
        all.find(|one| one.id.as_str() == id)?.name.as_ref().map(technology::Pointer::as_str)
    }

    /// What reads them.
    pub fn watchers(&self, sessions: &Sessions) -> impl Iterator<Item = Arc<dyn Watcher>> {
        let own = self.technology.iter().map(|one| one.get_ref().watcher(sessions));
        own.chain(self.watcher.iter().map(|one| one.get_ref().watcher()))
    }
}

/// The line of a place in a file: `line 3: `.
fn line(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    format!("line {}: ", before.matches('\n').count() + 1)
}

/// What is wrong with a file, in one line, and where.
pub fn explain(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or_else(String::new, |span| line(text, span.start));
    format!("{line}{}", nearest::explain("setting", error.message()))
}

/// The folders of this program.
pub struct Dirs {
    /// Where its configuration is.
    pub config: PathBuf,
    /// Where its data are.
    pub data: PathBuf,
}

/// The folders of this program; `None` where nobody's home is known.
#[must_use]
pub fn dirs() -> Option<Dirs> {
    use etcetera::BaseStrategy as _;
    let base = etcetera::choose_base_strategy().ok()?;
    Some(Dirs {
        config: base.config_dir().join("secmonkey"),
        data: base.data_dir().join("secmonkey"),
    })
}

#[cfg(test)]
mod tests {
    use secmonkey_aws::notify::ses::Settings as Ses;
    use secmonkey_core::schedule::Settings;
    use secmonkey_core::technology::{Reach, Set, Texts};

    use super::*;

    #[test]
    fn every_setting_is_read() {
        let config = Config::parse(
            "store = '/s'\ntime_zone = 'Europe/Berlin'\nrules = 'r'\n[scan]\nrole = 'r'\nmax_attempts = 2\ntimeout = 9\n\
             max_sweep = 60\nmax_items = 5\nmax_item_bytes = 6\n\
             [scan.rate]\ns3 = 50\nses = 0.5\n\
             [technologies]\noff = ['key_pair']\n\
             [notify.ses]\nfrom = 'a@x'\nto = ['b@x']\nregion = 'eu-west-1'\n",
        )
        .unwrap();
        assert_eq!(config.store, Some(PathBuf::from("/s")));
        assert_eq!(config.rules, Some(PathBuf::from("r")));
        assert_eq!(config.scan.max_attempts, Some(2));
        let limits = config.scan.limits();
        assert_eq!((limits.items, limits.item_bytes), (5, 6));
        assert_eq!(limits.time, Duration::from_mins(1));
        let rates = config.scan.rates();
        assert_eq!(rates.of(&service::S3), Rate::at_most(50.0));
        assert_eq!(rates.of(&service::SES), Rate::at_most(0.5));
        assert_eq!(rates.of(&service::EC2), service::EC2.rate);
        assert_eq!(config.technologies.off(), ["key_pair"]);
        assert!(!config.technologies.reads("key_pair") && config.technologies.reads("vpc"));
        let (name, ses) = config.notify.iter().next().unwrap();
        assert_eq!((name, ses.settings::<Ses>().unwrap().to), ("ses", vec!["b@x".to_owned()]));
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn the_annotated_file_has_every_setting_as_it_is_if_nobody_says() {
        let file = include_str!("../secmonkey.toml");
        assert_eq!(Config::parse(file).unwrap(), Config::default(), "all of it is commented out");
        let is_setting = |line: &&str| {
            let name = line.split([' ', '=']).next().unwrap_or_default();
            line.starts_with('[') || line.contains(" = ") && !name.contains('`')
        };
        let told: Vec<_> =
            file.lines().map(|line| line.trim_start_matches("# ")).filter(is_setting).collect();
        let Config {
            store,
            time_zone,
            rules,
            scan,
            technologies,
            notify,
            technology,
            watcher,
            daemon,
        } = Config::parse(&told.join("\n")).unwrap();
        assert!(
            store.is_some()
                && rules.is_some()
                && notify.iter().any(|(name, _)| name == "ses")
                && !technologies.off.is_empty()
                && time_zone.is_some()
        );
        assert_eq!((technology.len(), watcher.len()), (1, 1));
        assert!(daemon.listen.is_some() && daemon.schedule.len() == 1);
        assert_eq!(daemon.log, LogFormat::Text);
        let (scheduled, usual) = (daemon.schedule(), Settings::default());
        assert_eq!(scheduled.interval, usual.interval);
        assert_eq!(scheduled.tasks, usual.tasks);
        assert_eq!(scheduled.tasks_per_account, usual.tasks_per_account);
        let sessions = secmonkey_aws::session::Config::default();
        assert_eq!(scan.limits(), Limits::default());
        let Scan { role, max_attempts, timeout, rate, .. } = scan;
        assert_eq!((max_attempts, sessions.max_attempts), (Some(12), None));
        assert_eq!(timeout.map(Duration::from_secs), Some(sessions.call));
        assert_eq!((role.as_deref(), rate.len()), (Some("SecurityMonkey"), 2));
    }

    #[test]
    fn a_technology_of_ones_own_is_declared_whole() {
        let config = Config::parse(
            "[technologies]\noff = ['sns_platform']\n\
             [[technology]]\nid = 'sns_platform'\ntype = 'AWS::X::Y'\ntitle = 'platform'\n\
             name = '/Name'\nsets = { '/Tags' = ['Key'] }\nordered = ['/Steps']\n\
             dropped = ['/Seen']\ndaily = ['/Used']\nsecret = ['/Key']\nrelations = ['/In']\n\
             global = true\npermissions = ['x:ListYs']\n",
        )
        .unwrap();
        assert!(!config.technologies.reads("sns_platform"));
        let all: Vec<_> = config.technologies().collect();
        let [made] = &all[..] else { panic!("not one") };
        assert_eq!(
            (&*made.id, &*made.title, made.reach),
            ("sns_platform", "platform", Reach::Global)
        );
        assert_eq!(made.sets[..], [Set::new("/Tags", &["Key"])]);
        assert_eq!(made.dropped, Texts::new(&["/Seen"]));
        assert_eq!(made.daily, Texts::new(&["/Used"]));
        assert_eq!(made.secret, Texts::new(&["/Key"]));
        assert_eq!(made.relations, Texts::new(&["/In"]));
        assert_eq!(made.listed_by, Texts::new(&["cloudformation:ListResources"]));
        for permission in ["cloudformation:GetResource", "x:ListYs"] {
            assert!(made.permissions.contains(permission), "{:?}", made.permissions);
        }
    }

    #[test]
    fn a_program_says_what_it_prints() {
        let config = Config::parse(
            "[[watcher]]\ncommand = ['./read', '-v']\nglobal = true\n\
             [[watcher.technology]]\nid = 'a'\nsecret = ['/Key']\n\
             [[watcher.technology]]\nid = 'b'\ntitle = 'bees'\n",
        )
        .unwrap();
        let all: Vec<_> = config.technologies().collect();
        let [a, b] = &all[..] else { panic!("not two") };
        assert_eq!((&*a.id, &*a.title, a.reach), ("a", "a", Reach::Global));
        assert_eq!((&*b.title, a.secret.first()), ("bees", Some("/Key")));
        assert!(a.shape != b.shape, "another secret is another shape");
        assert_eq!(config.watcher[0].get_ref().timeout_seconds, 300);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, said) in [
            ("\nstroe = 'x'", "line 2: unknown setting `stroe`; nearest: `store`"),
            (
                "[scan]\nmax_atempts = 1",
                "line 2: unknown setting `max_atempts`; nearest: `max_attempts`, `max_items`, \
                 `max_item_bytes`",
            ),
            ("\n[notify.smpt]\n", "line 2: notify.smpt: unknown kind `smpt`; nearest: `smtp`"),
            (
                "[notify.mail]\nkind = 'ses'\nform = 'a'",
                "line 1: notify.mail: unknown setting `form`; nearest: `from`",
            ),
            ("[scan]\nmax_items = 0", "scan.max_items is 0: nothing could be read"),
            ("[scan]\ntimeout = 0", "scan.timeout is 0: nothing could be read"),
            ("[scan.rate]\ns3 = 5\niaam = 5", "line 3: unknown service `iaam`; nearest: `iam`"),
            (
                "[technologies]\noff = ['vpc', 'key_pairs']",
                "line 2: unknown technology `key_pairs`; nearest: `key_pair`",
            ),
            (
                "[[daemon.schedule]]\ntechnology = 'vpcs'\npaused = true",
                "line 1: unknown technology `vpcs`; nearest: `vpc`",
            ),
            (
                "[[daemon.schedule]]\ntechnology = 'vpc'",
                "line 1: it says nothing: set `interval`, `priority` or `paused`",
            ),
            (
                "[[daemon.schedule]]\ntechnology = 'vpc'\npriority = 'high'",
                "line 1: a priority is an account's: leave `technology` out",
            ),
            ("[scan.rate]\ns3 = 0", "line 2: 0 calls a second: nothing could be read"),
            (
                "[[technology]]\nid = 's3_bucket'\ntype = 'AWS::X::Y'",
                "line 2: there is a technology `s3_bucket` already: take another id",
            ),
            (
                "[[technology]]\nid = 'a'\ntype = 'AWS::X::Y'\n\n\
                 [[technology]]\nid = 'a'\ntype = 'AWS::X::Z'",
                "line 5: there are two technologies `a`",
            ),
            (
                "[[technology]]\nid = 'a'\ntype = 'AWS::X::Y'\ndropped = ['/B', 'C']",
                "line 4: `C` is no place in a configuration: it begins with `/`, as `/C`",
            ),
            (
                "[[technology]]\nid = 'a'\ntype = 'AWS::X'",
                "line 3: `AWS::X` is no type of CloudFormation, such as `AWS::SNS::Topic`",
            ),
            (
                "[[watcher]]\ncommand = ['x']\n[[watcher.technology]]\nid = 's3_bucket'",
                "line 4: there is a technology `s3_bucket` already: take another id",
            ),
            (
                "[[watcher]]\ncommand = ['x']\ntechnology = []",
                "line 1: the watcher reads no technology",
            ),
            (
                "[[watcher]]\ncommand = []\ntechnology = []",
                "line 2: a command names a program: `command = [\"./read-queues\"]`",
            ),
            (
                "[[technology]]\nid = 'a/b'\ntype = 'AWS::X::Y'",
                "line 2: `a/b` is no id of a technology: small letters, digits and `_`, a letter \
                 first",
            ),
            (
                "[[technology]]\nid = 'a'\ntype = 'AWS::X::Y'\nsecrets = []",
                "line 4: unknown setting `secrets`; nearest: `secret`",
            ),
        ] {
            assert_eq!(Config::parse(text).unwrap_err(), said);
        }
        for (text, part) in [
            ("store = ", "line 1: "),
            (
                "[notify.ses]\nfrom = 'a'\nto = []\nregion = 'r'",
                "line 1: notify.ses: `to` is empty",
            ),
            ("[notify.ses]\nto = ['a']", "missing field `from`"),
            ("[scan]\ntimeout = 'long'", "line 2: invalid type"),
        ] {
            let said = Config::parse(text).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }
}
