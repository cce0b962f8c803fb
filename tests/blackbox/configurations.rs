//! The Envoy configurations we ship: each is valid, and does what its page says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tessera_tests::{
    Envoy, Tessera, Upstream, call, post, post_json, tool, validate, validate_text, wait_for,
    wasm_module, workspace_root,
};

use crate::decision;

#[test]
fn every_scenario_has_a_page_and_a_configuration() {
    let mut names = Vec::new();
    for entry in fs::read_dir(workspace_root().join("envoy")).unwrap() {
        let path = entry.unwrap().path();
        assert!(
            path.join("envoy.yaml").exists() && path.join("README.md").exists(),
            "{path:?}"
        );
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    // A new one needs a test here.
    assert_eq!(names, ["control-plane", "mtls-spiffe", "standalone"]);
}

#[test]
fn standalone_denies_what_its_bundle_forbids_and_prints_the_record() {
    let upstream = Upstream::start();
    validate("standalone", &[]).unwrap();
    let envoy = Envoy::scenario("standalone", upstream.port, &[]);
    let denied = post_json(
        envoy.port,
        "/mcp",
        &call(1, "delete_repo", json!({"repo": "x"})),
    );
    assert_eq!(decision(&denied)["policy_id"], "no-deletion");
    post_json(envoy.port, "/mcp", &call(2, "list_repos", json!({})));
    assert_eq!(upstream.count(), 1);
    let id = denied.header("x-tessera-audit-id").unwrap();
    wait_for("the record on standard output", || {
        envoy.log().contains(id).then_some(())
    });
}

#[test]
fn control_plane_is_refused_until_its_places_are_filled_and_then_enforces() {
    let upstream = Upstream::start();
    let mut tessera = Tessera::init(&["github-mcp-protection"]);
    tessera.run();
    let unfilled = validate("control-plane", &[]).unwrap_err();
    assert!(unfilled.contains("tessera"), "{unfilled}");
    let keys = tessera.trusted_keys();
    let port = format!("port_value: {}", tessera.port);
    let hash = hex(&Sha256::digest(tessera.token()));
    let filled = [
        ("{KEY_ID}", keys[0]["id"].as_str().unwrap()),
        ("{PUBLIC_KEY}", keys[0]["ed25519"].as_str().unwrap()),
        ("{TOKEN_SHA256}", &hash),
        ("port_value: 7443", &port),
    ];
    validate("control-plane", &filled).unwrap();
    let envoy = Envoy::scenario("control-plane", upstream.port, &filled);
    let authorization = format!("Bearer {}", tessera.token());
    let headers = [
        ("content-type", "application/json"),
        ("authorization", &*authorization),
    ];
    let ask = |tool| {
        let body = call(1, tool, json!({"repo": "acme/billing-prod"})).to_string();
        post(envoy.port, "/mcp", &headers, body.as_bytes())
    };
    wait_for("a bundle", || {
        (decision(&ask("delete_repo"))["policy_id"] == "github-mcp-protection").then_some(())
    });
    let allowed = ask("list_repos");
    assert_eq!(allowed.json()["result"]["content"][0]["text"], "upstream");
    assert_eq!(post(envoy.port, "/mcp", &headers[..1], b"{}").status, 401);
    tessera.wait_for_record(&allowed);
}

#[test]
fn what_tessera_init_writes_for_envoy_is_valid() {
    let written = Tessera::init(&[]).file("envoy.yaml");
    let wasm = wasm_module().display().to_string();
    validate_text(&written.replace("tessera_filter.wasm", &wasm)).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An authority and certificates it signed, as files.
struct Certificates {
    dir: tempfile::TempDir,
    authority: Issuer<'static, KeyPair>,
}

impl Certificates {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        fs::write(dir.path().join("ca.crt"), certificate.pem()).unwrap();
        Self {
            dir,
            authority: Issuer::new(params, key),
        }
    }

    /// Certificate and key for one name.
    fn issue(&self, file: &str, name: SanType) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, file);
        params.subject_alt_names.push(name);
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        let path = |kind: &str| self.dir.path().join(format!("{file}.{kind}"));
        fs::write(path("crt"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        (path("crt"), path("key"))
    }

    fn spiffe(&self, file: &str, id: &str) -> (PathBuf, PathBuf) {
        self.issue(file, SanType::URI(id.try_into().unwrap()))
    }
}

/// One call over TLS, with a client certificate or without.
fn https(port: u16, authority: &Path, own: Option<&(PathBuf, PathBuf)>, tool_name: &str) -> Value {
    let mut command = Command::new(tool("py/bin/python"));
    command
        .arg("-B")
        .arg(workspace_root().join("tests/python/https_post.py"));
    command
        .arg(port.to_string())
        .arg(authority)
        .arg(call(1, tool_name, json!({})).to_string());
    if let Some((certificate, key)) = own {
        command.arg(certificate).arg(key);
    }
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}"))
}

#[test]
fn mtls_spiffe_knows_its_callers_by_their_certificates() {
    let upstream = Upstream::start();
    let certificates = Certificates::new();
    certificates.issue("server", SanType::DnsName("localhost".try_into().unwrap()));
    let known = certificates.spiffe("ci", "spiffe://example.org/agents/ci");
    let unlisted = certificates.spiffe("other", "spiffe://example.org/agents/other");
    let foreign = certificates.spiffe("foreign", "spiffe://evil.example/agents/ci");
    let dir = certificates.dir.path().display().to_string();
    let replaced = [("envoy/mtls-spiffe/certs", &*dir)];
    validate("mtls-spiffe", &replaced).unwrap();
    let envoy = Envoy::scenario("mtls-spiffe", upstream.port, &replaced);
    let authority = certificates.dir.path().join("ca.crt");
    let ask = |own: Option<&(PathBuf, PathBuf)>, tool| https(envoy.port, &authority, own, tool);

    assert_eq!(
        ask(None, "list_repos")["status"],
        0,
        "no certificate, no connection"
    );
    assert_eq!(
        ask(Some(&foreign), "list_repos")["status"],
        0,
        "another trust domain"
    );
    let refused = ask(Some(&unlisted), "list_repos");
    assert_eq!(refused["status"], 401, "{refused}");
    assert_eq!(upstream.count(), 0);
    assert_eq!(ask(Some(&known), "list_repos")["status"], 200);
    assert_eq!(upstream.count(), 1);
    let denied = ask(Some(&known), "delete_repo");
    let decision = &denied["body"]["result"]["_meta"]["tessera/decision"];
    assert_eq!(decision["policy_id"], "no-deletion", "{denied}");
    let id = decision["audit_id"].as_str().unwrap();
    let record = wait_for("the record on standard output", || {
        envoy
            .log()
            .lines()
            .find(|line| line.contains(id))
            .map(str::to_owned)
    });
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(
        (&record["caller"], &record["scope"]),
        (&json!("ci"), &json!("team-a"))
    );
}
