//! `tessera label`, run; and the recipes of docs/labels.md, run and verified.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: whatever goes wrong here must fail the test that called it"
)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const KEYS: [&str; 2] = ["--key-file", "tests/fixtures/labels/trust.key"];
const BINDING: [&str; 6] = [
    "--audience",
    "gateway",
    "--caller",
    "agent",
    "--conversation",
    "c-1",
];

fn root() -> PathBuf {
    let parent = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    parent.unwrap().to_owned()
}

/// Exit code, standard output and standard error.
struct Ran(i32, String, String);

fn run(mut command: Command, input: &str) -> Ran {
    command.current_dir(root());
    for pipe in [Command::stdout, Command::stderr, Command::stdin] {
        pipe(&mut command, Stdio::piped());
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Who refuses its arguments does not read.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, error) = (text(output.stdout), text(output.stderr));
    Ran(output.status.code().unwrap(), out, error)
}

fn label(arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
    command.arg("label").args(arguments);
    command.env_remove("TESSERA_TRUST_KEY");
    run(command, input)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("{text}"))
}

/// A token, minted with those arguments.
fn minted(arguments: &[&str]) -> String {
    let Ran(code, out, error) = label(&[arguments, &BINDING, &KEYS].concat(), "");
    assert_eq!(code, 0, "{error}");
    out.trim().to_owned()
}

fn verified(token: &str, further: &[&str]) -> (i32, serde_json::Value) {
    let arguments = [&["verify", "-", "--json"][..], &KEYS, further].concat();
    let Ran(code, out, _) = label(&arguments, token);
    (code, json(&out))
}

#[test]
fn a_prompt_is_signed_and_verified() {
    let token = minted(&["sign", "--prompt", "Grüße 😀", "--starts", "--ttl", "60"]);
    let (code, read) = verified(&token, &["--audience", "gateway", "--caller", "agent"]);
    assert_eq!(code, 0, "{read}");
    assert_eq!(read["valid"], true);
    for (name, value) in [
        ("kind", "label"),
        ("text", "Grüße 😀"),
        ("level", "user"),
        ("conversation", "c-1"),
    ] {
        assert_eq!(read["token"][name], value, "{read}");
    }
    assert!(read["token"]["started"].is_string(), "{read}");
}

#[test]
fn an_approval_is_signed_and_verified() {
    for (flag, value) in [("--value", "bob@example.com"), ("--result", "evt_12")] {
        let token = minted(&["endorse", flag, value, "--approver", "alice"]);
        let (code, read) = verified(&token, &[]);
        assert_eq!(code, 0, "{read}");
        assert_eq!(read["token"]["kind"], "endorsement");
        assert_eq!(read["token"][flag.trim_start_matches('-')], value);
        assert_eq!(read["token"]["level"], "tool");
    }
}

#[test]
fn a_token_that_is_not_good_has_exit_code_three_and_a_code() {
    let token = minted(&["sign", "--prompt", "hello"]);
    let expired = root().join("tests/fixtures/labels/expired.token");
    let expired = fs::read_to_string(expired).unwrap();
    let padded = format!("{token}=");
    for (token, further, code) in [
        (token.as_str(), &["--caller", "bob"][..], "wrong_caller"),
        (&token, &["--audience", "other"], "wrong_audience"),
        (&token, &["--scope", "team-a"], "wrong_scope"),
        (&expired, &[], "expired"),
        (&padded, &[], "malformed"),
        ("", &[], "malformed"),
        (&"a".repeat(200_000), &[], "too_long"),
    ] {
        let (exit, read) = verified(token, further);
        assert_eq!((exit, &read["code"]), (3, &code.into()), "{read}");
    }
}

#[test]
fn a_new_key_is_private_never_replaced_and_signs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("trust.key");
    let path = path.to_str().unwrap();
    let made = || label(&["keygen", "--id", "2026-07", "--out", path], "");
    assert_eq!(made().0, 0);
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(
        fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let Ran(code, out, error) = made();
    assert_eq!(code, 2, "{out}");
    assert!(error.contains("never replaced"), "{error}");
    assert_eq!(fs::read_to_string(path).unwrap(), text);
    let arguments = ["key", "--purpose", "prompt", "--key-file", path];
    let Ran(code, derived, _) = label(&arguments, "");
    assert_eq!(code, 0);
    assert!(derived.starts_with("2026-07:") && derived != text);
}

