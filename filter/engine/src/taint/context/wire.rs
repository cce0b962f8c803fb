//! The fold as bytes, for state that outlives a request: versioned, bounded, one way to write each.

use super::Fold;
use super::fold::Span;
use crate::limits;
use crate::taint::Sensitivity;
use crate::time::UnixMillis;

/// The first byte.
const VERSION: u8 = 1;

const UNKNOWN: u8 = 1;
const HAS_READERS: u8 = 2;
const HAS_USER: u8 = 4;

/// Bytes that are no fold. Who has them knows nothing: [`Fold::unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an encoded fold")]
pub struct Unreadable;

impl Fold {
    /// The fold as bytes, [`limits::FOLD_BYTES`] at most. Equal folds have equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, self.flags(), self.sensitivity as u8];
        bytes.extend(self.segments.to_le_bytes());
        for span in self.spans {
            bytes.push(u8::from(span.is_some()));
            for at in span.iter().flat_map(|span| [span.oldest, span.newest]) {
                bytes.extend(at.0.to_le_bytes());
            }
        }
        bytes.push(u8::try_from(self.anomalies.len()).unwrap_or(u8::MAX));
        for anomaly in &self.anomalies {
            bytes.extend(anomaly.to_le_bytes());
        }
        if let Some(readers) = &self.readers {
            bytes.push(u8::try_from(readers.len()).unwrap_or(u8::MAX));
            for reader in readers {
                text(reader, &mut bytes);
            }
        }
        if let Some((at, principal)) = &self.user {
            bytes.extend(at.0.to_le_bytes());
            text(principal, &mut bytes);
        }
        bytes
    }

    /// Reads what [`Fold::encode`] wrote.
    ///
    /// # Errors
    /// [`Unreadable`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > limits::FOLD_BYTES {
            return Err(Unreadable);
        }
        let fold = Reader(bytes).fold().ok_or(Unreadable)?;
        // Every fold has one encoding, so that what was not written by `encode` shows.
        if fold.encode() == bytes {
            Ok(fold)
        } else {
            Err(Unreadable)
        }
    }

    const fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.is_unknown {
            flags |= UNKNOWN;
        }
        if self.readers.is_some() {
            flags |= HAS_READERS;
        }
        if self.user.is_some() {
            flags |= HAS_USER;
        }
        flags
    }
}

fn text(text: &str, bytes: &mut Vec<u8>) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// The bytes that are not read yet.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn fold(mut self) -> Option<Fold> {
        let [VERSION, flags, sensitivity] = self.array()? else {
            return None;
        };
        let mut fold = Fold {
            is_unknown: flags & UNKNOWN != 0,
            sensitivity: *Sensitivity::ALL.get(usize::from(sensitivity))?,
            segments: u64::from_le_bytes(self.array()?),
            ..Fold::default()
        };
        for span in &mut fold.spans {
            if self.array()? == [1] {
                let oldest = UnixMillis(i64::from_le_bytes(self.array()?));
                let newest = UnixMillis(i64::from_le_bytes(self.array()?));
                *span = (oldest <= newest).then_some(Span { oldest, newest });
            }
        }
        let [anomalies] = self.array()?;
        if usize::from(anomalies) > limits::FOLD_ANOMALIES {
            return None;
        }
        for _ in 0..anomalies {
            fold.anomalies.insert(u64::from_le_bytes(self.array()?));
        }
        if flags & HAS_READERS != 0 {
            let [count] = self.array()?;
            let readers = (0..count).map(|_| self.text()).collect::<Option<_>>()?;
            fold.readers = Some(readers);
        }
        if flags & HAS_USER != 0 {
            let at = UnixMillis(i64::from_le_bytes(self.array()?));
            fold.user = Some((at, self.text()?));
        }
        self.0.is_empty().then_some(fold)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(u16::from_le_bytes(self.array()?));
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}
