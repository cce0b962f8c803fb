//! Integers of any size from the notations of YAML 1.1. Not arithmetic: only to decimal digits.

/// Digits in base 10^9, least significant first.
const BASE: u64 = 1_000_000_000;

/// The decimal digits of a number given as digit values, most significant first, in one base.
pub(super) fn to_decimal(digits: impl IntoIterator<Item = u32>, base: u32) -> String {
    let mut limbs: Vec<u64> = vec![0];
    for digit in digits {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let sum = limb.saturating_mul(u64::from(base)).saturating_add(carry);
            *limb = sum % BASE;
            carry = sum / BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let text: String = limbs
        .iter()
        .rev()
        .map(|limb| format!("{limb:09}"))
        .collect();
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_base_become_decimal() {
        assert_eq!(to_decimal([], 10), "0");
        assert_eq!(to_decimal([17, 0], 60), "1020");
        assert_eq!(to_decimal([1; 64], 2), u64::MAX.to_string());
        assert_eq!(to_decimal([15; 32], 16), u128::MAX.to_string());
        let long: String = to_decimal([9; 40], 10);
        assert_eq!(long, "9".repeat(40));
    }
}
