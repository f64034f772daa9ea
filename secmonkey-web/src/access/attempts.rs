//! How often somebody may try to sign in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many attempts at one name from one address at once, then one in so long.
const NAME: (f64, Duration) = (5.0, Duration::from_mins(1));
/// The same for all names from one address,
const ADDRESS: (f64, Duration) = (30.0, Duration::from_secs(20));
/// and for one name from all addresses. Many more, so that nobody is kept out by others.
const EVERYWHERE: (f64, Duration) = (100.0, Duration::from_secs(30));
/// So many are remembered: those who tried last.
const MOST: usize = 10_000;

/// How often somebody tried to sign in, and failed.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<Of, Bucket>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Of {
    Name(Option<IpAddr>, String),
    Address(IpAddr),
    Everywhere(String),
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Attempts {
    /// Takes one attempt at a name from an address; how long to wait where none is left.
    pub fn take(&self, address: Option<IpAddr>, name: &str, now: Instant) -> Result<(), Duration> {
        let (address, name) = (address.map(network), name.to_lowercase());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            // Whoever has all attempts again is as good as unknown.
            let longest = NAME.1.max(EVERYWHERE.1).mul_f64(EVERYWHERE.0);
            all.retain(|_, bucket| now.duration_since(bucket.at) < longest);
            let mut times: Vec<_> = all.values().map(|bucket| bucket.at).collect();
            times.sort_unstable();
            if let Some(middle) = times.get(times.len() / 2).copied().filter(|_| all.len() >= MOST)
            {
                all.retain(|_, bucket| bucket.at > middle);
            }
        }
        let mut buckets = vec![(Of::Name(address, name.clone()), NAME)];
        buckets.extend(address.map(|address| (Of::Address(address), ADDRESS)));
        buckets.push((Of::Everywhere(name), EVERYWHERE));
        for (of, (most, each)) in buckets {
            let bucket = all.entry(of).or_insert(Bucket { left: most, at: now });
            let back = now.duration_since(bucket.at).as_secs_f64() / each.as_secs_f64();
            (bucket.left, bucket.at) = ((bucket.left + back).min(most), now);
            if bucket.left < 1.0 {
                return Err(each.mul_f64(1.0 - bucket.left));
            }
            bucket.left -= 1.0;
        }
        Ok(())
    }

    /// Forgets the attempts at a name from an address: who signed in may mistype again.
    pub fn succeeded(&self, address: Option<IpAddr>, name: &str) {
        let of = Of::Name(address.map(network), name.to_lowercase());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&of);
    }
}

/// Who has one address of an IPv6 network has all of its 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7)));

    #[test]
    fn a_name_may_be_tried_a_few_times_and_then_once_a_minute() {
        let (attempts, start) = (Attempts::default(), Instant::now());
        let take = |name: &str, seconds: u64| {
            attempts.take(HOME, name, start + Duration::from_secs(seconds))
        };
        for _ in 0..5 {
            assert_eq!(take("alice", 0), Ok(()));
        }
        let wait = take("ALICE", 1).unwrap_err();
        assert!((58..=60).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(take("alice", 62), Ok(()));
        assert!(take("alice", 63).is_err());
        assert_eq!(take("bob", 63), Ok(()));
        attempts.succeeded(HOME, "alice");
        assert_eq!(take("alice", 64), Ok(()));
    }

    #[test]
    fn one_address_may_not_try_all_names() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let refused = (0..100).filter(|n| attempts.take(HOME, &format!("user{n}"), now).is_err());
        assert_eq!(refused.count(), 70);
        let of_one_network = |n: u128| Some(IpAddr::V6((0x2001_0db8_u128 << 96 | n).into()));
        let refused = (0..100)
            .filter(|n| attempts.take(of_one_network(*n), &format!("v6-{n}"), now).is_err());
        assert_eq!(refused.count(), 70);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for n in 0..20_000_u128 {
            let address = Some(IpAddr::V6((n << 64).into()));
            let _ = attempts.take(address, &format!("user{n}"), now + Duration::from_millis(1));
        }
        assert!(attempts.0.lock().unwrap().len() <= MOST + 3);
    }
}
