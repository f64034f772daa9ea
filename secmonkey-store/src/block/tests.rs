//! Blocks of both formats, and what is none.

use super::*;

fn stored(number: usize, length: usize) -> Stored {
    let header = format!("{{\"p\":{number}}}").into_bytes();
    Stored { header, body: format!("\"{}\"", "x".repeat(length)).into_bytes() }
}

fn dictionaries() -> Dictionaries {
    Dictionaries::new(std::collections::BTreeMap::new())
}

fn packed(events: &[Stored]) -> Vec<(Position, Vec<u8>)> {
    let (mut packer, mut before) = (Packer::default(), Hash::START);
    for (position, stored) in (1..).map(Position).zip(events) {
        let after = before.next(&stored.header, &stored.body);
        packer.push(position, &before, &after, stored);
        before = after;
    }
    packer.blocks(&mut Encoder::new(&dictionaries()).unwrap()).unwrap()
}

fn read(block: &[u8]) -> Result<Vec<Stored>, String> {
    let (dictionaries, mut found) = (dictionaries(), Vec::new());
    let mut decoder = Decoder::new(&dictionaries);
    let mut events = Block::parse(block)?.events(&mut decoder);
    while let Some(event) = events.read() {
        let (header, body) = event?;
        found.push(Stored { header: header.to_vec(), body: body.to_vec() });
    }
    Ok(found)
}

#[test]
fn what_is_packed_reads_back() {
    let lengths = [10, 0, 2_000, 900, 100, 9_000, 5, 5];
    let events: Vec<_> = (0..).zip(lengths).map(|(n, length)| stored(n, length)).collect();
    let blocks = packed(&events);
    let firsts: Vec<_> = blocks.iter().map(|(first, _)| first.0).collect();
    assert_eq!(firsts, [1, 5, 6, 7]);
    let mut found = Vec::new();
    for (_, block) in &blocks {
        assert_eq!(length(block), Some(block.len()));
        found.extend(read(block).unwrap());
    }
    assert_eq!(found, events);
}

#[test]
fn a_block_of_format_1_reads_back() {
    let events = [stored(1, 10), stored(2, 0), stored(3, 5_000)];
    let mut encoder = Encoder::new(&dictionaries()).unwrap();
    let mut block = vec![0; HEADER];
    block[..4].copy_from_slice(&[FRAME_EACH, dictionary::CURRENT, 0, 3]);
    for stored in &events {
        let frame = encoder.encode(stored).unwrap();
        push_number(&mut block, frame.len() as u64);
        block.extend(frame);
    }
    assert_eq!(length(&block), Some(block.len()));
    assert_eq!(read(&block).unwrap(), events);
    for count in [2, 4] {
        block[3] = count;
        assert!(read(&block).is_err(), "{count} events");
    }
}

#[test]
fn a_block_that_is_not_as_it_says_is_refused() {
    let (_, block) = packed(&[stored(1, 10), stored(2, 20)]).remove(0);
    for count in [0, 1, 3] {
        let mut other = block.clone();
        other[3] = count;
        assert!(read(&other).is_err(), "{count} events");
    }
    let mut other = block.clone();
    other.push(0);
    assert!(read(&other).is_err(), "a byte more");
    assert!(read(&block[..block.len() - 1]).is_err(), "a byte less");
    for format in [0, 3] {
        let mut other = block.clone();
        other[0] = format;
        assert!(read(&other).is_err() && length(&other).is_none(), "format {format}");
    }
}

#[test]
fn what_would_not_read_back_is_refused() {
    assert_eq!(check(&stored(1, 10)), Ok(()));
    let lines = Stored { header: b"{}".to_vec(), body: b"{\n}".to_vec() };
    assert!(check(&lines).is_err());
}

#[test]
fn what_does_not_compress_is_within_one_value() {
    let mut bits = 1_u64;
    let noise = std::iter::repeat_with(|| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Some(bits.to_be_bytes()[0]).filter(|byte| *byte != b'\n').unwrap_or_default()
    });
    let stored = Stored { header: noise.take(TARGET - 2).collect(), body: Vec::new() };
    assert!(packed(&[stored])[0].1.len() < VALUE);
}
