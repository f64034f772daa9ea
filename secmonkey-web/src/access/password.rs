//! Passwords: argon2id, as OWASP advises (19 MiB, two passes).

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::Problem;

/// A password has so many characters at least, as NIST SP 800-63B and OWASP ASVS 5 (6.2.1) have
/// it where there is no second factor beside it,
pub(crate) const SHORTEST: usize = 12;
/// and so many bytes at most: hashing takes longer for longer ones.
const LONGEST: usize = 256;
/// So many different characters at least.
const FEWEST: usize = 5;
/// So many are hashed at once: each takes 19 MiB.
const AT_ONCE: usize = 2;

/// What is around a common password has so many characters at least where it counts.
const AROUND: usize = 8;

/// The commonest: the list of Django (BSD, from the collection of Royce Williams), and those of
/// zxcvbn-ts (MIT) that are long enough.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Hashes passwords, and compares them with their hashes.
#[derive(Clone)]
pub struct Hashing(Arc<Semaphore>);

impl Default for Hashing {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Hashing {
    /// The hash of a password, as a PHC string.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| failed(&error))
        })
        .await?
    }

    /// Whether a password has a hash. Where there is none, it takes as long as if there was one.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        /// Of a password that nobody knows.
        static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| {
            let mut random = [0; 32];
            getrandom::fill(&mut random).ok()?;
            Some(Argon2::default().hash_password(&random).ok()?.to_string())
        });
        self.run(move || {
            let (hash, is_known) = match &hash {
                Some(hash) => (hash.as_str(), true),
                None => (NOBODYS.as_deref().unwrap_or_default(), false),
            };
            let hash = PasswordHash::new(hash).map_err(|error| failed(&error))?;
            let fits = Argon2::default().verify_password(password.as_bytes(), &hash);
            Ok(fits.is_ok() && is_known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = self.0.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Problem::unavailable("the process ends"))?;
        let run = move || {
            let _permit = permit;
            run()
        };
        tokio::task::spawn_blocking(run).await.map_err(|error| failed(&error))
    }
}

/// Refuses a password that others would guess.
///
/// # Errors
/// Where it is one.
pub fn check(password: &str, name: &str) -> Result<(), Problem> {
    let refused = |text: String| Err(Problem::wrong(text).of("password"));
    let lower = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return refused(format!("a password has at least {SHORTEST} characters"));
    }
    if password.len() > LONGEST {
        return refused(format!("a password has at most {LONGEST} bytes"));
    }
    let stem = lower.trim_matches(|c: char| !c.is_alphabetic());
    if COMMON.contains(lower.as_str()) || COMMON.contains(stem) && lower.len() < stem.len() + AROUND
    {
        return refused("this password is one of the commonest, or little more".to_owned());
    }
    if password.chars().collect::<HashSet<_>>().len() < FEWEST {
        return refused(format!("a password has at least {FEWEST} different characters"));
    }
    let name = name.to_lowercase();
    if lower.contains(&name) && lower.len() < name.len() + SHORTEST {
        return refused("this password is little more than the name".to_owned());
    }
    if lower.contains("secmonkey") && lower.len() < "secmonkey".len() + SHORTEST {
        return refused("this password is little more than `secmonkey`".to_owned());
    }
    Ok(())
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a password cannot be hashed");
    Problem::failed("it was not answered: the log of secmonkeyd says why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_others_would_guess_are_refused() {
        let refused = |password: &str| check(password, "alice.smith").map_err(|e| e.detail).err();
        for (password, why) in [
            ("short", "at least 12"),
            ("password1234", "commonest"),
            ("!!football2026", "commonest"),
            ("ababababababab", "different"),
            ("Alice.Smith2026", "little more than the name"),
            ("secmonkey2026!", "little more than `secmonkey`"),
            (&"x1y2z3".repeat(60), "at most 256"),
        ] {
            let said = refused(password).unwrap_or_default();
            assert!(said.contains(why), "{password}: {said}");
        }
        assert_eq!(refused("correct horse battery staple"), None);
        assert_eq!(refused("пароль из слов"), None);
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_alone() {
        let hashing = Hashing::default();
        let hash = hashing.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let fits = async |password: &str, hash: Option<&str>| {
            hashing.fits(password.to_owned(), hash.map(str::to_owned)).await.unwrap()
        };
        assert!(fits("correct horse battery", Some(&hash)).await);
        assert!(!fits("correct horse batterY", Some(&hash)).await);
        assert!(!fits("correct horse battery", None).await);
    }
}
