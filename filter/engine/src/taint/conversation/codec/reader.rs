//! Numbers and texts from bytes; `None` where there are too few, or the wrong ones.

use crate::taint::Level;
use crate::taint::conversation::{Seconds, SourceId};

/// Bytes that are being read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        self.array()
            .map(|bytes| usize::from(u16::from_le_bytes(bytes)))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u40(&mut self) -> Option<u64> {
        let [a, b, c, d, e] = self.array()?;
        Some(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]))
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn level(&mut self) -> Option<Level> {
        let place = usize::from(self.byte()?);
        Level::ALL.get(place).copied()
    }

    pub(super) fn seconds(&mut self) -> Option<Seconds> {
        self.u32().map(Seconds)
    }

    pub(super) fn source(&mut self) -> Option<SourceId> {
        self.u32().map(SourceId)
    }

    /// A text behind its length in one byte.
    pub(super) fn text(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?);
        let text = std::str::from_utf8(self.take(length)?).ok()?;
        Some(text.to_owned())
    }
}
