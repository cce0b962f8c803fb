//! Values read as doubles, as generously as the reference reads them
//! (`condition-engine.md` section 3.3, conditions 2 and 3). Being stricter would let a caller slip
//! under a limit with a spelling the server still understands.

use crate::json::Value;
use std::sync::OnceLock;

/// The value as a double: numbers, booleans as 1 and 0, and strings that spell a number. `None`
/// for everything else. An integer too large for a double is infinite.
#[must_use]
pub(super) fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number.as_f64()),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::String(text) => double_from_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a number with surrounding white space, a sign, single underscores between digits, an
/// exponent, digits of any script, and the words `inf`, `infinity` and `nan`.
fn double_from_text(text: &str) -> Option<f64> {
    let trimmed = text.trim_matches(is_space);
    let mut plain = String::with_capacity(trimmed.len());
    let mut chars = trimmed.chars().peekable();
    let mut after_digit = false;
    while let Some(c) = chars.next() {
        if c == '_' {
            let before_digit = chars
                .peek()
                .is_some_and(|next| digit_value(*next).is_some());
            if !(after_digit && before_digit) {
                return None;
            }
            after_digit = false;
            continue;
        }
        let digit = digit_value(c);
        after_digit = digit.is_some();
        match digit {
            Some(value) => plain.push(value),
            None if c.is_ascii() => plain.push(c),
            None => return None,
        }
    }
    // Rust's own grammar is the same from here on: decimal forms and the three words in any case.
    plain.parse().ok()
}

/// White space and the four information separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The ASCII digit of the same value as a decimal digit of any script.
fn digit_value(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let at = u32::from(c);
    let (start, _) = digit_ranges()
        .iter()
        .find(|(start, end)| (*start..=*end).contains(&at))?;
    char::from_digit((at - start) % 10, 10)
}

/// The ranges of decimal digits (general category Nd). Each is one or more runs of ten that begin
/// at zero.
fn digit_ranges() -> &'static [(u32, u32)] {
    static RANGES: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    RANGES.get_or_init(|| {
        let digits = regex_syntax::parse(r"\d").ok();
        match digits.as_ref().map(regex_syntax::hir::Hir::kind) {
            Some(regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class))) => {
                class
                    .iter()
                    .map(|r| (u32::from(r.start()), u32::from(r.end())))
                    .collect()
            }
            _ => Vec::new(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_the_reference_reads_them() {
        for (text, double) in [
            (" 12 ", Some(12.0)),
            ("\u{a0}12\u{1f}", Some(12.0)),
            ("1_000", Some(1000.0)),
            ("+5", Some(5.0)),
            ("5.", Some(5.0)),
            (".5", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("1e400", Some(f64::INFINITY)),
            ("-Inf", Some(f64::NEG_INFINITY)),
            ("Infinity", Some(f64::INFINITY)),
            ("١٢", Some(12.0)),
            ("１２.５", Some(12.5)),
            ("𝟙𝟚", Some(12.0)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1_.5", None),
            ("0x10", None),
            ("1,000", None),
            ("infinityx", None),
            ("", None),
            (" ", None),
            (".", None),
            ("1e", None),
            ("abc", None),
            ("½", None),
        ] {
            assert_eq!(double_from_text(text), double, "{text:?}");
        }
        assert!(double_from_text("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn every_range_of_digits_is_made_of_runs_of_ten() {
        assert!(digit_ranges().len() > 50);
        for (start, end) in digit_ranges() {
            assert_eq!((end - start + 1) % 10, 0, "{start:x}");
        }
    }
}
