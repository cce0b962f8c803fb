//! A number as it was written: nothing is rounded on the way in.
//!
//! Policies compare numbers the way the reference does (`condition-engine.md` section 3.3): a
//! literal without fraction and exponent is an integer of any size, any other is a double.

use std::cmp::Ordering;

/// A JSON number. Its literal is valid by construction and, read as a double, finite unless it is
/// an integer of more than 308 digits.
#[derive(Debug, Clone)]
pub struct Number {
    literal: Box<str>,
}

impl Number {
    /// Keeps a literal the parser has checked.
    pub(super) fn from_checked(literal: &str) -> Self {
        Self {
            literal: literal.into(),
        }
    }

    /// Reads a number literal of the JSON grammar; `None` if it is none, is longer than
    /// [`crate::limits::NUMBER_CHARS`], or is a fraction or exponent form too large for a double.
    #[must_use]
    pub fn from_literal(literal: &str) -> Option<Self> {
        match super::parse(literal.as_bytes()) {
            Ok(super::Value::Number(number)) if number.literal() == literal => Some(number),
            _ => None,
        }
    }

    /// The double as a number; `None` for NaN and infinities, which JSON does not have.
    #[must_use]
    pub fn from_f64(double: f64) -> Option<Self> {
        double.is_finite().then(|| Self {
            literal: float_text(double).into(),
        })
    }

    /// The literal as it was written.
    #[must_use]
    pub fn literal(&self) -> &str {
        &self.literal
    }

    /// Whether the literal has neither fraction nor exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        !self
            .literal
            .bytes()
            .any(|b| matches!(b, b'.' | b'e' | b'E'))
    }

    /// The nearest double; an integer too large for one is infinite.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.literal.parse().unwrap_or(f64::NAN)
    }

    /// The value, if it is an integer that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.literal.parse().ok()
    }

    /// The value, if it is an integer that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.literal.parse().ok()
    }

    /// The text of the number with one spelling for one value: integers in full, doubles as the
    /// shortest text that reads back to them, with the reference's exponent style (`1e+16`,
    /// `1e-05`, `1.0`).
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.is_integer() {
            let (negative, digits) = self.integer_parts();
            return if negative {
                format!("-{digits}")
            } else {
                digits.to_owned()
            };
        }
        float_text(self.as_f64())
    }

    /// The text ECMAScript gives the nearest double (RFC 8785 section 3.2.2.3). An integer too large
    /// for a double, which neither knows, stays as it was written.
    #[must_use]
    pub fn to_ecma_script(&self) -> String {
        let double = self.as_f64();
        if double.is_finite() {
            ecma_script_text(double)
        } else {
            self.to_text()
        }
    }

    /// Whether this is an integer beyond 2^53: a reader that keeps doubles takes it for its
    /// neighbours too.
    #[must_use]
    pub fn is_rounded(&self) -> bool {
        let magnitude = |text: &str| (text.len(), text.to_owned());
        let (_, digits) = self.integer_parts();
        self.is_integer() && magnitude(digits) > magnitude("9007199254740992")
    }

    /// Sign and digits of an integer literal; zero is never negative.
    fn integer_parts(&self) -> (bool, &str) {
        match self.literal.strip_prefix('-') {
            Some("0") => (false, "0"),
            Some(digits) => (true, digits),
            None => (false, &self.literal),
        }
    }

    /// Exact comparison by value: an integer and a double are compared without rounding.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.is_integer(), other.is_integer()) {
            (true, true) => compare_integers(self.integer_parts(), other.integer_parts()),
            (false, false) => self
                .as_f64()
                .partial_cmp(&other.as_f64())
                .unwrap_or(Ordering::Equal),
            (true, false) => compare_integer_to_double(self.integer_parts(), other.as_f64()),
            (false, true) => {
                compare_integer_to_double(other.integer_parts(), self.as_f64()).reverse()
            }
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self {
            literal: integer.to_string().into(),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self {
            literal: integer.to_string().into(),
        }
    }
}

