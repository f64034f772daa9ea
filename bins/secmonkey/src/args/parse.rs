//! Values as people write them.

use ipnet::IpNet;
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
}
