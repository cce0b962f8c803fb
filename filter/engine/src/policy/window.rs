//! A daily window of time in a zone (`condition-engine.md` section 3.3, condition 13).

use crate::time::UnixMillis;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::fmt;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// A minute of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u16);

impl Minute {
    /// Reads `HH:MM`. As in the reference spaces are tolerated and further parts are ignored;
    /// `None` for anything that is not a minute of a day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let hour = part(parts.next()?, 24)?;
        let minute = part(parts.next()?, 60)?;
        Some(Self(hour * 60 + minute))
    }
}

fn part(text: &str, below: u16) -> Option<u16> {
    let text = text.trim();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let value: u16 = text.parse().ok()?;
    (digits && value < below).then_some(value)
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A time zone by its IANA name, resolved with the database compiled in.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    zone: Option<TimeZone>,
}

impl Zone {
    /// Looks the zone up. Names are case-sensitive; an unknown one stays unresolved.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let found = TimeZoneDatabase::bundled().get(name).ok();
        Self {
            name: name.to_owned(),
            zone: found.filter(|zone| zone.iana_name() == Some(name)),
        }
    }

    /// The name as written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the database has no such zone.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.zone.is_none()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A window of the day, inclusive at both ends, that may wrap midnight.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// First minute inside.
    pub start: Minute,
    /// Last minute inside.
    pub end: Minute,
    /// The zone whose wall clock counts.
    pub zone: Zone,
}

impl Window {
    /// The wall clock of the window's zone, cut to the minute; `None` if the zone is unknown or
    /// the instant is outside the calendar.
    #[must_use]
    pub fn minute_at(&self, now: UnixMillis) -> Option<Minute> {
        let zone = self.zone.zone.clone()?;
        let local = jiff::Timestamp::from_millisecond(now.0)
            .ok()?
            .to_zoned(zone);
        let hour = u16::try_from(local.hour()).ok()?;
        let minute = u16::try_from(local.minute()).ok()?;
        Some(Minute(hour * 60 + minute))
    }

    /// Whether every minute of the day is inside.
    #[must_use]
    pub fn is_whole_day(&self) -> bool {
        (self.end.0 + 1) % MINUTES_PER_DAY == self.start.0
    }

    /// Whether the instant is outside the window; false if the zone is unknown.
    #[must_use]
    pub fn is_outside(&self, now: UnixMillis) -> bool {
        let Some(minute) = self.minute_at(now) else {
            return false;
        };
        if self.start <= self.end {
            !(self.start..=self.end).contains(&minute)
        } else {
            minute > self.end && minute < self.start
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_read_as_the_reference_reads_it_and_bad_ones_are_not() {
        for (text, written) in [
            ("09:00", "09:00"),
            (" 9 : 00 ", "09:00"),
            ("09:00:30", "09:00"),
            ("9:0", "09:00"),
        ] {
            assert_eq!(Minute::parse(text).unwrap().to_string(), written, "{text}");
        }
        for text in ["17", "24:00", "10:60", "aa:bb", "", "-1:00", "+1:00", "10:"] {
            assert_eq!(Minute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn zone_names_are_case_sensitive() {
        for name in [
            "UTC",
            "Europe/London",
            "EST5EDT",
            "Asia/Kathmandu",
            "Asia/Calcutta",
        ] {
            assert!(!Zone::named(name).is_unknown(), "{name}");
        }
        for name in ["utc", "", "Nope/Zone", "../../etc/passwd", "europe/london"] {
            assert!(Zone::named(name).is_unknown(), "{name}");
        }
    }
}
