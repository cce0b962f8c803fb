//! A bounded set: of more items than it may hold those of the highest rank stay.
//!
//! A union, cut to a number by a total order, comes out the same whatever is joined first. So sets of
//! replicas can be merged in any order and more than once.

/// What can be kept.
pub(in crate::taint) trait Item: Ord + Copy {
    /// Items of a set.
    const MOST: usize;

    /// What decides first who stays; between items of one rank their order decides.
    type Rank: Ord;

    /// The rank: the highest stay.
    fn rank(&self) -> Self::Rank;
}

/// The set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::taint) struct Kept<T> {
    /// In order, without duplicates, once settled.
    items: Vec<T>,
    dropped: bool,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            dropped: false,
        }
    }
}

impl<T: Item> Kept<T> {
    /// A set of these items; `dropped` says that there were more.
    pub(super) fn of(items: Vec<T>, dropped: bool) -> Self {
        let mut kept = Self { items, dropped };
        kept.settle();
        kept
    }

    /// Adds an item; [`Kept::settle`] must follow before the set is used.
    pub(in crate::taint) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Brings the items in order, and drops those that are too many.
    pub(in crate::taint) fn settle(&mut self) {
        // Most of it is in order already, which this sort makes use of.
        self.items.sort();
        self.items.dedup();
        if self.items.len() > T::MOST {
            let highest_first = |a: &T, b: &T| b.rank().cmp(&a.rank()).then_with(|| b.cmp(a));
            self.items.select_nth_unstable_by(T::MOST, highest_first);
            self.items.truncate(T::MOST);
            self.items.sort_unstable();
            self.dropped = true;
        }
    }

    /// The items, in order.
    pub(in crate::taint) fn items(&self) -> &[T] {
        &self.items
    }

    /// Whether items were dropped.
    pub(in crate::taint) const fn has_dropped(&self) -> bool {
        self.dropped
    }

    /// Takes in the items of another set.
    pub(in crate::taint) fn merge(&mut self, other: &Self) {
        self.items.extend_from_slice(&other.items);
        self.dropped |= other.dropped;
        self.settle();
    }
}
