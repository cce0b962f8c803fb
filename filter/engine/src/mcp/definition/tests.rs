//! What is a definition, and what its digest covers.

use super::*;

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

fn read(text: &str) -> Definition {
    Definition::read(&value(text)).unwrap()
}

/// A definition with every member the protocol knows.
const FULL: &str = r#"{"name":"t","title":"T","description":"d","inputSchema":{"type":"object",
    "properties":{"a":{"type":"integer","maximum":18446744073709551615}}},
    "outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true},
    "execution":{"taskSupport":"optional"},"icons":[{"src":"https://x.test/i.png"}],
    "vendor":1}"#;

#[test]
fn the_digest_is_that_of_the_rfc_8785_text() {
    let definition = read(
        r#"{ "name" : "t", "inputSchema" : {"properties":{"b":{"minimum":1.0},"a":{}},"type":"object"},
             "description":"d \u00e9", "_meta":{"seen":1} }"#,
    );
    let text = r#"{"description":"d é","inputSchema":{"properties":{"a":{},"b":{"minimum":1}},"type":"object"},"name":"t"}"#;
    assert_eq!(definition.digest(), Digest::of(text.as_bytes()));
    assert_eq!(definition.members().get("_meta"), None);
}

#[test]
fn every_member_but_meta_is_covered() {
    let pinned = read(FULL).digest();
    for (old, new) in [
        (r#""name":"t""#, r#""name":"u""#),
        (r#""title":"T""#, r#""title":"t""#),
        (r#""title":"T""#, r#""title":null"#),
        (r#""description":"d""#, r#""description":"d ""#),
        ("18446744073709551615", "18446744073709551614"),
        (
            r#""outputSchema":{"#,
            r#""outputSchema":{"additionalProperties":true,"#,
        ),
        ("true", "false"),
        ("optional", "required"),
        ("i.png", "j.png"),
        (r#""vendor":1"#, r#""vendor":2"#),
    ] {
        let changed = FULL.replacen(old, new, 1);
        assert_ne!(changed, FULL, "{old}");
        assert_ne!(read(&changed).digest(), pinned, "{old} to {new}");
    }
    let told = FULL.replacen(r#""vendor":1"#, r#""_meta":{"n":7},"vendor":1"#, 1);
    assert_eq!(read(&told).digest(), pinned);
}

#[test]
fn what_clients_could_read_in_two_ways_is_no_definition() {
    for (text, expected) in [
        ("[]", "the entry is an array, not an object"),
        (
            r#"{"inputSchema":{}}"#,
            "`name` is missing, expected a string",
        ),
        (
            r#"{"name":1,"inputSchema":{}}"#,
            "`name` is a number, expected a string",
        ),
        (
            r#"{"name":"","inputSchema":{}}"#,
            "the name has 0 bytes, expected 1 to 512",
        ),
        (
            r#"{"name":"t"}"#,
            "`inputSchema` is missing, expected an object",
        ),
        (
            r#"{"name":"t","inputSchema":true}"#,
            "`inputSchema` is a boolean, expected an object",
        ),
        (
            r#"{"name":"t","inputSchema":{},"description":["d"]}"#,
            "`description` is an array, expected a string",
        ),
        (
            r#"{"name":"t","inputSchema":{},"annotations":"readOnly"}"#,
            "`annotations` is a string, expected an object",
        ),
    ] {
        let error = Definition::read(&value(text)).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let long = format!(
        r#"{{"name":"t","inputSchema":{{}},"description":"{}"}}"#,
        "x".repeat(limits::DEFINITION_BYTES)
    );
    assert!(matches!(
        Definition::read(&value(&long)),
        Err(DefinitionError::TooLarge(_))
    ));
}

#[test]
fn the_shape_is_that_of_the_schemas_and_only_if_they_say_something() {
    let full = read(FULL);
    let renamed = FULL.replacen(r#""name":"t""#, r#""name":"t2""#, 1);
    let renamed = renamed.replacen(r#""description":"d""#, r#""description":"other""#, 1);
    assert_eq!(read(&renamed).shape(), full.shape());
    assert!(full.shape().is_some());
    let widened = FULL.replacen(r#""type":"integer","#, "", 1);
    assert_ne!(read(&widened).shape(), full.shape());
    assert_eq!(
        read(r#"{"name":"t","inputSchema":{"type":"object"}}"#).shape(),
        None
    );
}
