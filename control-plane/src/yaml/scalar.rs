//! What a plain scalar means: the implicit types of YAML 1.1 as PyYAML's safe loader reads them.
//! Quoted and block scalars never come here: they are text.

use tessera_engine::json::Number;
use tessera_engine::limits;

use super::integer::to_decimal;
use super::{Data, YamlErrorKind};

/// Reads a plain scalar.
///
/// # Errors
/// For dates, a plain `=`, and numbers JSON does not have.
pub(super) fn resolve(text: &str) -> Result<Data, YamlErrorKind> {
    if let Some(data) = word(text) {
        return Ok(data);
    }
    if text == "=" {
        return Err(YamlErrorKind::PlainEquals);
    }
    let unusable = || YamlErrorKind::Number(text.to_owned());
    match number(text) {
        Some(Literal::Unusable) => return Err(unusable()),
        Some(_) if text.len() > limits::NUMBER_CHARS => return Err(unusable()),
        Some(Literal::Integer(digits)) => {
            return Number::from_literal(&digits)
                .map(Data::Number)
                .ok_or_else(unusable);
        }
        Some(Literal::Double(double)) => {
            return Number::from_f64(double)
                .map(Data::Number)
                .ok_or_else(unusable);
        }
        None => {}
    }
    if is_date(text) {
        return Err(YamlErrorKind::Date(text.to_owned()));
    }
    Ok(Data::String(text.to_owned()))
}

fn word(text: &str) -> Option<Data> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Data::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Data::Bool(true))
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Data::Bool(false))
        }
        _ => None,
    }
}

/// A scalar that looks like a number.
enum Literal {
    Integer(String),
    Double(f64),
    /// It has the form of a number but no value JSON can hold.
    Unusable,
}

fn number(text: &str) -> Option<Literal> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Literal::Unusable);
    }
    integer(sign, unsigned).or_else(|| double(sign, text, unsigned))
}

fn integer(sign: &str, unsigned: &str) -> Option<Literal> {
    let (digits, base) = match unsigned.strip_prefix("0b") {
        Some(digits) => (digits, 2),
        None => match unsigned.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None if unsigned.len() > 1 && unsigned.starts_with('0') => (unsigned, 8),
            None => (unsigned, 10),
        },
    };
    if base == 10 && unsigned.contains(':') {
        return sexagesimal(sign, unsigned);
    }
    let well_formed = !digits.is_empty()
        && digits.chars().all(|c| c == '_' || c.is_digit(base))
        && (base != 10 || starts_with_digit(digits));
    if !well_formed {
        return None;
    }
    let values: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(base)).collect();
    if values.is_empty() {
        return Some(Literal::Unusable);
    }
    bounded(sign, values, base)
}

/// `1:30:00` counts in sixties; the first part has no leading zero, the others one or two digits.
fn sexagesimal(sign: &str, unsigned: &str) -> Option<Literal> {
    let mut parts = unsigned.split(':');
    let first = parts.next()?;
    let first_ok = first.starts_with(|c: char| matches!(c, '1'..='9'))
        && first.chars().all(|c| c == '_' || c.is_ascii_digit());
    if !first_ok {
        return None;
    }
    let first: u32 = match first.replace('_', "").parse() {
        Ok(first) => first,
        Err(_) => return Some(Literal::Unusable),
    };
    let mut values = vec![first];
    for part in parts {
        values.push(sixtieth(part)?);
    }
    bounded(sign, values, 60)
}

fn sixtieth(part: &str) -> Option<u32> {
    let digits = !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    part.parse().ok().filter(|value| digits && *value < 60)
}

fn bounded(sign: &str, values: Vec<u32>, base: u32) -> Option<Literal> {
    if values.len() > limits::NUMBER_CHARS {
        return Some(Literal::Unusable);
    }
    let digits = to_decimal(values, base);
    let sign = if digits == "0" { "" } else { sign };
    Some(Literal::Integer(format!("{sign}{digits}")))
}

/// A fraction needs its point; an exponent needs a fraction and a sign (`1e3` is text).
fn double(sign: &str, text: &str, unsigned: &str) -> Option<Literal> {
    let (head, tail) = unsigned.split_once('.')?;
    let (fraction, exponent) = match tail.find(['e', 'E']) {
        Some(at) => {
            let (fraction, exponent) = tail.split_at_checked(at)?;
            (fraction, exponent.get(1..)?)
        }
        None => (tail, ""),
    };
    if head.contains(':') {
        return sexagesimal_double(sign, head, tail);
    }
    let head_ok = match head {
        // A sign in front of a bare point makes it text.
        "" => text == unsigned && starts_with_digit(fraction),
        _ => starts_with_digit(head),
    };
    let exponent_ok = exponent.is_empty() && !tail.contains(['e', 'E'])
        || exponent.strip_prefix(['+', '-']).is_some_and(is_digits);
    if !head_ok || !exponent_ok || !is_spaced_digits(head) || !is_spaced_digits(fraction) {
        return None;
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(double) if double.is_finite() => Some(Literal::Double(double)),
        _ => Some(Literal::Unusable),
    }
}

