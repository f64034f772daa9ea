//! Sums over what the views keep. redb's own are looked at
//! only when all of them are, which reads everything.

/// The bytes of a sum.
const LENGTH: usize = 4;

/// A value with the sum over it and its key before it.
pub fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&of(key, value).to_be_bytes(), value].concat()
}

/// The value, where the sum is right.
pub fn open<'a>(key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (sum, value) = sealed.split_first_chunk::<LENGTH>()?;
    (u32::from_be_bytes(*sum) == of(key, value)).then_some(value)
}

/// The sum in a sealed value.
pub fn written(sealed: &[u8]) -> Option<u32> {
    sealed.first_chunk::<LENGTH>().map(|sum| u32::from_be_bytes(*sum))
}

fn of(key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    // The length keeps ("ab", "c") and ("a", "bc") apart.
    hasher.update(&(key.len() as u64).to_be_bytes());
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_changed_shows() {
        let (key, value) = (b"key".as_slice(), b"some value".as_slice());
        let sealed = seal(key, value);
        assert_eq!(open(key, &sealed), Some(value));
        assert_eq!(open(b"kez", &sealed), None);
        assert_eq!(open(b"keys", &sealed), None);
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(open(key, &changed), None, "byte {at}, bit {bit}");
            }
            assert_eq!(open(key, &sealed[..at]), None, "cut to {at}");
        }
    }
}
