//! Places in a policy document, such as `when[0].condition`, so that a message can point at them.

use std::fmt;

/// One step from a container to what it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into the member of that key.
    Key(String),
    /// Into the element at that index, from 0.
    Index(usize),
}

/// A place in a document: the steps from its root. The root itself has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path {
    segments: Vec<Segment>,
}

impl Path {
    /// The document itself.
    #[must_use]
    pub const fn root() -> Self {
        Self {
            segments: Vec::new(),
        }
    }

    /// The member `key` of what is here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Segment::Key(key.to_owned()))
    }

    /// The element `index` of what is here.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Segment::Index(index))
    }

    /// The steps, from the root.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether this is the document itself.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// The place as the beginning of a message: in backticks with a colon, nothing for the root.
    #[must_use]
    pub fn prefix(&self) -> String {
        if self.is_root() {
            String::new()
        } else {
            format!("`{self}`: ")
        }
    }

    /// The same place, seen from the root of what holds this document at `outer`.
    #[must_use]
    pub fn inside(&self, outer: &Self) -> Self {
        Self {
            segments: outer
                .segments
                .iter()
                .chain(&self.segments)
                .cloned()
                .collect(),
        }
    }

    fn then(&self, segment: Segment) -> Self {
        let mut segments = self.segments.clone();
        segments.push(segment);
        Self { segments }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) if at == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_the_way_people_point_at_it() {
        let place = Path::root().key("when").index(0).key("condition");
        assert_eq!(place.to_string(), "when[0].condition");
        assert_eq!(Path::root().to_string(), "");
    }
}
