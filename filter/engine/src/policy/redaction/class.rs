//! Classes of secrets and personal data that are known by their shape. Our own selection; the
//! shapes are those the issuers document.

/// A class of things to take out.
#[derive(Debug)]
pub struct Class {
    /// The word in policies.
    pub name: &'static str,
    /// The word in placeholders and findings.
    pub placeholder: &'static str,
    /// What it looks like.
    pub(super) pattern: &'static str,
    /// What a find must satisfy besides.
    pub(super) check: Option<fn(&str) -> bool>,
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Class {}

impl Class {
    /// Every class, in the order messages name them.
    pub const ALL: &'static [Self] = &[
        Self::of("aws_key", "AWS_KEY", "(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"),
        Self::of(
            "api_key",
            "API_KEY",
            "(?:\\b|_)[sp]k-(?:[A-Za-z0-9]{1,20}-){0,3}[A-Za-z0-9_]{20}[A-Za-z0-9_-]{0,200}",
        ),
        Self::of(
            "github_token",
            "GITHUB_TOKEN",
            "(?:gh[pousr]_[A-Za-z0-9_]{14}|github_pat_)[A-Za-z0-9_]{22,}",
        ),
        Self::of("gitlab_token", "GITLAB_TOKEN", "glpat-[A-Za-z0-9_-]{20,}"),
        Self::of(
            "slack_token",
            "SLACK_TOKEN",
            "(?:xox[abeprs]-|xapp-)[A-Za-z0-9-]{10,}",
        ),
        Self::of("google_key", "GOOGLE_KEY", "AIza[A-Za-z0-9_-]{35}"),
        Self::of(
            "stripe_key",
            "STRIPE_KEY",
            "[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
        ),
        Self::of("npm_token", "NPM_TOKEN", "npm_[A-Za-z0-9]{36}"),
        Self::of(
            "jwt",
            "JWT",
            "eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*",
        ),
        // Up to the next dashes, or to the end of a text that was cut.
        Self::of(
            "private_key",
            "PRIVATE_KEY",
            "-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-{1,4}[^-])*(?:-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----)?",
        ),
        Self::of(
            "url_password",
            "URL_PASSWORD",
            "[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\\s:/?#@\"'<>\\[\\]]*:[^\\s/?#@\"'<>\\[\\]]+@",
        ),
        Self::of(
            "us_ssn",
            "US_SSN",
            "(?:\\b|_)\\d{3}\\p{Pd}\\d{2}\\p{Pd}\\d{4}(?:\\b|_)",
        ),
        Self {
            check: Some(is_luhn),
            ..Self::of(
                "card_number",
                "CARD_NUMBER",
                "(?:\\b|_)(?:4\\d{12}(?:\\d{3})?|(?:4\\d{3}|5[1-5]\\d{2}|2[2-7]\\d{2})(?:[ \\p{Pd}]?\\d{4}){3}|3[47]\\d{2}[ \\p{Pd}]?\\d{6}[ \\p{Pd}]?\\d{5})(?:\\b|_)",
            )
        },
        Self {
            check: Some(is_iban),
            ..Self::of(
                "iban",
                "IBAN",
                "\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b",
            )
        },
        Self::of(
            "email",
            "EMAIL",
            "[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\\.){1,4}[A-Za-z]{2,24}",
        ),
        Self::of(
            "private_address",
            "PRIVATE_ADDRESS",
            "\\b(?:10\\.\\d{1,3}|192\\.168|172\\.(?:1[6-9]|2\\d|3[01]))\\.\\d{1,3}\\.\\d{1,3}\\b",
        ),
        Self::of(
            "stack_frame",
            "STACK_FRAME",
            "(?:File \"[^\"\\n]+\", line \\d{1,7}(?:, in [^\\n]+)?|(?:\\t|  )[ \\t]*at [^\\n]+(?::\\d{1,7}\\)?|(?:<anonymous>|Unknown Source|Native Method)\\)))",
        ),
        Self::of(
            "hidden_text",
            "HIDDEN_TEXT",
            "[\\U000E0020-\\U000E007E]{8,}",
        ),
    ];

    const fn of(name: &'static str, placeholder: &'static str, pattern: &'static str) -> Self {
        Self {
            name,
            placeholder,
            pattern,
            check: None,
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|class| class.name == name)
    }
}

/// Whether the digits of a text have the check digit of ISO/IEC 7812. Digits of other scripts are
/// taken for good ones.
fn is_luhn(text: &str) -> bool {
    if !text.chars().all(|c| c.is_ascii() || !c.is_numeric()) {
        return true;
    }
    let digits = text.chars().rev().filter_map(|c| c.to_digit(10));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, twice @ 0..=9) => twice,
            (_, twice) => twice - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a text has the check digits of ISO 13616.
fn is_iban(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    if letters.len() < 15 {
        return false;
    }
    let (head, body) = letters.split_at(4);
    let rest = body
        .iter()
        .chain(head)
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, digit| {
            let shift = if digit < 10 { 10 } else { 100 };
            (rest * shift + digit) % 97
        });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked() {
        for good in [
            "4111111111111111",
            "5555 5555 5555 4444",
            "3782-822463-10005",
        ] {
            assert!(is_luhn(good), "{good}");
        }
        assert!(!is_luhn("4111111111111112"));
        assert!(is_iban("DE89 3704 0044 0532 0130 00") && is_iban("GB82WEST12345698765432"));
        assert!(!is_iban("DE88370400440532013000") && !is_iban("GB82 WEST"));
    }

    #[test]
    fn names_are_unique_and_spelt_alike() {
        for (at, class) in Class::ALL.iter().enumerate() {
            assert_eq!(class.name.to_uppercase(), class.placeholder);
            let other = Class::ALL
                .iter()
                .skip(at + 1)
                .any(|other| other.name == class.name);
            assert!(!other, "{}", class.name);
        }
    }
}
