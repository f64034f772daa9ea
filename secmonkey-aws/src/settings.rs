//! What AWS asks of an account: how it is entered, what else names it, and what makes
//! all that valid.
//!
//! ```
//! use secmonkey_aws::{AWS, settings};
//! use secmonkey_core::account::Account;
//!
//! let mut account = Account::new(AWS, "123456789012".parse()?, "production");
//! account.set(settings::ROLE, "arn:aws-cn:iam::123456789012:role/Reader");
//! settings::validate(&mut account)?;
//! assert_eq!(settings::partition(&account), "aws-cn");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use secmonkey_core::account::Account;

use crate::session::Caller;
use crate::{AWS, kind};

/// The role that is assumed: its name, with its path where it has one, or its ARN.
pub const ROLE: &str = "role";
/// The external id that the role asks for.
pub const EXTERNAL_ID: &str = "external_id";
/// The partition: `aws` where nothing is said, `aws-cn`, `aws-us-gov`.
pub const PARTITION: &str = "partition";

/// The partition of accounts that do not say otherwise.
const AWS_PARTITION: &str = "aws";

/// The caller's own account, as it is entered without any role: named by its id, until
/// somebody names it.
impl From<Caller> for Account {
    fn from(caller: Caller) -> Self {
        let name = caller.account.to_string();
        let mut account = Self::new(AWS, caller.account, name);
        if caller.partition != AWS_PARTITION {
            account.set(PARTITION, caller.partition);
        }
        account
    }
}

/// The role that is assumed; without one, the credentials are used as they are.
#[must_use]
pub fn role(account: &Account) -> Option<&str> {
    account.setting(ROLE)
}

/// The ARN of the role to assume: the role is registered by name or by ARN.
#[must_use]
pub fn role_arn(account: &Account) -> Option<String> {
    let role = role(account)?;
    Some(if role.starts_with("arn:") {
        role.to_owned()
    } else {
        let name = role.trim_start_matches('/');
        format!("arn:{}:iam::{}:role/{name}", partition(account), account.id)
    })
}

/// The external id that the role asks for.
#[must_use]
pub fn external_id(account: &Account) -> Option<&str> {
    account.setting(EXTERNAL_ID)
}

/// The partition that the account lies in.
#[must_use]
pub fn partition(account: &Account) -> &str {
    account.setting(PARTITION).unwrap_or(AWS_PARTITION)
}

/// The partition that a role's ARN names; `None` of what is no ARN.
#[must_use]
pub fn partition_of(role: &str) -> Option<&str> {
    role.strip_prefix("arn:")?.split(':').next()
}

/// Whether a text is the id of an account: twelve digits.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Why an account cannot be one of AWS as it is described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The id is none of AWS.
    #[error("`{0}` is not the id of an AWS account: twelve digits")]
    Id(String),
    /// It has no name.
    #[error("an account needs a name")]
    NoName,
    /// Who asks for this name would get another account.
    #[error("the name {0} is the id of another account")]
    NameOfAnother(String),
    /// No partition is called so.
    #[error("`{0}` is not a partition: aws, aws-cn, aws-us-gov")]
    Partition(String),
    /// No organization is called so.
    #[error("`{0}` is not an organization: o- and 10 to 32 letters and digits")]
    Organization(String),
    /// The ARN is not that of a role, or is of another account.
    #[error("{0} is not a role of this account")]
    Role(String),
    /// The ARN is of another partition than the account.
    #[error("{role} is not of the partition {partition}")]
    RolePartition {
        /// The role's ARN.
        role: String,
        /// The account's partition.
        partition: String,
    },
}

/// Says no to what cannot be, and writes one thing in one way: the name without blanks
/// around it, regions sorted and each once, the partition as the role's ARN has it where
/// nobody named one, and not at all where it is the usual one.
///
/// # Errors
/// What is wrong first.
pub fn validate(account: &mut Account) -> Result<(), Invalid> {
    for regions in [&mut account.regions, &mut account.skip_regions] {
        regions.sort();
        regions.dedup();
    }
    account.name = account.name.trim().to_owned();
    if account.setting(PARTITION).is_none()
        && let Some(partition) = role(account).and_then(partition_of).map(str::to_owned)
    {
        account.set(PARTITION, partition);
    }
    check(account)?;
    if partition(account) == AWS_PARTITION {
        account.settings.remove(PARTITION);
    }
    Ok(())
}

