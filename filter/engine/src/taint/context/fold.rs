//! The running fold of a conversation: constant size, whatever has passed.
//!
//! Not the contents, nor how many different ones there were: the fold is a join semilattice, so that
//! replicas may merge theirs in any order and more than once. What is a count elsewhere is therefore
//! a maximum (segments) or a set (anomalies) here.

use std::collections::BTreeSet;

use super::FloorSettings;
use crate::digest::Digest;
use crate::limits;
use crate::taint::{Origin, Sensitivity, TrustLevel};
use crate::time::UnixMillis;

/// What is known of one piece of content that entered a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// How far it is trusted. A level above the most its origin may have counts as that most.
    pub level: TrustLevel,
    /// Where it came from.
    pub origin: Origin,
    /// Whose it is; kept for the first segment of the user only.
    pub principal: &'a str,
    /// Who may read it: `None` is everybody, an empty list is nobody.
    pub readers: Option<&'a [String]>,
    /// How secret it is.
    pub sensitivity: Sensitivity,
    /// When it entered.
    pub at: UnixMillis,
}

/// The oldest and the newest instant of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) oldest: UnixMillis,
    pub(super) newest: UnixMillis,
}

impl Span {
    fn join(self, other: Self) -> Self {
        Self {
            oldest: self.oldest.min(other.oldest),
            newest: self.newest.max(other.newest),
        }
    }
}

/// The fold of every segment of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fold {
    /// Something may have entered that nobody remembers.
    pub(super) is_unknown: bool,
    /// When content of each level entered, by the level's place in [`TrustLevel::ALL`].
    pub(super) spans: [Option<Span>; 4],
    /// Who may read all of it; `None` is everybody.
    pub(super) readers: Option<BTreeSet<String>>,
    pub(super) sensitivity: Sensitivity,
    pub(super) segments: u64,
    /// Fingerprints of anomalies, the smallest [`limits::FOLD_ANOMALIES`].
    pub(super) anomalies: BTreeSet<u64>,
    /// The user's first segment: when, and whose.
    pub(super) user: Option<(UnixMillis, String)>,
}

