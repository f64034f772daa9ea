//! Values as people write them.

use ipnet::IpNet;
use secmonkey_aws::settings::is_account_id;
use secmonkey_core::Timestamp;
use secmonkey_core::event::{Hash, InvalidHash, Position};

use crate::time;

/// A time.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    time::parse(text, Timestamp::now())
}

/// A block, or an address as the block that holds it alone.
pub fn cidr(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map(|net| net.trunc())
        .map_err(|_| {
            format!(
                "`{text}` is not an address or a block: write 10.1.2.3, 10.0.0.0/8 or 2001:db8::/32"
            )
        })
}

/// A score of an issue: 0 to 10, or the severity that people read in it.
pub fn score(text: &str) -> Result<u8, String> {
    let number = strength(text)?;
    u8::try_from(number).ok().filter(|number| *number <= 10).ok_or_else(|| wrong(text))
}

/// A score of an item, which adds up those of its issues.
pub fn strength(text: &str) -> Result<u32, String> {
    let severity = match text.trim().to_lowercase().as_str() {
        "info" => 0,
        "low" => 1,
        "medium" => 4,
        "high" => 7,
        "critical" => 10,
        number => return number.parse().map_err(|_| wrong(text)),
    };
    Ok(severity)
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no score: write 0 to 10, or info, low, medium, high or critical")
}

/// A head of the log: `POSITION:HASH`.
pub fn head(text: &str) -> Result<(Position, Hash), String> {
    let (position, hash) = text
        .split_once(':')
        .ok_or_else(|| format!("`{text}` is not a head: expected POSITION:HASH"))?;
    let position = position.parse().map_err(|_| format!("`{position}` is not a position"))?;
    Ok((position, hash.parse().map_err(|error: InvalidHash| error.to_string())?))
}

/// What a key is called: a file is named so.
pub fn key_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is no name for a key: write letters, digits, `-` and `_`"))
}

/// Who may assume a role: the id of an account, or the ARN of one, a role or a user.
pub fn trusted(text: &str) -> Result<String, String> {
    let is_principal = match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, "iam", "", account, who] => {
            let named = ["role/", "user/"].iter().find_map(|kind| who.strip_prefix(kind));
            is_written_in(partition, "-")
                && is_account_id(account)
                && (who == "root" || named.is_some_and(|name| is_written_in(name, "+=,.@_/-")))
        }
        _ => is_account_id(text),
    };
    is_principal.then(|| text.to_owned()).ok_or_else(|| {
        format!("`{text}` is neither an account, twelve digits, nor the ARN of a role or user")
    })
}

/// What a role may ask for as external id.
pub fn external_id(text: &str) -> Result<String, String> {
    ((2..=1224).contains(&text.len()) && is_written_in(text, "+=,.@:_/-"))
        .then(|| text.to_owned())
        .ok_or_else(|| {
            format!("`{text}` is no external id: 2 letters, digits or +=,.@:_/- or more")
        })
}

/// What a role may be called.
pub fn role_name(text: &str) -> Result<String, String> {
    // The names of its policies end in a number.
    (text.len() <= 60 && is_written_in(text, "+=,.@_-")).then(|| text.to_owned()).ok_or_else(|| {
        format!("`{text}` is no name of a role: up to 60 letters, digits or +=,.@_-")
    })
}

/// Whether a text is of letters, digits and these signs, and not empty.
fn is_written_in(text: &str, signs: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_or_a_severity() {
        for (text, number) in [("0", 0), ("10", 10), ("critical", 10), ("HIGH", 7), ("low", 1)] {
            assert_eq!(score(text), Ok(number));
        }
        for text in ["11", "-1", "grave", ""] {
            assert!(score(text).unwrap_err().contains("critical"), "{text}");
        }
        assert_eq!(strength("37"), Ok(37));
    }

    #[test]
    fn an_address_is_a_block_of_one() {
        assert_eq!(cidr("10.1.2.3"), Ok("10.1.2.3/32".parse().unwrap()));
        assert_eq!(cidr("10.1.2.3/8"), Ok("10.0.0.0/8".parse().unwrap()));
        assert_eq!(cidr("2001:db8::1"), Ok("2001:db8::1/128".parse().unwrap()));
    }

    #[test]
    fn a_role_is_trusted_to_accounts_roles_and_users() {
        for text in [
            "123456789012",
            "arn:aws:iam::123456789012:root",
            "arn:aws-cn:iam::123456789012:role/ci/scanner",
            "arn:aws:iam::123456789012:user/alice@example.org",
        ] {
            assert_eq!(trusted(text), Ok(text.to_owned()));
        }
        for text in [
            "",
            "*",
            "12345678901",
            "arn:aws:iam::123456789012:group/admins",
            "arn:aws:iam::*:root",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/${x}",
            "arn:aws:sts::123456789012:assumed-role/a/b",
        ] {
            assert!(trusted(text).is_err(), "{text}");
        }
        assert!(external_id("x").is_err() && external_id("a\"b").is_err());
        assert!(external_id("7f3a/secmonkey:1").is_ok());
        assert!(role_name("SecurityMonkey").is_ok() && role_name("${a}").is_err());
    }
}
