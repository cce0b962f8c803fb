use super::destination::host;
use super::*;
use crate::json::{self, Object};

const NOW: UnixMillis = UnixMillis(1_767_225_600_000);

fn object(text: &str) -> Object {
    json::parse(text.as_bytes())
        .unwrap()
        .as_object()
        .unwrap()
        .clone()
}

fn delegation(constraints: &str) -> Delegation {
    Delegation {
        subject: "alice".to_owned(),
        delegate: Some("agent".to_owned()),
        audience: "gateway".to_owned(),
        authorized_actions: BTreeSet::from(["send".to_owned(), "read".to_owned()]),
        constraints: Constraints::new(&object(constraints)),
        session_id: "s".to_owned(),
        expires_at: Some(UnixMillis(NOW.0 + 1)),
    }
}

fn decided(constraints: &str, arguments: &str) -> Result<(), Refusal> {
    let delegation = delegation(constraints);
    let delegated = Delegated {
        delegation: &delegation,
        identity: Some("agent"),
        acting: Acting::Changes,
    };
    decide(&delegated, "send", Some(&object(arguments)), NOW)
}

#[test]
fn only_the_delegate_may_use_what_is_delegated_and_only_until_it_ends() {
    let delegation = delegation("{}");
    let with = |identity, tool, now| {
        let delegated = Delegated {
            delegation: &delegation,
            identity,
            acting: Acting::Changes,
        };
        decide(&delegated, tool, None, now)
    };
    assert_eq!(with(Some("agent"), "send", NOW), Ok(()));
    assert_eq!(with(None, "send", NOW), Err(Refusal::NoIdentity));
    assert_eq!(with(Some("b"), "send", NOW), Err(Refusal::OtherDelegate));
    let later = UnixMillis(NOW.0 + 1);
    assert_eq!(with(Some("agent"), "send", later), Err(Refusal::Expired));
    for tool in ["rm", "Send", "sen*", ""] {
        assert_eq!(with(Some("agent"), tool, NOW), Err(Refusal::NotAuthorized));
    }
}

#[test]
fn b14_a_host_is_found_however_it_is_written() {
    let constraints = r#"{"denied_domains": ["evil.com", "127.0.0.1", "bücher.de", "é.com"]}"#;
    for place in [
        r#"{"url": "https://evil.com/x"}"#,
        r#"{"url": "evil.com/path"}"#,
        r#"{"host": "evil.com:443"}"#,
        r#"{"host": "EVIL.com."}"#,
        r#"{"uri": "//evil.com"}"#,
        r#"{"href": "https://a@b@api.evil.com"}"#,
        r#"{"url": "https:\\\\evil.com"}"#,
        r#"{"url": "https:evil.com"}"#,
        r#"{"url": " HTTPS:/evil.com"}"#,
        r#"{"url": "https://good.com", "callback_url": "ftp://evil.com"}"#,
        r#"{"request": {"target": [{"endpoints": ["evil.com"]}]}}"#,
        r#"{"anything": "https://evil.com/x"}"#,
        r#"{"callbackUrl": "evil.com"}"#,
        r#"{"base_urls": ["evil.com"]}"#,
        r#"{"host": "good.com", "to": "bob@evil.com"}"#,
        r#"{"host": "127.1"}"#,
        r#"{"host": "0x7f000001"}"#,
        r#"{"host": "0177.0.0.1:80"}"#,
        r#"{"host": 2130706433}"#,
        r#"{"url": "http://[::ffff:127.0.0.1]:80/"}"#,
        r#"{"url": "https://ｅｖｉｌ。com"}"#,
        r#"{"url": "https://xn--bcher-kva.de"}"#,
        r#"{"url": "https://xn--9ca.com"}"#,
    ] {
        let refusal = Err(Refusal::Forbidden("denied_domains"));
        assert_eq!(decided(constraints, place), refusal, "{place}");
    }
    for place in [
        r#"{"url": "https://notevil.com"}"#,
        r#"{"url": "https://evil.com.good.com/evil.com"}"#,
        r#"{"url": "https://good.com?u=https://evil.com"}"#,
        r#"{"host": "1.127.0.0.1.nip.io"}"#,
    ] {
        assert_eq!(decided(constraints, place), Ok(()), "{place}");
    }
}

#[test]
fn b14_a_destination_nobody_can_read_is_refused() {
    for place in [
        r"{}",
        r#"{"body": "see https is fine"}"#,
        r#"{"url": ""}"#,
        r#"{"url": "https://"}"#,
        r#"{"url": "javascript:alert(1)"}"#,
        r#"{"url": "https://evil%2ecom"}"#,
        r#"{"url": "https://good.com evil.com"}"#,
        r#"{"url": "good.com,evil.com"}"#,
        r#"{"host": "good.com:80:evil.com"}"#,
        r#"{"host": "evil\u0000.com"}"#,
        r#"{"host": "256.1.1.1"}"#,
        r#"{"url": "https://good.com", "link": "[::1"}"#,
    ] {
        let refusal = Err(Refusal::Unevaluated("allowed_domains"));
        let constraints = r#"{"allowed_domains": ["good.com"]}"#;
        assert_eq!(decided(constraints, place), refusal, "{place}");
    }
}

