//! Labels of host names in ASCII form (RFC 3492): the encoding only, no rule of registries.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_CODE: u32 = 128;

/// Bytes of the longest label a host name can have.
const LABEL_BYTES: usize = 63;

/// The label in ASCII; `None` if it would be longer than a host name can have.
pub(in crate::taint) fn encode(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let codes: Vec<u32> = label.chars().map(u32::from).collect();
    if codes.len() > LABEL_BYTES {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    let mut handled = basic;
    if basic > 0 {
        out.push('-');
    }
    let (mut code, mut delta, mut bias) = (FIRST_CODE, 0_u32, FIRST_BIAS);
    while let Some(next) = codes.iter().copied().filter(|c| *c >= code).min() {
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for c in &codes {
            if *c < code {
                delta = delta.checked_add(1)?;
            }
            if *c == code {
                push_integer(&mut out, delta, bias);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    let label = format!("xn--{out}");
    (label.len() <= LABEL_BYTES).then_some(label)
}

/// Adds an integer in digits whose weights depend on the bias.
fn push_integer(out: &mut String, mut integer: u32, bias: u32) {
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if integer < threshold {
            out.push(digit(integer));
            return;
        }
        let range = BASE - threshold;
        out.push(digit(threshold + (integer - threshold) % range));
        integer = (integer - threshold) / range;
        k += BASE;
    }
}

fn digit(value: u32) -> char {
    char::from_digit(value.saturating_sub(26), 10)
        .filter(|_| value >= 26)
        .or_else(|| char::from_u32(u32::from('a') + value))
        .unwrap_or('a')
}

fn adapted(delta: u32, handled: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_standard() {
        for (label, ascii) in [
            ("bücher", "xn--bcher-kva"),
            ("münchen", "xn--mnchen-3ya"),
            // RFC 3492 section 7.1, in lower case.
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            (
                "почемужеонинеговорятпорусски",
                "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
            ),
            ("ひとつ屋根の下2", "xn--2-u9tlzr9756bt3uc0v"),
            ("ascii", "ascii"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(ascii));
        }
        assert_eq!(encode(&"ü".repeat(70)), None);
    }
}
