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
    fn an_address_is_a_block_of_one() {
        assert_eq!(cidr("10.1.2.3"), Ok("10.1.2.3/32".parse().unwrap()));
        assert_eq!(cidr("10.1.2.3/8"), Ok("10.0.0.0/8".parse().unwrap()));
        assert_eq!(cidr("2001:db8::1"), Ok("2001:db8::1/128".parse().unwrap()));
    }
}
