use super::*;

/// The names of what is found.
fn names(text: &str) -> Vec<&'static str> {
    sensitive(text).into_iter().map(Sensitive::as_str).collect()
}

#[test]
fn personal_numbers_are_known_by_their_groups_and_check_digits() {
    for (text, expected) in [
        ("SSN 123-45-6789.", vec!["pii.ssn"]),
        ("SSN １２３–４５–６７８９", vec!["pii.ssn"]),
        ("12\u{200b}3-45-6789", vec!["pii.ssn"]),
        ("000-45-6789 666-45-6789 900-45-6789 123-00-6789", vec![]),
        ("1123-45-6789 and 123-45-67890 and a123-45-6789", vec![]),
        ("9-123-45-6789", vec![]),
        ("4111 1111 1111 1111", vec!["pii.credit_card"]),
        ("4111-1111-1111-1111 12 27", vec!["pii.credit_card"]),
        ("card:4111111111111111,", vec!["pii.credit_card"]),
        ("3782 822463 10005", vec!["pii.credit_card"]),
        ("4111 1111 1111 1112", vec![]),
        ("411 1111 1111 11111", vec![]),
        ("build 1700000000000", vec![]),
        ("2341 2341 2346", vec!["pii.aadhaar"]),
        ("2341-2341-2346", vec!["pii.aadhaar"]),
        ("2341 2341 2347", vec![]),
        ("2341 2341 2346 0000", vec![]),
        ("234123412346", vec![]),
        ("My Aadhaar is 234123412346", vec!["pii.aadhaar"]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn credentials_are_known_by_how_they_begin() {
    let github = format!("ghs_{}", "a1".repeat(18));
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for (text, expected) in [
        ("key AKIAABCDEFGHIJKLMNOP", "secret.aws_access_key"),
        (github.as_str(), "secret.github_token"),
        ("xoxb-1234567890-abc", "secret.slack_token"),
        (
            &format!("AWS_SECRET_ACCESS_KEY={secret}"),
            "secret.aws_secret",
        ),
        (
            &format!("\"SecretAccessKey\": \"{secret}\""),
            "secret.aws_secret",
        ),
        (
            "{\\\"type\\\": \\\"service_account\\\"}",
            "secret.gcp_sa_key",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----",
            "secret.private_key_pem",
        ),
        ("x=eyJhbGciOi.eyJzdWIi.sig", "secret.jwt"),
        (
            "Authorization: Bearer abcdefghij0123456789",
            "secret.generic_bearer",
        ),
    ] {
        assert_eq!(names(text), [expected], "{text}");
    }
    for text in [
        "SAKIAABCDEFGHIJKLMNOP",
        "AKIAabcdefghijklmnop",
        "ghp_short",
        "xoxb-short",
        "the secret of success: hard work",
        "the type of service_account is unknown",
        "-----BEGIN PUBLIC KEY-----",
        "eyJ.eyJ.x",
        "the bearer of this letter",
        "bearer of_good_news_for_everybody",
    ] {
        assert_eq!(names(text), [""; 0], "{text}");
    }
}

#[test]
fn headings_are_phrases_or_lines_of_their_own() {
    for (text, expected) in [
        ("STRICTLY  CONFIDENTIAL", vec!["marker.confidential_header"]),
        ("Strictly cоnfidential", vec!["marker.confidential_header"]),
        ("# Confidential\n\nbody", vec!["marker.confidential_header"]),
        (
            "Classification: RESTRICTED",
            vec!["marker.confidential_header"],
        ),
        ("For internal use only.", vec!["marker.internal_header"]),
        ("** internal **", vec!["marker.internal_header"]),
        ("a confidential matter", vec![]),
        ("internal server error", vec![]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn a_long_text_of_beginnings_is_read_once() {
    // Each would be searched to its end again at every beginning: minutes, if that were so.
    for part in [
        "eyJ",
        "eyJ.",
        "bearer ",
        "secret",
        "AKIA",
        "1 ",
        "-----BEGIN ",
    ] {
        let text = part.repeat(40_000 / part.len());
        assert!(sensitive(&text).len() <= 1, "{part}");
    }
}

#[cfg(not(target_family = "wasm"))]
proptest::proptest! {
    #[test]
    fn further_lines_hide_nothing(before in ".*", after in "[a-z0-9 =:.-]*") {
        for text in ["SSN 123-45-6789", "4111 1111 1111 1111", "AKIAABCDEFGHIJKLMNOP", "internal"] {
            let alone = sensitive(text);
            let found = sensitive(&format!("{before}\n{text}\n{after}"));
            proptest::prop_assert!(alone.iter().all(|kind| found.contains(kind)));
        }
    }
}

#[test]
fn every_token_begins_as_the_quick_look_expects() {
    for (beginning, least, kind) in super::credentials::TOKENS {
        let text = format!("x {beginning}{}", "1".repeat(least));
        assert_eq!(sensitive(&text), [kind], "{beginning}");
    }
}
