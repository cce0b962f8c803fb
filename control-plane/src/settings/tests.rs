//! What settings are accepted, and how the others are refused.

use super::*;

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, Path::new("etc"), &Overrides::default())
}

#[test]
fn an_empty_file_is_all_defaults() {
    for text in ["", "# nothing\n\n"] {
        let settings = parse(text).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:7443".parse().unwrap());
        assert_eq!(settings.data_dir, Path::new("etc/data"));
        assert_eq!(settings.policies.dir, Path::new("etc/policies"));
        assert_eq!(settings.policies.settings, PolicySettings::default());
        assert_eq!(settings.tls, None);
        assert_eq!(settings.tokens, None);
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let cases = [
        ("lisen: 127.0.0.1:1", "listen"),
        ("policies: {defualt_action: allow}", "default_action"),
        ("policies: {intent: {requird: true}}", "required"),
        (
            "listen: 127.0.0.1:1\ntls: {cert: c, key: k, clientca: x}",
            "client_ca",
        ),
    ];
    for (text, expected) in cases {
        match parse(text) {
            Err(SettingsError::UnknownKey { nearest, .. }) => assert_eq!(nearest, expected),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn definitions_of_tools_are_recorded_or_pinned() {
    let first_sight = |text| parse(text).map(|settings| settings.policies.first_sight);
    assert_eq!(first_sight(""), Ok(FirstSight::Record));
    assert_eq!(
        first_sight("tools: {first_sight: pin}"),
        Ok(FirstSight::Pin)
    );
    let error = first_sight("tools: {first_sight: trust}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "settings: `tools.first_sight` is `trust`, expected one of record, pin"
    );
}

#[test]
fn a_key_given_twice_is_refused() {
    assert!(parse("data_dir: a\ndata_dir: b").is_err());
}

#[test]
fn a_word_outside_its_set_is_refused_with_the_set() {
    let error = parse("policies: {mode: enforce}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "settings: `policies.mode` is `enforce`, expected one of enforcement, log_only, observation"
    );
}

#[test]
fn cleartext_beyond_this_machine_must_be_named() {
    let listen = "0.0.0.0:7443".parse().unwrap();
    assert_eq!(
        parse("listen: 0.0.0.0:7443"),
        Err(SettingsError::Cleartext { listen })
    );
    assert_eq!(
        parse("listen: 0.0.0.0:7443\ntls: {cert: c, key: k}"),
        Err(SettingsError::Anonymous { listen })
    );
    for text in [
        "listen: 0.0.0.0:7443\ninsecure_listen: true",
        "listen: 0.0.0.0:7443\ntls: {cert: c, key: k, client_ca: a}",
        "listen: 0.0.0.0:7443\ntls: {cert: c, key: k}\nauth: {token_env: T}",
        "listen: '[::1]:7443'",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn a_flag_is_held_to_the_same_rule_as_the_file() {
    let overrides = Overrides {
        listen: Some("0.0.0.0:1".parse().unwrap()),
        ..Overrides::default()
    };
    let refused = Settings::parse("", Path::new(""), &overrides);
    assert!(matches!(refused, Err(SettingsError::Cleartext { .. })));
}

#[test]
fn two_sources_of_tokens_or_none_are_refused() {
    assert_eq!(
        parse("auth: {tokens_file: a, token_env: B}"),
        Err(SettingsError::Contradiction {
            one: "auth.tokens_file",
            other: "auth.token_env"
        })
    );
    assert!(parse("auth: {}").is_err());
}
