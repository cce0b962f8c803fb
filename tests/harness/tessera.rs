//! The real control plane, `tessera serve`, and its command line.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::http1::Answer;
use crate::process::{Running, free_port, program, tool};

/// PKCS#8 wrapping of a 32-byte Ed25519 seed.
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];

/// A seed like any other: what it signs is worth nothing outside a test.
const SEED: [u8; 32] = [7; 32];

/// A control plane with its own folder and port; killed when dropped.
#[derive(Debug)]
pub struct Tessera {
    /// Where filters connect; the same after a restart.
    pub port: u16,
    process: Option<Running>,
    keys: Value,
    dir: TempDir,
}

impl Tessera {
    /// Starts with these policies, in enforcement mode, with default action allow.
    pub fn start(policies: &[Value]) -> Self {
        let mut tessera = Self::prepare(policies);
        tessera.run();
        tessera
    }

    /// Writes settings, key and policies, and starts nothing yet.
    pub fn prepare(policies: &[Value]) -> Self {
        Self::prepare_with(policies, &json!({}))
    }

    /// As [`Tessera::prepare`], with further settings.
    pub fn prepare_with(policies: &[Value], more: &Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut settings = json!({
            "listen": format!("127.0.0.1:{port}"),
            "data_dir": "data",
            "signing_key": "key.pem",
            "policies": {"dir": "policies", "mode": "enforcement", "default_action": "allow"},
        });
        for (key, value) in more.as_object().unwrap() {
            settings[key] = value.clone();
        }
        fs::write(dir.path().join("tessera.yaml"), settings.to_string()).unwrap();
        let key = STANDARD.encode([&PKCS8[..], &SEED[..]].concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
        fs::write(dir.path().join("key.pem"), pem).unwrap();
        let tessera = Self {
            port,
            process: None,
            keys: test_keys(),
            dir,
        };
        fs::create_dir(tessera.policies()).unwrap();
        for policy in policies {
            tessera.write_policy(policy);
        }
        tessera
    }

    /// Lets `tessera init` write the folder, as an operator does, and starts nothing yet: default action allow, and
    /// of the shipped policies only these.
    pub fn init(policies: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let init = Command::new(program())
            .args(["--json", "init", "--dir"])
            .arg(dir.path())
            .output()
            .unwrap();
        assert!(
            init.status.success(),
            "{}",
            String::from_utf8_lossy(&init.stderr)
        );
        let said: Value = serde_json::from_slice(&init.stdout).unwrap();
        let keys = json!([{"id": said["key_id"], "ed25519": said["public_key"]}]);
        let path = dir.path().join("tessera.yaml");
        let written = fs::read_to_string(&path).unwrap();
        let settings = written.replace(
            "listen: 127.0.0.1:7443",
            &format!("listen: 127.0.0.1:{port}"),
        );
        assert!(
            settings.contains(&port.to_string()) && settings.contains("default_action: allow"),
            "{written}"
        );
        fs::write(path, settings).unwrap();
        let tessera = Self {
            port,
            process: None,
            keys,
            dir,
        };
        for file in fs::read_dir(tessera.policies()).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            let kept = |id: &&str| name.strip_suffix(".yaml") == Some(id);
            if !name.starts_with('_') && !policies.iter().any(kept) {
                fs::remove_file(path).unwrap();
            }
        }
        tessera
    }

    /// The keys a filter must trust to take this control plane's bundles.
    pub fn trusted_keys(&self) -> Value {
        self.keys.clone()
    }

    /// The token of the first caller, if `tessera init` made one.
    pub fn token(&self) -> String {
        self.file("keys/caller.token").trim().to_owned()
    }