fn check(account: &Account) -> Result<(), Invalid> {
    let (id, name) = (account.id.as_str(), account.name.as_str());
    if !is_account_id(id) {
        return Err(Invalid::Id(id.to_owned()));
    }
    if name.is_empty() {
        return Err(Invalid::NoName);
    }
    if is_account_id(name) && name != id {
        return Err(Invalid::NameOfAnother(name.to_owned()));
    }
    let partition = partition(account);
    if partition.contains([':', '/', ' ']) {
        return Err(Invalid::Partition(partition.to_owned()));
    }
    if let Some(organization) = account.names.get(&kind::ORGANIZATION)
        && !is_organization(organization)
    {
        return Err(Invalid::Organization(organization.clone()));
    }
    let Some(arn) = role(account).filter(|role| role.starts_with("arn:")) else { return Ok(()) };
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", of, "iam", "", owner, role] if owner == id && role.starts_with("role/") => {
            if of == partition {
                return Ok(());
            }
            let (role, partition) = (arn.to_owned(), partition.to_owned());
            Err(Invalid::RolePartition { role, partition })
        }
        _ => Err(Invalid::Role(arn.to_owned())),
    }
}

/// Whether a text is the id of an organization, as AWS writes them.
fn is_organization(id: &str) -> bool {
    id.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AWS;

    fn account() -> Account {
        Account::new(AWS, "123456789012".parse().unwrap(), "production")
    }

    fn validated(change: impl FnOnce(&mut Account)) -> Result<Account, Invalid> {
        let mut account = account();
        change(&mut account);
        validate(&mut account)?;
        Ok(account)
    }

    #[test]
    fn an_id_is_twelve_digits() {
        for id in ["12345678901", "1234567890123", "12345678901x", "netflix"] {
            let id = id.parse().unwrap();
            assert!(matches!(validated(|one| one.id = id), Err(Invalid::Id(_))));
        }
    }

    #[test]
    fn a_name_is_there_and_no_other_accounts_id() {
        assert_eq!(validated(|one| one.name = "  ".to_owned()), Err(Invalid::NoName));
        assert_eq!(validated(|one| one.name = " a ".to_owned()).unwrap().name, "a");
        let id = "210987654321".to_owned();
        let other = validated(|one| one.name.clone_from(&id));
        assert_eq!(other, Err(Invalid::NameOfAnother(id)));
        validated(|one| one.name = "123456789012".to_owned()).unwrap();
    }

    #[test]
    fn a_role_fits_its_account_and_its_partition() {
        let with = |role: &str| validated(|account| account.set(ROLE, role));
        for role in ["SecurityMonkey", "team/Reader", "arn:aws:iam::123456789012:role/audit/R"] {
            assert_eq!(partition(&with(role).unwrap()), "aws", "{role}");
        }
        for wrong in ["arn:aws:iam::210987654321:role/R", "arn:aws:iam::123456789012:user/R"] {
            assert_eq!(with(wrong), Err(Invalid::Role(wrong.to_owned())));
        }
        let china = "arn:aws-cn:iam::123456789012:role/R";
        assert_eq!(partition(&with(china).unwrap()), "aws-cn");
        let elsewhere = validated(|account| {
            account.set(ROLE, china);
            account.set(PARTITION, "aws-us-gov");
        });
        assert!(matches!(elsewhere, Err(Invalid::RolePartition { .. })), "{elsewhere:?}");
    }

    #[test]
    fn a_partition_is_a_word_and_the_usual_one_is_not_said() {
        let with = |name: &str| validated(|account| account.set(PARTITION, name));
        for wrong in ["a:b", "a/b", "a b"] {
            assert_eq!(with(wrong), Err(Invalid::Partition(wrong.to_owned())));
        }
        assert_eq!(with("aws"), Ok(account()));
    }

    #[test]
    fn an_organization_looks_like_one() {
        let with = |id: &str| {
            validated(|account| drop(account.names.insert(kind::ORGANIZATION, id.to_owned())))
        };
        with("o-a1b2c3d4e5").unwrap();
        for wrong in ["a1b2c3d4e5", "o-", "o-a1b2c3d4e", "o-A1B2C3D4E5", "o-a1b2c3d4e5/r-1"] {
            assert_eq!(with(wrong), Err(Invalid::Organization(wrong.to_owned())));
        }
    }

    #[test]
    fn regions_are_sorted_and_each_once() {
        let regions = ["eu-west-1", "eu-north-1", "eu-west-1"].map(str::to_owned);
        let account = validated(|account| account.regions = regions.to_vec()).unwrap();
        assert_eq!(account.regions, ["eu-north-1", "eu-west-1"]);
    }
}