#[test]
fn b14_a_cost_is_a_finite_number_that_is_not_negative() {
    let limit = r#"{"max_cost_usd": 4}"#;
    for (arguments, wanted) in [
        (r#"{"cost_usd": 4.0}"#, Ok(())),
        (
            r#"{"cost_usd": 4.01}"#,
            Err(Refusal::Forbidden("max_cost_usd")),
        ),
        (
            r#"{"cost_usd": 1, "estimated_cost_usd": 5}"#,
            Err(Refusal::Forbidden("max_cost_usd")),
        ),
        (
            r#"{"order": [{"cost_usd": 5}]}"#,
            Err(Refusal::Forbidden("max_cost_usd")),
        ),
        (r"{}", Err(Refusal::Unevaluated("max_cost_usd"))),
        (
            r#"{"cost_usd": -1}"#,
            Err(Refusal::Unevaluated("max_cost_usd")),
        ),
        (
            r#"{"cost_usd": true}"#,
            Err(Refusal::Unevaluated("max_cost_usd")),
        ),
        (
            r#"{"cost_usd": "3"}"#,
            Err(Refusal::Unevaluated("max_cost_usd")),
        ),
    ] {
        assert_eq!(decided(limit, arguments), wanted, "{arguments}");
    }
}

#[test]
fn a_constraint_that_is_not_understood_refuses_every_call() {
    for (constraints, refusal) in [
        (r#"{"x": 1}"#, Refusal::Unknown("x".to_owned())),
        (
            r#"{"allowed_tools": "send"}"#,
            Refusal::Invalid("allowed_tools"),
        ),
        (r#"{"denied_tools": [1]}"#, Refusal::Invalid("denied_tools")),
        (
            r#"{"denied_domains": ["*.evil.com"]}"#,
            Refusal::Invalid("denied_domains"),
        ),
        (
            r#"{"max_cost_usd": true}"#,
            Refusal::Invalid("max_cost_usd"),
        ),
        (r#"{"max_cost_usd": -1}"#, Refusal::Invalid("max_cost_usd")),
        (r#"{"read_only": "false"}"#, Refusal::Invalid("read_only")),
        (
            r#"{"allowed_tools": []}"#,
            Refusal::Forbidden("allowed_tools"),
        ),
        (
            r#"{"requires_human_for": ["send"]}"#,
            Refusal::Forbidden("requires_human_for"),
        ),
        (r#"{"read_only": true}"#, Refusal::Forbidden("read_only")),
        (
            r#"{"allowed_domains": []}"#,
            Refusal::Forbidden("allowed_domains"),
        ),
    ] {
        let wanted = Err(refusal);
        assert_eq!(
            decided(constraints, r#"{"url": "a.com"}"#),
            wanted,
            "{constraints}"
        );
    }
}

#[test]
fn b18_a_child_never_has_more_than_its_parent() {
    let parent = delegation(
        r#"{"max_cost_usd": 10, "allowed_domains": ["good.com"], "denied_tools": ["rm"],
            "allowed_tools": ["send", "read"], "read_only": true}"#,
    );
    let asked = |constraints: &str| Child {
        delegate: "b".to_owned(),
        constraints: Constraints::new(&object(constraints)),
        ..Child::default()
    };
    for wider in [
        r#"{"max_cost_usd": 11}"#,
        r#"{"allowed_domains": ["evil.com"]}"#,
        r#"{"allowed_domains": ["good.com", "com"]}"#,
        r#"{"allowed_tools": ["rm"]}"#,
        r#"{"allowed_tools": "send"}"#,
        r#"{"max_cost_usd": "1"}"#,
    ] {
        assert!(narrow(&parent, &asked(wider)).is_err(), "{wider}");
    }
    let child = narrow(
        &parent,
        &asked(
            r#"{"max_cost_usd": 1, "allowed_domains": ["api.good.com"], "denied_tools": ["dd"],
                "allowed_tools": [], "read_only": false, "x": 1}"#,
        ),
    );
    let constraints = object(
        r#"{"max_cost_usd": 1, "allowed_domains": ["api.good.com"], "denied_tools": ["dd", "rm"],
            "allowed_tools": [], "read_only": true, "x": 1}"#,
    );
    let child = child.unwrap();
    assert_eq!(child.constraints.to_object(), constraints);
    assert_eq!(
        (child.session_id.as_str(), child.expires_at),
        ("s", parent.expires_at)
    );
}

#[test]
fn b18_nothing_delegated_is_nothing_to_hand_on() {
    let parent = Delegation {
        authorized_actions: BTreeSet::new(),
        ..delegation("{}")
    };
    let child = Child {
        delegate: "b".to_owned(),
        authorized_actions: Some(BTreeSet::from(["anything".to_owned()])),
        ..Child::default()
    };
    let violation = Violation::Action("anything".to_owned());
    assert_eq!(narrow(&parent, &child), Err(violation));
    let session = Child {
        session_id: Some(String::new()),
        ..Child::default()
    };
    assert_eq!(narrow(&parent, &session), Err(Violation::Session));
}

#[test]
fn one_host_has_one_form() {
    for (text, form) in [
        ("good.com", Some("good.com")),
        ("https://user:pw@Good.COM:8443/p?q#f", Some("good.com")),
        ("[2001:DB8::1]:443", Some("2001:db8::1")),
        ("2001:db8:0::1", Some("2001:db8::1")),
        ("localhost", Some("localhost")),
        ("a..b", None),
        (".good.com", None),
        ("1.2.3.4.5", None),
    ] {
        assert_eq!(host(text).as_deref(), form, "{text}");
    }
}
