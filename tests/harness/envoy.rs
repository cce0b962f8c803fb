//! A real Envoy with the filter in it.

mod setup;

pub use setup::{Setup, decompressor, listener, plugin};

use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::http1::{Answer, Connection, get};
use crate::process::{Running, tool, wasm_module, workspace_root};
use setup::write_discovered;

/// A running Envoy; killed when dropped.
#[derive(Debug)]
pub struct Envoy {
    /// Where clients connect.
    pub port: u16,
    /// The admin interface.
    pub admin: u16,
    config: String,
    workers: u32,
    process: Running,
    dir: TempDir,
}

impl Envoy {
    /// Starts Envoy and waits until it serves.
    pub fn start(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if setup.discovered {
            write_discovered(dir.path(), &plugin(&setup.plugin));
        }
        let config = serde_json::to_string_pretty(&setup.config(dir.path())).unwrap();
        Self::start_text(config, setup.workers, dir)
    }

    /// Starts a configuration of `envoy/<scenario>/envoy.yaml`, on free ports and with these texts replaced.
    pub fn scenario(name: &str, upstream: u16, replaced: &[(&str, &str)]) -> Self {
        Self::start_text(
            scenario(name, upstream, replaced),
            1,
            tempfile::tempdir().unwrap(),
        )
    }

    fn start_text(config: String, workers: u32, dir: TempDir) -> Self {
        let (process, admin, port) = launch(&config, workers, &dir);
        Self {
            port,
            admin,
            config,
            workers,
            process,
            dir,
        }
    }

    /// Ends Envoy as `kill -9` does and starts it again; ports change.
    pub fn restart(&mut self) {
        self.process.kill();
        let (process, admin, port) = launch(&self.config, self.workers, &self.dir);
        self.process = process;
        self.admin = admin;
        self.port = port;
    }

    /// Replaces the filter entry (see [`plugin`]) of a [`Setup::discovered`] filter.
    pub fn rediscover(&self, entry: &Value) {
        write_discovered(self.dir.path(), entry);
    }

    /// Drains and ends Envoy in order. What the filter has not sent by then is lost with it.
    pub fn quit(mut self) {
        self.post_admin("/drain_listeners?graceful");
        self.post_admin("/quitquitquit");
        crate::wait_for("the end of Envoy", || self.process.ended());
    }

    /// The memory it has in use, in KiB.
    pub fn resident_kib(&self) -> u64 {
        self.kib("VmRSS:")
    }

    /// The most memory it has ever had in use, in KiB.
    pub fn peak_kib(&self) -> u64 {
        self.kib("VmHWM:")
    }

    fn kib(&self, what: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        let size = line.and_then(|line| line.split_whitespace().next());
        size.unwrap().parse().unwrap()
    }

    /// One statistic by its full name; `None` while it does not exist.
    pub fn stat(&self, name: &str) -> Option<u64> {
        let text = get(self.admin, &format!("/stats?filter=^{name}$"), &[]).text();
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until a statistic has this value or more.
    pub fn wait_for_stat(&self, name: &str, least: u64) {
        crate::wait_for(&format!("`{name}` >= {least}"), || {
            (self.stat(name)? >= least).then_some(())
        });
    }

    /// What Envoy has configured.
    pub fn config_dump(&self) -> Value {
        get(self.admin, "/config_dump", &[]).json()
    }

    /// Posts to the admin interface.
    pub fn post_admin(&self, path: &str) -> Answer {
        let mut connection = Connection::open(self.admin);
        connection.send_request("POST", path, &[], b"");
        connection.read()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Everything Envoy has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

/// The text of a scenario, ready for this machine.
fn scenario(name: &str, upstream: u16, replaced: &[(&str, &str)]) -> String {
    let path = workspace_root().join("envoy").join(name).join("envoy.yaml");
    let mut text = fs::read_to_string(path).unwrap();
    let wasm = wasm_module().display().to_string();
    let upstream = format!("port_value: {upstream}");
    let ours = [
        ("target/wasm32-wasip1/wasm/tessera_filter.wasm", &*wasm),
        ("port_value: 9901", "port_value: 0"),
        ("port_value: 10000", "port_value: 0"),
        ("port_value: 8000", &*upstream),
    ];
    for (from, to) in ours.iter().chain(replaced) {
        assert!(
            text.contains(from),
            "`{from}` is not in the scenario `{name}`"
        );
        text = text.replace(from, to);
    }
    text
}

/// Whether Envoy, and so the filter, accepts a scenario; its complaint if it does not.
///
/// # Errors
/// What Envoy said.
pub fn validate(name: &str, replaced: &[(&str, &str)]) -> Result<(), String> {
    validate_text(&scenario(name, 8000, replaced))
}

/// Whether Envoy accepts a configuration.
///
/// # Errors
/// What Envoy said.
pub fn validate_text(config: &str) -> Result<(), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("envoy.yaml");
    fs::write(&path, config).unwrap();
    let mut command = Command::new(tool("bin/envoy"));
    command
        .args(["--mode", "validate", "--log-level", "warning", "-c"])
        .arg(path);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}

fn launch(config: &str, workers: u32, dir: &TempDir) -> (Running, u16, u16) {
    // JSON is YAML.
    let path = dir.path().join("envoy.yaml");
    let address = dir.path().join("admin");
    let _ = fs::remove_file(&address);
    fs::write(&path, config).unwrap();
    let mut command = Command::new(tool("bin/envoy"));
    command
        .arg("-c")
        .arg(&path)
        .arg("--admin-address-path")
        .arg(&address);
    command.args([
        "--disable-hot-restart",
        "--file-flush-interval-msec",
        "100",
        "--service-node",
        "tests",
        "--service-cluster",
        "tests",
        "--concurrency",
        &workers.to_string(),
    ]);
    command.args([
        "--log-level",
        "warning",
        "--component-log-level",
        "wasm:info",
    ]);
    let mut process = Running::start("envoy", command, dir.path());
    let admin = process.until("admin address", || {
        port_of(&fs::read_to_string(&address).ok()?)
    });
    let port = process.until("ready listener", || {
        std::net::TcpStream::connect(("127.0.0.1", admin)).ok()?;
        (get(admin, "/ready", &[]).status == 200).then_some(())?;
        port_of(get(admin, "/listeners", &[]).text().lines().next()?)
    });
    (process, admin, port)
}

/// The port at the end of `tests::127.0.0.1:1234`; 0 is not one yet.
fn port_of(line: &str) -> Option<u16> {
    line.trim()
        .rsplit(':')
        .next()?
        .parse()
        .ok()
        .filter(|port| *port != 0)
}
