//! Labels of host names that write other letters in ASCII (RFC 3492). Reading only: two spellings of
//! one host must compare as one.

/// Characters of one label of a host name (RFC 1035).
const LABEL_CHARS: usize = 63;

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_CODE: u32 = 128;

/// The letters of a label without its `xn--`; `None` if it is not one.
pub(super) fn decode(label: &str) -> Option<String> {
    if label.len() > LABEL_CHARS || !label.is_ascii() {
        return None;
    }
    let (basic, rest) = label.rsplit_once('-').unwrap_or(("", label));
    let mut letters: Vec<char> = basic.chars().collect();
    let mut digits = rest.chars().peekable();
    let (mut code, mut bias, mut at) = (FIRST_CODE, FIRST_BIAS, 0_u32);
    while digits.peek().is_some() {
        let before = at;
        at = at.checked_add(integer(&mut digits, bias)?)?;
        let count = u32::try_from(letters.len()).ok()?.checked_add(1)?;
        bias = adapt(at.checked_sub(before)?, count, before == 0);
        code = code.checked_add(at.checked_div(count)?)?;
        at = at.checked_rem(count)?;
        letters.insert(usize::try_from(at).ok()?, char::from_u32(code)?);
        at = at.checked_add(1)?;
    }
    Some(letters.into_iter().collect())
}

/// One number of variable length.
fn integer(digits: &mut impl Iterator<Item = char>, bias: u32) -> Option<u32> {
    let (mut sum, mut weight, mut k) = (0_u32, 1_u32, BASE);
    loop {
        let digit = match digits.next()? {
            c @ 'a'..='z' => u32::from(c) - u32::from('a'),
            c @ '0'..='9' => u32::from(c) - u32::from('0') + 26,
            _ => return None,
        };
        sum = sum.checked_add(digit.checked_mul(weight)?)?;
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if digit < threshold {
            return Some(sum);
        }
        weight = weight.checked_mul(BASE - threshold)?;
        k = k.checked_add(BASE)?;
    }
}

fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta = delta.saturating_add(delta.checked_div(count).unwrap_or(0));
    let mut k = 0_u32;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k = k.saturating_add(BASE);
    }
    let scaled = (BASE - T_MIN + 1).saturating_mul(delta);
    k.saturating_add(scaled.checked_div(delta.saturating_add(SKEW)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_they_are_written_elsewhere() {
        for (label, letters) in [
            ("bcher-kva", "bücher"),
            ("9ca", "é"),
            ("md7a", "點"),
            ("80ak6aa92e", "аррӏе"),
            ("e1afmkfd", "пример"),
            ("hxajbheg2az3al", "παράδειγμα"),
        ] {
            assert_eq!(decode(label).as_deref(), Some(letters), "{label}");
        }
        for label in ["é", "99999999", "a_", &"a".repeat(64)] {
            assert_eq!(decode(label), None, "{label}");
        }
    }
}
