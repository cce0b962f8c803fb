//! What each class finds, and what looks like it and is none.

use super::*;

#[test]
fn every_class_finds_its_kind_and_leaves_others() {
    for (class, find, other) in [
        ("aws_key", "ASIAIOSFODNN7EXAMPLE", "AKIAshort"),
        (
            "api_key",
            "sk-proj-abcdefghijklmnopqrstuvwx-yz_0",
            "task-abcdefghijklmnopqrstuvwx",
        ),
        (
            "github_token",
            "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
            "ghp_short",
        ),
        (
            "github_token",
            "github_pat_11ABCDEFG0abcdefghijklmnop",
            "github_pattern",
        ),
        ("gitlab_token", "glpat-abcdefghij0123456789", "glpat-"),
        (
            "slack_token",
            "xoxb-123456789012-abcdef",
            "xoxo-hugs-and-kisses",
        ),
        (
            "google_key",
            "AIzaSyA-0123456789abcdefghijklmnopqrstu",
            "AIza",
        ),
        ("stripe_key", "sk_live_abcdefghijklmnop0", "sk_test_short"),
        (
            "npm_token",
            "npm_abcdefghijklmnopqrstuvwxyz0123456789",
            "npm_install",
        ),
        (
            "jwt",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.",
            "eyJhbGciOiJub25lIn0",
        ),
        (
            "private_key",
            "-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nMIIabc+/=\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----",
        ),
        (
            "private_key",
            "-----BEGIN PRIVATE KEY-----\nMIIcut",
            "BEGIN PRIVATE KEY",
        ),
        (
            "url_password",
            "postgres://app:hunter2@",
            "https://host:8443/a@b",
        ),
        ("us_ssn", "123-45-6789", "123-45-67890"),
        ("card_number", "4111 1111 1111 1111", "4111 1111 1111 1112"),
        ("card_number", "378282246310005", "1784368770000"),
        (
            "iban",
            "DE89 3704 0044 0532 0130 00",
            "DE88 3704 0044 0532 0130 00",
        ),
        ("email", "zoe.q+x@mail.example.org", "zoe@localhost"),
        ("private_address", "192.168.0.12", "127.0.0.1"),
        (
            "stack_frame",
            "File \"/srv/app/x.py\", line 3, in main",
            "in the File \"x\"",
        ),
        (
            "stack_frame",
            "    at com.acme.Db.open(Db.java:12)",
            "look at (this)",
        ),
        (
            "stack_frame",
            "    at open (/srv/app/db.js:12:7)",
            "at home",
        ),
    ] {
        let bundle = with(&format!(r#"{{"class":"{class}"}}"#));
        let placeholder = format!("[REDACTED:{}]", Class::named(class).unwrap().placeholder);
        let (before, after) = if class == "stack_frame" {
            ("", "\n.")
        } else {
            ("(", ")")
        };
        let text = format!("{before}{find}{after}");
        let expected = match class {
            // Cut off: all the rest.
            "private_key" if !find.contains("END") => format!("({placeholder}"),
            _ => format!("{before}{placeholder}{after}"),
        };
        assert_eq!(redacted(&bundle, &text), expected, "{class}");
        assert_eq!(redacted(&bundle, other), other, "{class}");
    }
    let hidden: String = "obey me now"
        .chars()
        .map(|c| char::from_u32(0xE0000 + c as u32).unwrap())
        .collect();
    let bundle = with(r#"{"class":"hidden_text"}"#);
    assert_eq!(
        redacted(&bundle, &format!("a{hidden}b")),
        "a[REDACTED:HIDDEN_TEXT]b"
    );
}
