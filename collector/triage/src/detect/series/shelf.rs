//! Keeps the labels of one host's series, each set once: many series are of the same thing.
//!
//! In: labels. Out: their places, small numbers. Knows nothing of series.

use crate::Labels;
use crate::detect::limits;

/// Beyond so many sets those that nobody needs are to be thrown away: of each series there are two,
/// and again as many may be out of use.
pub(super) const SETS_MAX: usize = 4 * limits::SERIES_PER_HOST_MAX;

/// The place of a set of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u16);

/// Sets of labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf(Vec<Labels>);

impl Shelf {
    /// The labels at a place.
    pub(super) fn at(&self, place: Place) -> &Labels {
        &self.0[usize::from(place.0)]
    }

    /// The place of labels, which they get if they have none.
    pub(super) fn put(&mut self, labels: Labels) -> Place {
        let known = self.0.iter().position(|known| *known == labels);
        let at = known.unwrap_or_else(|| {
            self.0.push(labels);
            self.0.len() - 1
        });
        Place(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// Whether what is out of use is to be thrown away at once.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= SETS_MAX
    }

    /// Throws away what stands at none of these places, which are changed to what they are then.
    pub(super) fn tidy<'a>(&mut self, used: impl Iterator<Item = &'a mut Place>) {
        let before = std::mem::take(&mut self.0);
        let mut moved: Vec<Option<Place>> = vec![None; before.len()];
        for place in used {
            let at = usize::from(place.0);
            *place = *moved[at].get_or_insert_with(|| {
                self.0.push(before[at].clone());
                Place(u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX))
            });
        }
        self.0.shrink_to_fit();
    }
}

// A place has sixteen bits.
const _: () = assert!(SETS_MAX + 2 < u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_labels_have_one_place_and_what_nobody_needs_goes() {
        let labels = |name: &str| -> Labels { [("device", name)].into_iter().collect() };
        let mut shelf = Shelf::default();
        let [first, mut second, again, mut third] =
            ["sda", "sdb", "sda", "sdc"].map(|name| shelf.put(labels(name)));
        assert_eq!(first, again);
        assert_eq!(shelf.0.len(), 3);
        let mut once_more = third;
        shelf.tidy([&mut third, &mut second, &mut once_more].into_iter());
        assert_eq!(shelf.0.len(), 2);
        assert_eq!(shelf.at(second), &labels("sdb"));
        assert_eq!(shelf.at(third), &labels("sdc"));
        assert_eq!(third, once_more);
    }
}
