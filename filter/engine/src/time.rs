//! Instants. The engine has no clock: whoever calls it hands the time in.

/// Milliseconds since 1970-01-01T00:00:00Z; negative before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The instant as RFC 3339 UTC text with milliseconds, for example
    /// `2026-01-02T03:04:00.000Z`. An instant outside the years ±9999 is written as `@<millis>`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| format!("@{}", self.0), |t| format!("{t:.3}"))
    }

    /// Reads an RFC 3339 instant with any offset; `None` if the text is not one.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        Some(Self(timestamp.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_text() {
        let instant = UnixMillis::from_rfc3339("2026-07-18T11:59:30+02:00").unwrap();
        assert_eq!(instant.to_rfc3339(), "2026-07-18T09:59:30.000Z");
        assert_eq!(
            UnixMillis::from_rfc3339(&instant.to_rfc3339()),
            Some(instant)
        );
    }

    #[test]
    fn an_instant_beyond_the_calendar_is_still_written() {
        assert_eq!(UnixMillis(i64::MAX).to_rfc3339(), format!("@{}", i64::MAX));
    }
}