#[test]
fn keys_come_from_the_environment_too_and_no_message_shows_one() {
    let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
    for (keys, code) in [
        (format!("k1:{secret}"), 0),
        (format!("# rotated\nk2:{secret}\nk1:{secret}\n"), 0),
        (format!("k1:{secret}\nk1:{secret}"), 2),
        ("k1:c2VjcmV0".to_owned(), 2),
        (format!("k1:{secret}!"), 2),
        (secret.to_owned(), 2),
        (String::new(), 2),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
        command.args(["label", "key", "--purpose", "prompt"]);
        command.env("TESSERA_TRUST_KEY", &keys);
        let Ran(exit, out, error) = run(command, "");
        assert_eq!(exit, code, "{keys}: {error}");
        let shown = out + &error;
        assert!(
            !shown.contains(secret) && !shown.contains("c2VjcmV0"),
            "{shown}"
        );
    }
    assert_eq!(label(&["key", "--purpose", "prompt"], "").0, 2);
}

#[test]
fn a_token_of_a_hosts_own_key_is_verified_with_its_public_key() {
    let key = SigningKey::from_bytes(&[9; 32]);
    let hmac = minted(&["sign", "--prompt", "hello"]);
    let payload = hmac.split('.').nth(1).unwrap();
    let header = r#"{"alg":"EdDSA","kid":"host","typ":"tessera-label+jwt"}"#;
    let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    let public = |key: &SigningKey| format!("host:{}", STANDARD.encode(key.verifying_key()));
    let other = SigningKey::from_bytes(&[8; 32]);
    let (code, read) = verified(&token, &["--public-key", &public(&key)]);
    assert_eq!((code, &read["token"]["text"]), (0, &"hello".into()));
    let (code, read) = verified(&token, &["--public-key", &public(&other)]);
    assert_eq!((code, &read["code"]), (3, &"bad_signature".into()));
    let (code, read) = verified(&token, &[]);
    assert_eq!((code, &read["code"]), (3, &"unknown_key".into()));
}

/// The tool of the repository if it has been fetched, else the one on the path.
fn tool(own: &str, name: &str) -> Option<PathBuf> {
    let own = root().join(".tools").join(own);
    let found = if own.exists() { own } else { name.into() };
    let version = Command::new(&found).arg("--version").output();
    version.is_ok_and(|it| it.status.success()).then_some(found)
}

/// Runs a recipe with the key the command hands out; the engine verifies what it signs.
fn recipe(program: &Path, file: &str) {
    let derive = [
        &["key", "--purpose", "prompt", "--scope", "team-a"][..],
        &KEYS,
    ]
    .concat();
    let Ran(_, key, _) = label(&derive, "");
    for prompt in [
        "Send Bob the report",
        "Grüße \"an\" Bob 😀\n\t\u{2028}\u{1}",
        "",
    ] {
        let mut command = Command::new(program);
        command.arg(root().join("tests/fixtures/labels").join(file));
        command.args(["gateway", "team-a", "agent", "c-1"]);
        command.env("TESSERA_PROMPT_KEY", key.trim());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let Ran(code, token, error) = run(command, prompt);
        assert_eq!(code, 0, "{file}: {error}");
        let expect = [
            "--audience",
            "gateway",
            "--scope",
            "team-a",
            "--caller",
            "agent",
        ];
        let (code, read) = verified(&token, &expect);
        assert_eq!(code, 0, "{file}: {read}");
        assert_eq!(read["token"]["text"], prompt);
        let (code, _) = verified(&token, &["--scope", ""]);
        assert_eq!(code, 3);
    }
}

#[test]
fn the_python_recipe_signs_what_the_engine_verifies() {
    match tool("py/bin/python", "python3") {
        Some(python) => recipe(&python, "sign_prompt.py"),
        None => println!("no Python here: the recipe was not run"),
    }
}

#[test]
fn the_typescript_recipe_signs_what_the_engine_verifies() {
    // Older ones on the path do not read TypeScript; `make test` fetches one that does.
    let node = root().join(".tools/bin/node");
    if node.exists() {
        recipe(&node, "sign-prompt.mts");
    } else {
        println!("no node in .tools: the recipe was not run");
    }
}

#[test]
fn the_page_shows_the_recipes_as_they_are() {
    let page = fs::read_to_string(root().join("docs/labels.md")).unwrap();
    for (kind, file) in [
        ("python", "sign_prompt.py"),
        ("typescript", "sign-prompt.mts"),
    ] {
        let file = format!("tests/fixtures/labels/{file}");
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let block = format!("```{kind} file={file}\n{text}```\n");
        assert!(page.contains(&block), "docs/labels.md differs from {file}");
    }
}
