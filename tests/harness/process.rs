//! Programs the tests start: where they are, and how they end.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, OnceLock};
use std::thread;

type Order = (Command, Sender<std::io::Result<Child>>);

/// Starts programs from one thread that lives as long as the test program: Envoy asks the kernel for a signal when
/// the thread that started it ends, and the thread of a test ends with the test.
fn spawn(command: Command) -> Child {
    static STARTER: OnceLock<Mutex<Sender<Order>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (orders, inbox): (Sender<Order>, Receiver<Order>) = channel();
        thread::spawn(move || {
            for (mut command, answer) in inbox {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let program = command.get_program().to_owned();
    let (answer, child) = channel();
    starter.lock().unwrap().send((command, answer)).unwrap();
    child
        .recv()
        .unwrap()
        .unwrap_or_else(|error| panic!("cannot start `{}`: {error}", program.display()))
}

/// A running program with its output in a file; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program; standard output and error go to `<dir>/<name>.log`.
    pub(crate) fn start(name: &str, mut command: Command, dir: &Path) -> Self {
        let log = dir.join(format!("{name}.log"));
        let out = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let err = out.try_clone().unwrap();
        // A program that watches its standard input ends with us, even if we are killed.
        command.stdin(Stdio::piped()).stdout(out).stderr(err);
        Self {
            name: name.to_owned(),
            child: spawn(command),
            log,
        }
    }

    /// Everything the program has written so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The exit status if the program has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until `ready` says yes; shows the log when the program ends first or never gets there.
    pub(crate) fn until<T>(&mut self, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
        let end = std::time::Instant::now() + crate::PATIENCE;
        loop {
            if let Some(found) = ready() {
                return found;
            }
            let ended = self.ended();
            if ended.is_some() || std::time::Instant::now() > end {
                panic!(
                    "{}: no {what} (ended: {ended:?})\n{}",
                    self.name,
                    self.log()
                );
            }
            thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Ends the program at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks the program to end (SIGTERM) and waits for it.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let asked = Command::new("kill")
            .arg(self.pid().to_string())
            .status()
            .unwrap();
        assert!(asked.success(), "cannot signal {}", self.name);
        crate::wait_for("the end of a terminated program", || {
            self.child.try_wait().unwrap()
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            eprintln!("--- last words of {} ---\n{tail}", self.name);
        }
    }
}

/// The root of this repository.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn target_dir() -> PathBuf {
    let root = workspace_root();
    std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), |dir| root.join(dir))
}

/// Something that `make` installed: `tool("bin/envoy")`.
pub fn tool(name: &str) -> PathBuf {
    let path = workspace_root().join(".tools").join(name);
    assert!(
        path.exists(),
        "`{}` is missing: run `make tools`",
        path.display()
    );
    path
}

/// The filter as built by `make wasm`.
pub fn wasm_module() -> PathBuf {
    let built = target_dir().join("wasm32-wasip1/wasm/tessera_filter.wasm");
    let path = std::env::var_os("TESSERA_WASM").map_or(built, PathBuf::from);
    assert!(
        path.exists(),
        "`{}` is missing: run `make wasm`",
        path.display()
    );
    path
}

/// The `tessera` program as built by `cargo build -p tessera-control-plane`.
pub fn program() -> PathBuf {
    let built = target_dir().join("debug/tessera");
    let path = std::env::var_os("TESSERA_BIN").map_or(built, PathBuf::from);
    assert!(
        path.exists(),
        "`{}` is missing: run `cargo build`",
        path.display()
    );
    path
}

/// A loopback port that nothing listens on and that no other caller in this program was given.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeMap<u16, ()>> = Mutex::new(BTreeMap::new());
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        if GIVEN.lock().unwrap().insert(port, ()).is_none() {
            return port;
        }
    }
}