fn compare_integers(a: (bool, &str), b: (bool, &str)) -> Ordering {
    let magnitude = |x: &str, y: &str| x.len().cmp(&y.len()).then_with(|| x.cmp(y));
    match (a.0, b.0) {
        (false, false) => magnitude(a.1, b.1),
        (true, true) => magnitude(b.1, a.1),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// A double has at most 309 digits before the point, so its integral part is written out in full
/// and compared as text; the fraction decides a tie.
fn compare_integer_to_double(integer: (bool, &str), double: f64) -> Ordering {
    if double.is_nan() {
        return Ordering::Equal;
    }
    if double.is_infinite() {
        return if double > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        };
    }
    let truncated = double.trunc();
    let digits = format!("{:.0}", truncated.abs());
    let negative = truncated < 0.0;
    compare_integers(integer, (negative, &digits)).then_with(|| {
        let fraction = double - truncated;
        0.0_f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal)
    })
}

/// Shortest round-trip text of a double in the reference's style: positional from 1e-4 up to but
/// not including 1e16, else an exponent with a sign and at least two digits.
fn float_text(double: f64) -> String {
    if double.is_infinite() {
        return if double > 0.0 {
            "inf".to_owned()
        } else {
            "-inf".to_owned()
        };
    }
    let magnitude = double.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let scientific = format!("{double:e}");
        let Some((mantissa, exponent)) = scientific.split_once('e') else {
            return scientific;
        };
        return match exponent.strip_prefix('-') {
            Some(digits) => format!("{mantissa}e-{digits:0>2}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        };
    }
    let positional = format!("{double}");
    if positional.contains('.') {
        positional
    } else {
        format!("{positional}.0")
    }
}

/// ECMAScript's `Number::toString` (ECMA-262 section 6.1.6.1.20): the fewest digits that read back
/// to the double, of those the nearest, and of two that are as near the even one. Rust leaves the
/// last open for the shortest form, but not for one of a given length.
fn ecma_script_text(double: f64) -> String {
    let shortest = format!("{:e}", double.abs());
    let length = shortest.bytes().take_while(|byte| *byte != b'e').count();
    let scientific = format!("{:.*e}", length.saturating_sub(2), double.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let split = |at: i32| {
        let at = usize::try_from(at).unwrap_or_default();
        digits.split_at_checked(at).unwrap_or((&digits, ""))
    };
    let text = match point {
        _ if double == 0.0 => return "0".to_owned(),
        1..=21 if count <= point => digits.clone() + &zeros(point - count),
        1..=21 => {
            let (whole, fraction) = split(point);
            format!("{whole}.{fraction}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = split(1);
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{first}{dot}{rest}e{:+}", point - 1)
        }
    };
    if double < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(literal: &str) -> Number {
        Number::from_literal(literal).unwrap()
    }

    #[test]
    fn doubles_are_written_in_the_reference_style() {
        for (literal, text) in [
            ("1.0", "1.0"),
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.0", "-0.0"),
            ("5e-324", "5e-324"),
            ("4.111111111111111e15", "4111111111111111.0"),
            ("1.2345678901234568e20", "1.2345678901234568e+20"),
            ("-0", "0"),
            ("100000000000000000000", "100000000000000000000"),
        ] {
            assert_eq!(number(literal).to_text(), text, "{literal}");
        }
    }

    #[test]
    fn doubles_have_the_text_ecma_script_gives_them() {
        // RFC 8785 appendix B: the bits of a double and its text.
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(ecma_script_text(f64::from_bits(bits)), text, "{bits:x}");
        }
    }

    #[test]
    fn only_integers_beyond_two_to_the_53rd_are_rounded() {
        for (literal, rounded) in [
            ("9007199254740992", false),
            ("-9007199254740992", false),
            ("9007199254740993", true),
            ("-18446744073709551615", true),
            ("1e300", false),
            ("0.1", false),
        ] {
            assert_eq!(number(literal).is_rounded(), rounded, "{literal}");
        }
    }

    #[test]
    fn integers_and_doubles_are_compared_without_rounding() {
        assert_eq!(number("1"), number("1.0"));
        assert_eq!(number("0"), number("-0.0"));
        assert_ne!(number("9007199254740993"), number("9007199254740992.0"));
        assert_eq!(
            number("9223372036854775808"),
            number("9223372036854775808.0")
        );
        assert_ne!(
            number("9223372036854775807"),
            number("9223372036854775808.0")
        );
        assert_eq!(number("2").compare(&number("1.5")), Ordering::Greater);
        assert_eq!(number("-2").compare(&number("-1.5")), Ordering::Less);
        assert_eq!(number("-1").compare(&number("-1.5")), Ordering::Greater);
        assert_eq!(
            number(&"9".repeat(400)).compare(&number("1e308")),
            Ordering::Greater
        );
    }
}
