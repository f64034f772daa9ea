//! Against the definitions of RFC 6962, word by word.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

fn leaves(size: u64) -> Vec<Node> {
    (0..size).map(|n| Node::leaf(b"", &n.to_be_bytes())).collect()
}

fn at(leaves: &[Node]) -> impl FnMut(u32, u64) -> Result<Node, Infallible> + '_ {
    |level, index| Ok(subtree(leaves, level, index))
}

/// Section 2.1: the largest power of two smaller than n.
fn naive_split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// Section 2.1: MTH.
fn naive_root(leaves: &[Node]) -> Node {
    match leaves {
        [] => Node::empty(),
        [leaf] => *leaf,
        more => {
            let (left, right) = more.split_at(naive_split(more.len()));
            Node::inner(&naive_root(left), &naive_root(right))
        }
    }
}

/// Section 2.1.1: PATH.
fn naive_path(m: usize, leaves: &[Node]) -> Vec<Node> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(naive_split(leaves.len()));
    if m < left.len() {
        [naive_path(m, left), vec![naive_root(right)]].concat()
    } else {
        [naive_path(m - left.len(), right), vec![naive_root(left)]].concat()
    }
}

/// Section 2.1.2: SUBPROOF.
fn naive_proof(m: usize, leaves: &[Node], is_known: bool) -> Vec<Node> {
    if m == leaves.len() {
        return if is_known { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(naive_split(leaves.len()));
    if m <= left.len() {
        [naive_proof(m, left, is_known), vec![naive_root(right)]].concat()
    } else {
        [naive_proof(m - left.len(), right, false), vec![naive_root(left)]].concat()
    }
}

#[test]
fn the_trees_of_certificate_transparency_come_out() {
    // The leaves and roots that the tests of implementations of RFC 6962 share.
    let bodies: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let mut frontier = Frontier::default();
    let mut roots = vec![hex::encode(frontier.root().0)];
    for body in bodies {
        frontier.push(Node::leaf(b"", body));
        roots.push(hex::encode(frontier.root().0));
    }
    assert_eq!(roots[0], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(roots[1], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(roots[8], "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

#[test]
fn every_proof_of_every_small_tree_is_the_one_of_the_definition_and_proves() {
    for size in 0..=40 {
        let leaves = leaves(size);
        let whole = naive_root(&leaves);
        assert_eq!(root(size, at(&leaves)), Ok(whole));
        for index in 0..size {
            let path = inclusion(index, size, at(&leaves)).unwrap();
            let place = usize::try_from(index).unwrap();
            assert_eq!(path, naive_path(place, &leaves), "leaf {index} of {size}");
            assert_eq!(root_of(leaves[place], index, size, &path), Some(whole));
            assert_ne!(root_of(whole, index, size, &path), Some(whole).filter(|_| size > 1));
        }
        for old in 0..=size {
            let end = usize::try_from(old).unwrap();
            let path = consistency(old, size, at(&leaves)).unwrap();
            if old > 0 {
                assert_eq!(path, naive_proof(end, &leaves, true), "{old} in {size}");
            }
            let before = (old, naive_root(&leaves[..end]));
            assert!(is_consistent(before, (size, whole), &path), "{old} in {size}");
        }
    }
}

#[test]
fn what_is_not_in_the_tree_has_no_proof() {
    let leaves = leaves(7);
    assert_eq!(inclusion(7, 7, at(&leaves)), Ok(vec![]));
    assert_eq!(root_of(leaves[0], 7, 7, &[]), None);
    assert_eq!(root_of(leaves[0], 0, 0, &[]), None);
    assert_eq!(root_of(leaves[0], 0, u64::MAX, &leaves), None);
    assert!(!is_consistent((8, leaves[0]), (7, leaves[0]), &[]));
    assert!(!is_consistent((0, leaves[0]), (7, leaves[0]), &[]));
}

proptest! {
    /// A frontier is the same tree, and is never longer than the size has bits.
    #[test]
    fn a_frontier_has_the_root_of_the_definition(size in 0_u64..700) {
        let leaves = leaves(size);
        let mut frontier = Frontier::default();
        for leaf in &leaves {
            frontier.push(*leaf);
        }
        prop_assert_eq!(frontier.root(), naive_root(&leaves));
        prop_assert_eq!(frontier.peaks.len(), usize::try_from(size.count_ones()).unwrap());
    }

    /// Whatever is changed about a proof, it proves nothing any more.
    #[test]
    fn a_changed_proof_of_inclusion_proves_nothing(
        size in 2_u64..300,
        leaf in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0_usize..256,
        other in any::<prop::sample::Index>(),
    ) {
        let leaves = leaves(size);
        let all = usize::try_from(size).unwrap();
        let index = leaf.index(all);
        let position = u64::try_from(index).unwrap();
        let whole = naive_root(&leaves);
        let path = inclusion(position, size, at(&leaves)).unwrap();

        let mut flipped = path.clone();
        flipped[place.index(path.len())].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert_ne!(root_of(leaves[index], position, size, &flipped), Some(whole));
        prop_assert_ne!(root_of(leaves[index], position, size, &path[1..]), Some(whole));
        let longer = [path.as_slice(), &[whole]].concat();
        prop_assert_ne!(root_of(leaves[index], position, size, &longer), Some(whole));
        let other = other.index(all);
        if other != index {
            prop_assert_ne!(root_of(leaves[other], position, size, &path), Some(whole));
            let elsewhere = u64::try_from(other).unwrap();
            prop_assert_ne!(root_of(leaves[index], elsewhere, size, &path), Some(whole));
        }
    }

    /// A log that was edited has no proof that an old root is its beginning.
    #[test]
    fn an_edited_beginning_is_not_consistent(
        size in 2_u64..200,
        cut in any::<prop::sample::Index>(),
        edited in any::<prop::sample::Index>(),
    ) {
        let old = u64::try_from(cut.index(usize::try_from(size).unwrap() - 1)).unwrap() + 1;
        let end = usize::try_from(old).unwrap();
        let before = leaves(size);
        let mut after = before.clone();
        after[edited.index(end)] = Node::empty();
        let new = (size, naive_root(&after));
        for tree in [&before, &after] {
            let path = consistency(old, size, at(tree)).unwrap();
            prop_assert!(!is_consistent((old, naive_root(&before[..end])), new, &path));
        }
    }
}
