//! Calls the publisher when the folder may have changed. Not what decides: it only wakes.
//!
//! The system's notices make changes visible at once; looking anyway once a second catches what no
//! notice tells of (network file systems, a folder that was itself replaced).

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use tessera_engine::json::Object;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::{BundlesError, Problem, Publisher, State};
use crate::ledger::Ledger;
use crate::settings::Policies;

/// A look without any notice.
const PERIOD: Duration = Duration::from_secs(1);

/// Quiet time after a notice, so that a half-copied folder is not looked at.
const DEBOUNCE: Duration = Duration::from_millis(100);

/// Longest wait for quiet.
const PATIENCE: Duration = Duration::from_millis(500);

enum Wake {
    Changed,
    Settings(Policies),
    Stop,
}

/// The thread that watches; it stops when asked to.
#[derive(Debug)]
pub(crate) struct Watcher {
    wake: Sender<Wake>,
    thread: thread::JoinHandle<()>,
}

impl Watcher {
    /// Puts other settings in force and looks at the folder again.
    pub(crate) fn set(&self, policies: Policies) {
        // A thread that is gone has said why.
        let _ = self.wake.send(Wake::Settings(policies));
    }

    /// Stops watching and waits for it.
    pub(crate) fn stop(self) {
        let _ = self.wake.send(Wake::Stop);
        let _ = self.thread.join();
    }
}

/// Starts the thread. What the publisher has in force is sent to `states` now and on every change.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn watch(
    publisher: Publisher,
    ledger: Ledger,
    states: watch::Sender<State>,
    runtime: Handle,
) -> std::io::Result<Watcher> {
    let (wake, woken) = mpsc::channel();
    let mut work = Work {
        notices: None,
        wake: wake.clone(),
        publisher,
        ledger,
        states,
        runtime,
        failure: String::new(),
    };
    let thread = thread::Builder::new()
        .name("policies".to_owned())
        .spawn(move || work.run(&woken))?;
    Ok(Watcher { wake, thread })
}

struct Work {
    notices: Option<notify::RecommendedWatcher>,
    wake: Sender<Wake>,
    publisher: Publisher,
    ledger: Ledger,
    states: watch::Sender<State>,
    runtime: Handle,
    /// What failed last, so that the same failure is said once.
    failure: String,
}

impl Work {
    fn run(&mut self, woken: &Receiver<Wake>) {
        self.listen();
        self.announce();
        self.note();
        loop {
            let result = match woken.recv_timeout(PERIOD) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::Settings(policies)) => self.set(policies),
                Err(RecvTimeoutError::Timeout) => self.publisher.refresh(),
                Ok(Wake::Changed) => match settle(woken) {
                    None => self.publisher.refresh(),
                    Some(Wake::Settings(policies)) => self.set(policies),
                    Some(_) => return,
                },
            };
            self.report(result);
            self.note();
        }
    }

    fn set(&mut self, policies: Policies) -> Result<bool, BundlesError> {
        let result = self.publisher.set(policies);
        self.listen();
        result
    }

    /// Asks the system for notices about the folder. Without them the looks have to do.
    fn listen(&mut self) {
        let wake = self.wake.clone();
        let notices = notify::recommended_watcher(move |notice| {
            if is_change(&notice) {
                let _ = wake.send(Wake::Changed);
            }
        });
        let dir = self.publisher.dir().to_owned();
        let listening = notices.and_then(|mut notices| {
            notices.watch(&dir, RecursiveMode::NonRecursive)?;
            Ok(notices)
        });
        match listening {
            Ok(notices) => self.notices = Some(notices),
            Err(error) => {
                self.notices = None;
                warn!(dir = %dir.display(), %error, "no change notices; looking once a second");
            }
        }
    }

    fn report(&mut self, result: Result<bool, BundlesError>) {
        match result {
            Ok(changed) => {
                self.failure.clear();
                if changed {
                    self.announce();
                }
            }
            Err(failure) => {
                let failure = failure.to_string();
                if failure != self.failure {
                    error!("{failure}; what was in force stays");
                }
                self.failure = failure;
            }
        }
    }

    /// Says what changed, to people and to the streams.
    fn announce(&self) {
        let state = self.publisher.state();
        let before = self.states.send_replace(state.clone());
        for problem in &state.problems {
            if !before.problems.contains(problem) {
                say(problem);
            }
        }
        let version = |state: &State| state.published.as_ref().map(|published| published.bundle);
        if version(&before) != version(state)
            && let Some(published) = &state.published
        {
            info!(
                version = published.bundle.version,
                digest = %published.bundle.digest,
                policies = published.policies,
                "bundle in force"
            );
        }
    }

    /// Tells the ledger what was published. If it cannot be told now, the next look tries again.
    fn note(&self) {
        while let Ok(Some(bundle)) = self.publisher.unnoted() {
            let members = Object::new()
                .with("version", bundle.version)
                .with("digest", bundle.digest.to_string());
            let noting = self.ledger.note("bundle_published", members);
            if let Err(error) = self.runtime.block_on(noting) {
                error!(version = bundle.version, %error, "the bundle is not yet in the ledger");
                return;
            }
            if let Err(error) = self.publisher.noted(bundle.version) {
                error!("{error}");
                return;
            }
        }
    }
}

/// Whether something was written, made, moved or removed. Looking at the folder makes notices too.
fn is_change(notice: &notify::Result<Event>) -> bool {
    let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
    match notice {
        Ok(event) => !event.kind.is_access() || event.kind == written,
        // Notices were lost: look.
        Err(_) => true,
    }
}

fn say(problem: &Problem) {
    let kept = if problem.older_in_force {
        "the last good version stays in force"
    } else {
        "it is not in force"
    };
    error!(file = problem.file.as_deref(), "{problem}; {kept}");
}

/// Waits until the folder is quiet. Anything but a change ends the wait and is given back.
fn settle(woken: &Receiver<Wake>) -> Option<Wake> {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        match woken.recv_timeout(DEBOUNCE) {
            Ok(Wake::Changed) => {}
            Ok(other) => return Some(other),
            Err(_) => return None,
        }
    }
    None
}