impl Fold {
    /// A conversation in which nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A conversation nobody remembers: its floor stays at the configured one, whatever follows.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            is_unknown: true,
            ..Self::default()
        }
    }

    /// Adds a segment.
    pub fn add(&mut self, segment: &Segment<'_>) {
        let level = segment.level.min(segment.origin.trust());
        let span = Span {
            oldest: segment.at,
            newest: segment.at,
        };
        if let Some(kept) = self.spans.get_mut(place(level)) {
            *kept = Some(kept.map_or(span, |kept| kept.join(span)));
        }
        if let Some(readers) = segment.readers {
            self.admit_only(&canonical_readers(readers));
        }
        self.sensitivity = self.sensitivity.max(segment.sensitivity);
        self.segments = self.segments.saturating_add(1);
        if segment.origin == Origin::User {
            let principal = cut(segment.principal, limits::FOLD_PRINCIPAL_BYTES);
            self.join_user(Some(&(segment.at, principal.to_owned())));
        }
    }

    /// Adds an anomaly. `source` names it (an audit id): the same one counts once.
    pub fn add_anomaly(&mut self, source: &str) {
        let Digest(digest) = Digest::of(source.as_bytes());
        let first = digest.first_chunk::<8>().copied().unwrap_or_default();
        self.anomalies.insert(u64::from_be_bytes(first));
        self.trim_anomalies();
    }

    /// Marks the conversation as one that something is forgotten of.
    pub const fn forget(&mut self) {
        self.is_unknown = true;
    }

    /// Takes in what another fold has seen. Commutative, associative and idempotent: levels,
    /// instants and sensitivity by minimum and maximum, readers by intersection, anomalies by union,
    /// segments by maximum (two replicas that each saw three make three, not six).
    pub fn merge(&mut self, other: &Self) {
        self.is_unknown |= other.is_unknown;
        for (kept, other) in self.spans.iter_mut().zip(&other.spans) {
            *kept = match (*kept, *other) {
                (Some(kept), Some(other)) => Some(kept.join(other)),
                (kept, other) => kept.or(other),
            };
        }
        if let Some(readers) = &other.readers {
            self.admit_only(readers);
        }
        self.sensitivity = self.sensitivity.max(other.sensitivity);
        self.segments = self.segments.max(other.segments);
        self.anomalies.extend(&other.anomalies);
        self.trim_anomalies();
        self.join_user(other.user.as_ref());
    }

    /// What one conversation of a caller may tell another: all that lowers trust, and nothing about
    /// the user.
    #[must_use]
    pub fn restrictions(&self) -> Self {
        Self {
            user: None,
            segments: 0,
            ..self.clone()
        }
    }

    /// This fold with the restrictions of another conversation. They only take away: content there
    /// cannot stand for content that is missing here.
    #[must_use]
    pub fn restricted_by(&self, other: &Self) -> Self {
        let mut fold = self.clone();
        fold.is_unknown |= self.is_empty();
        fold.merge(&other.restrictions());
        fold
    }

    /// The floor under a call: the least of what the segments count for `now`, and the configured
    /// floor for what is unknown. Without any segment it is the configured floor, never more (defect
    /// B6).
    #[must_use]
    pub fn floor(&self, settings: &FloorSettings, now: UnixMillis) -> TrustLevel {
        let anomalies = self.anomalies();
        let counts = TrustLevel::ALL
            .into_iter()
            .zip(&self.spans)
            .filter_map(|(level, span)| Some((level, (*span)?)))
            .flat_map(|(level, span)| [(level, span.oldest), (level, span.newest)])
            .map(|(level, at)| settings.steps.apply(level, at, now, anomalies));
        let seen = counts.min();
        let unknown = (self.is_unknown || seen.is_none()).then_some(settings.unknown_floor);
        // One of the two is there.
        seen.into_iter()
            .chain(unknown)
            .min()
            .unwrap_or(TrustLevel::Untrusted)
    }

    /// The least level any segment was labelled with, whatever has happened since; `None` without
    /// segments.
    #[must_use]
    pub fn least(&self) -> Option<TrustLevel> {
        let mut levels = TrustLevel::ALL.into_iter().zip(&self.spans);
        levels.find_map(|(level, span)| span.map(|_| level))
    }

    /// Whether nothing has entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.iter().all(Option::is_none)
    }

    /// Whether something may have entered that nobody remembers.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// Who may read everything that entered, in lower case: `None` is everybody, an empty set is
    /// nobody.
    #[must_use]
    pub const fn readers(&self) -> Option<&BTreeSet<String>> {
        self.readers.as_ref()
    }

    /// The most secret class of what entered.
    #[must_use]
    pub const fn sensitivity(&self) -> Sensitivity {
        self.sensitivity
    }

    /// How many segments entered, at the least: replicas that merge keep the larger number.
    #[must_use]
    pub const fn segments(&self) -> u64 {
        self.segments
    }

    /// How many anomalies there were, [`limits::FOLD_ANOMALIES`] at most.
    #[must_use]
    pub fn anomalies(&self) -> u32 {
        u32::try_from(self.anomalies.len()).unwrap_or(u32::MAX)
    }

    /// When the first and the last segment entered.
    #[must_use]
    pub fn instants(&self) -> Option<(UnixMillis, UnixMillis)> {
        let spans = self.spans.iter().flatten().copied();
        spans
            .reduce(Span::join)
            .map(|span| (span.oldest, span.newest))
    }

    /// Whose the user's first segment was.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.user.as_ref().map(|(_, principal)| principal.as_str())
    }

    /// Takes away every reader that is not in `readers`.
    fn admit_only(&mut self, readers: &BTreeSet<String>) {
        match &mut self.readers {
            Some(kept) => kept.retain(|reader| readers.contains(reader)),
            None => self.readers = Some(readers.clone()),
        }
    }

    fn join_user(&mut self, other: Option<&(UnixMillis, String)>) {
        let first = self.user.take().into_iter().chain(other.cloned()).min();
        self.user = first;
    }

    fn trim_anomalies(&mut self) {
        while self.anomalies.len() > limits::FOLD_ANOMALIES {
            self.anomalies.pop_last();
        }
    }
}

/// The place of a level in [`TrustLevel::ALL`].
const fn place(level: TrustLevel) -> usize {
    match level {
        TrustLevel::Untrusted => 0,
        TrustLevel::Tool => 1,
        TrustLevel::User => 2,
        TrustLevel::System => 3,
    }
}

/// A name of a reader as it is compared: without blanks around it, in lower case.
pub(super) fn canonical_reader(reader: &str) -> String {
    reader.trim().to_lowercase()
}

/// The readers as they are kept; more than fit are nobody.
fn canonical_readers(readers: &[String]) -> BTreeSet<String> {
    if readers.len() > limits::FOLD_READERS.saturating_mul(4) {
        return BTreeSet::new();
    }
    let readers: BTreeSet<_> = readers.iter().map(|name| canonical_reader(name)).collect();
    let bytes = readers
        .iter()
        .map(String::len)
        .fold(0, usize::saturating_add);
    if readers.len() > limits::FOLD_READERS || bytes > limits::FOLD_READERS_BYTES {
        return BTreeSet::new();
    }
    readers
}

/// As much of a text as fits into `bytes`, in whole characters.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev();
    let mut texts = end.filter_map(|end| text.get(..end));
    texts.next().unwrap_or_default()
}