fn sexagesimal_double(sign: &str, head: &str, fraction: &str) -> Option<Literal> {
    let mut parts = head.split(':');
    let first = parts.next()?;
    if !starts_with_digit(first) || !is_spaced_digits(first) || !is_spaced_digits(fraction) {
        return None;
    }
    let mut whole: f64 = first.replace('_', "").parse().ok()?;
    for part in parts {
        whole = whole * 60.0 + f64::from(sixtieth(part)?);
    }
    let fraction: f64 = format!("0.{}", fraction.replace('_', "")).parse().ok()?;
    let value = if sign == "-" {
        -(whole + fraction)
    } else {
        whole + fraction
    };
    Some(if value.is_finite() {
        Literal::Double(value)
    } else {
        Literal::Unusable
    })
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_spaced_digits(text: &str) -> bool {
    text.bytes().all(|b| b == b'_' || b.is_ascii_digit())
}

/// `2026-01-31`, or a date and a time joined by `T` or blanks.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let two_digits_needed = time.is_empty();
    let part_ok = |part: &str| {
        is_digits(part) && (part.len() == 2 || (part.len() == 1 && !two_digits_needed))
    };
    let date_ok = year.len() == 4 && is_digits(year) && part_ok(month) && part_ok(day);
    let clock = time.trim_start_matches(['T', 't', ' ', '\t']);
    date_ok && (time.is_empty() || starts_with_clock(clock))
}

fn starts_with_clock(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (Some(hour), Some(minute), Some(second)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    is_digits(hour)
        && hour.len() <= 2
        && is_digits(minute)
        && minute.len() == 2
        && second.get(..2).is_some_and(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> String {
        match resolve(text) {
            Ok(Data::Number(number)) => number.literal().to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn integers_are_read_in_every_notation() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("+7", "7"),
            ("010", "8"),
            ("-010", "-8"),
            ("0_7", "7"),
            ("0b1010", "10"),
            ("0x1F", "31"),
            ("0xff_ff", "65535"),
            ("1_000", "1000"),
            ("17:00", "1020"),
            ("1:30:00", "5400"),
            ("-1:30", "-90"),
            (
                "100000000000000000000000000000000",
                "100000000000000000000000000000000",
            ),
            (
                "0xFFFFFFFFFFFFFFFFFFFFFFFF",
                "79228162514264337593543950335",
            ),
        ] {
            assert_eq!(literal(text), expected, "{text}");
        }
    }

    #[test]
    fn fractions_are_doubles() {
        for (text, expected) in [
            ("1.5", "1.5"),
            ("1.", "1.0"),
            (".5", "0.5"),
            ("1_0.5", "10.5"),
            ("1.0e+3", "1000.0"),
            ("6.8523015e-5", "6.8523015e-05"),
            ("1:30.5", "90.5"),
            ("-2.25", "-2.25"),
        ] {
            assert_eq!(literal(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for text in [
            "1e3", "1.0e3", "09:00", "08", "-.5", "0x", "0b2", "1:99", "1.2.3", "_1", "1.5e+", "+",
            "-", ".", "y", "n", "Y", "nULL", "tRUE", "1:", "::", "0o7", "12a", "2026-1-1", "1-2-3",
        ] {
            assert_eq!(resolve(text), Ok(Data::String(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn words_are_booleans_and_null_in_three_casings() {
        for text in [
            "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
        ] {
            assert_eq!(resolve(text), Ok(Data::Bool(true)), "{text}");
        }
        for text in [
            "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
        ] {
            assert_eq!(resolve(text), Ok(Data::Bool(false)), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Ok(Data::Null), "{text}");
        }
    }

    #[test]
    fn dates_and_impossible_numbers_are_refused() {
        for text in [
            "2026-01-31",
            "2026-1-1 09:00:00",
            "2026-01-31T09:00:00Z",
            "2001-12-14t21:59:43.10-05:00",
        ] {
            assert_eq!(
                resolve(text),
                Err(YamlErrorKind::Date(text.to_owned())),
                "{text}"
            );
        }
        for text in [".inf", "-.INF", ".nan", "1.0e+999", "0b_", "0x_"] {
            assert_eq!(
                resolve(text),
                Err(YamlErrorKind::Number(text.to_owned())),
                "{text}"
            );
        }
        assert_eq!(resolve("="), Err(YamlErrorKind::PlainEquals));
        let long = "9".repeat(limits::NUMBER_CHARS + 1);
        assert_eq!(resolve(&long), Err(YamlErrorKind::Number(long.clone())));
    }
}
