//! Which elements of two arrays belong together.

use std::collections::HashMap;
use std::hash::Hash;

use serde_json::Value;

use crate::config::key_of;
use crate::texts::Texts;

/// Pairs of equal elements looked at for one alignment. Beyond it only the nth
/// occurrence in one array is held against the nth in the other: still a correct
/// alignment, perhaps not the longest.
const CANDIDATES: usize = 1 << 18;

/// Places of elements that belong together, in order on both sides.
pub(super) struct Alignment {
    pub(super) pairs: Vec<(usize, usize)>,
    /// Whether the pairs have equal natural keys, and may differ otherwise. Else
    /// they are equal.
    pub(super) by_key: bool,
}

impl Alignment {
    /// By natural key where it tells the elements of each side apart, else by the
    /// longest common subsequence of equal elements.
    pub(super) fn of(old: &[Value], new: &[Value], key: Option<&Texts>) -> Self {
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            let keys = |elements| -> Vec<Vec<Option<&Value>>> {
                <[Value]>::iter(elements).map(|element| key_of(element, key).collect()).collect()
            };
            let numbered = Numbered::of(keys(old), keys(new));
            if numbered.is_unique() {
                return Self { pairs: numbered.common(CANDIDATES), by_key: true };
            }
        }
        Self { pairs: common(old, new), by_key: false }
    }
}

/// The longest common subsequence of two lists, as places on both sides.
pub(crate) fn common<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    Numbered::of(old, new).common(CANDIDATES)
}

/// Two arrays with a number for each element: the same for equal ones.
struct Numbered {
    old: Vec<usize>,
    /// Where in the new array the elements of a number are.
    places: Vec<Vec<usize>>,
}

impl Numbered {
    fn of<T: Hash + Eq>(
        old: impl IntoIterator<Item = T>,
        new: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut numbers = HashMap::new();
        let mut places: Vec<Vec<usize>> = Vec::new();
        let mut number = |element, places: &mut Vec<Vec<usize>>| {
            *numbers.entry(element).or_insert_with(|| {
                places.push(Vec::new());
                places.len() - 1
            })
        };
        let old = old.into_iter().map(|element| number(element, &mut places)).collect();
        for (place, element) in new.into_iter().enumerate() {
            let number = number(element, &mut places);
            places[number].push(place);
        }
        Self { old, places }
    }

    fn is_unique(&self) -> bool {
        let mut seen = vec![false; self.places.len()];
        self.places.iter().all(|places| places.len() < 2)
            && self.old.iter().all(|&number| !std::mem::replace(&mut seen[number], true))
    }

    /// The longest common subsequence, as places on both sides: the longest chain of
    /// equal pairs that rises on both (Hunt and Szymanski).
    fn common(&self, limit: usize) -> Vec<(usize, usize)> {
        struct Link {
            pair: (usize, usize),
            before: Option<usize>,
        }
        let candidates: usize = self.old.iter().map(|&number| self.places[number].len()).sum();
        let mut seen = vec![0; self.places.len()];
        let mut links: Vec<Link> = Vec::new();
        // The link that ends the best chain of each length: the one furthest left.
        let mut best: Vec<usize> = Vec::new();
        for (place, &number) in self.old.iter().enumerate() {
            let partners = if candidates <= limit {
                self.places[number].as_slice()
            } else {
                seen[number] += 1;
                self.places[number].get(seen[number] - 1..seen[number]).unwrap_or_default()
            };
            // From the right, so that no two pairs of one element make a chain.
            for &partner in partners.iter().rev() {
                let length = best.partition_point(|&link| links[link].pair.1 < partner);
                let before = length.checked_sub(1).map(|shorter| best[shorter]);
                links.push(Link { pair: (place, partner), before });
                match best.get_mut(length) {
                    Some(end) => *end = links.len() - 1,
                    None => best.push(links.len() - 1),
                }
            }
        }
        let last = best.last().copied();
        let mut pairs: Vec<_> = std::iter::successors(last, |&link| links[link].before)
            .map(|link| links[link].pair)
            .collect();
        pairs.reverse();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The textbook's table.
    fn longest(old: &[u8], new: &[u8]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut diagonal = 0;
            for (place, b) in new.iter().enumerate() {
                let above = row[place + 1];
                row[place + 1] = if a == b { diagonal + 1 } else { above.max(row[place]) };
                diagonal = above;
            }
        }
        row[new.len()]
    }

    proptest! {
        #[test]
        fn a_common_subsequence_is_common_and_longest(
            old in vec(0..6_u8, 0..40),
            new in vec(0..6_u8, 0..40),
        ) {
            let numbered = Numbered::of(&old, &new);
            let pairs = numbered.common(usize::MAX);
            prop_assert!(pairs.iter().all(|&(a, b)| old[a] == new[b]));
            prop_assert!(pairs.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
            prop_assert_eq!(pairs.len(), longest(&old, &new));
        }

        #[test]
        fn a_bounded_search_is_common_too(
            old in vec(0..6_u8, 0..40),
            new in vec(0..6_u8, 0..40),
        ) {
            let pairs = Numbered::of(&old, &new).common(0);
            prop_assert!(pairs.iter().all(|&(a, b)| old[a] == new[b]));
            prop_assert!(pairs.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        }
    }
}