    /// Starts (again) and waits until it listens.
    pub fn run(&mut self) {
        let mut command = Command::new(program());
        command
            .arg("serve")
            .arg("--config")
            .arg(self.dir.path().join("tessera.yaml"));
        let mut process = Running::start("tessera", command, self.dir.path());
        let port = self.port;
        process.until("listening port", || {
            std::net::TcpStream::connect(("127.0.0.1", port))
                .ok()
                .map(drop)
        });
        self.process = Some(process);
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Asks it to end and checks that it ends well.
    pub fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        let status = process.terminate();
        assert!(status.success(), "{status}: {}", process.log());
    }

    /// Everything it has logged since the folder was made.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("tessera.log")).unwrap_or_default()
    }

    /// The folder of policy files.
    pub fn policies(&self) -> PathBuf {
        self.dir.path().join("policies")
    }

    /// Writes a file of its folder.
    pub fn write_file(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// A file of its folder, as text.
    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap()
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes or replaces a policy, whole, as an editor does. (JSON is YAML.)
    pub fn write_policy(&self, policy: &Value) {
        let id = policy["id"].as_str().unwrap();
        self.write_policy_text(id, &serde_json::to_string_pretty(policy).unwrap());
    }

    /// Writes a policy file with any text.
    pub fn write_policy_text(&self, id: &str, text: &str) {
        let draft = self.dir.path().join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, self.policies().join(format!("{id}.yaml"))).unwrap();
    }

    /// Deletes a policy.
    pub fn remove_policy(&self, id: &str) {
        fs::remove_file(self.policies().join(format!("{id}.yaml"))).unwrap();
    }

    /// Runs `tessera <arguments> --data-dir <ours>`.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let data = self.data_dir();
        let data = ["--data-dir", data.to_str().unwrap()];
        self.in_folder(&[arguments, &data].concat())
    }

    /// Runs `tessera <arguments>` in the control plane's folder.
    pub fn in_folder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.dir.path());
        command.output().unwrap()
    }

    /// Every record of judged messages, oldest first.
    pub fn records(&self) -> Vec<Value> {
        let output = self.command(&["audit", "export"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let records = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        records
            .filter(|record| record["kind"] == "message")
            .collect()
    }

    /// Waits until this many filter VMs run a bundle: an Envoy has one for each worker, and one for its main thread,
    /// whose statistics say nothing of the workers.
    pub fn wait_for_filters(&self, count: usize) {
        let path = self.data_dir().join("status.json");
        let ready = || {
            let status: Value = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            let filters = status["subscribers"].as_array()?.iter();
            let running = filters.filter(|filter| filter["version"].is_u64());
            (running.count() >= count).then_some(())
        };
        crate::wait_for("the filters", ready);
    }

    /// Waits until the record of this answer is there, and with it all that its VM judged before; gives all records.
    pub fn wait_for_record(&self, answer: &Answer) -> Vec<Value> {
        let id = answer
            .header("x-tessera-audit-id")
            .unwrap_or_else(|| panic!("no audit id in {answer:?}"));
        crate::wait_for(&format!("record {id}"), || {
            Some(self.records()).filter(|records| records.iter().any(|record| record["id"] == id))
        })
    }

    /// Exit code and text of `tessera audit verify`.
    pub fn verify(&self) -> (i32, String) {
        let output = self.command(&["audit", "verify"]);
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    /// Runs SQL on the ledger's file, behind the control plane's back.
    pub fn edit_ledger(&self, sql: &str) {
        let script = "import sqlite3, sys\n\
                      with sqlite3.connect(sys.argv[1]) as ledger: ledger.executescript(sys.argv[2])";
        let file = self.data_dir().join("ledger.db");
        let mut command = Command::new(tool("py/bin/python"));
        let output = command
            .args(["-c", script])
            .arg(file)
            .arg(sql)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The public half of [`SEED`], as filters' settings want it.
fn test_keys() -> Value {
    let public = SigningKey::from_bytes(&SEED).verifying_key();
    let digest = Sha256::digest(public.as_bytes());
    let id: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!([{"id": id, "ed25519": STANDARD.encode(public.as_bytes())}])
}
