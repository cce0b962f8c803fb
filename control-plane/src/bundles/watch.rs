//! Calls the publisher when the folder may have changed. Not what decides: it only wakes.
//!
//! The system's notices make changes visible at once; looking anyway once a second catches what no
//! notice tells of (network file systems, a folder that was itself replaced).

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use tessera_engine::audit::BundleRef;
use tessera_engine::json::Object;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tracing::{error, info, warn};

use super::store::Unnoted;
use super::{BundlesError, Problem, Publisher, Sighting, State};
use crate::ledger::{Ledger, LedgerError};
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
    Raise {
        running: BundleRef,
        vm: String,
    },
    FirstSeen {
        sightings: Vec<Sighting>,
        done: oneshot::Sender<()>,
    },
    Stop,
}

/// The thread that watches; it stops when asked to.
#[derive(Debug)]
pub(crate) struct Watcher {
    wake: Sender<Wake>,
    thread: thread::JoinHandle<()>,
}

impl Watcher {
    /// What asks this watcher for a higher version.
    pub(crate) fn raiser(&self) -> Raiser {
        Raiser {
            wake: self.wake.clone(),
        }
    }

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

/// Asks for a version above the one a filter runs. Clones ask the same watcher.
#[derive(Debug, Clone)]
pub(crate) struct Raiser {
    wake: Sender<Wake>,
}

impl Raiser {
    /// The filter VM `vm` says it runs `running`, and will refuse what is in force.
    pub(crate) fn ask(&self, running: BundleRef, vm: &str) {
        let vm = vm.to_owned();
        // A thread that is gone has said why.
        let _ = self.wake.send(Wake::Raise { running, vm });
    }

    /// Filters have seen these definitions for the first time. Returns when they are pinned, if they
    /// are to be; `false` if they could not be, and have to be told again.
    pub(crate) async fn first_seen(&self, sightings: Vec<Sighting>) -> bool {
        let (done, told) = oneshot::channel();
        let told_of = Wake::FirstSeen { sightings, done };
        self.wake.send(told_of).is_ok() && told.await.is_ok()
    }

    /// Asks nobody.
    #[cfg(test)]
    pub(crate) fn idle() -> Self {
        Self {
            wake: mpsc::channel().0,
        }
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
        stuck: None,
        failure: String::new(),
    };
    // Here, so that nobody who asks later finds nothing in force.
    work.announce();
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
    /// The filter that needs a higher version, until it has been given one.
    stuck: Option<(BundleRef, String)>,
    /// What failed last, so that the same failure is said once.
    failure: String,
}

impl Work {
    fn run(&mut self, woken: &Receiver<Wake>) {
        self.listen();
        self.note();
        loop {
            let wake = match woken.recv_timeout(PERIOD) {
                Ok(Wake::Changed) => settle(woken).unwrap_or(Wake::Changed),
                Ok(other) => other,
                Err(RecvTimeoutError::Timeout) => Wake::Changed,
                Err(RecvTimeoutError::Disconnected) => Wake::Stop,
            };
            let result = match wake {
                Wake::Stop => return,
                Wake::Settings(policies) => self.set(policies),
                Wake::Raise { running, vm } => {
                    self.stuck = Some((running, vm));
                    Ok(false)
                }
                Wake::FirstSeen { sightings, done } => {
                    let result = self.publisher.first_seen(&sightings);
                    if result.is_ok() {
                        // Nobody waits any more: it will be told again.
                        let _ = done.send(());
                    }
                    result
                }
                Wake::Changed => self.publisher.refresh(),
            };
            self.report(result);
            if let Some((running, vm)) = self.stuck.take() {
                let raised = self.raise(running, &vm);
                if raised.is_err() {
                    self.stuck = Some((running, vm));
                }
                self.report(raised);
            }
            self.note();
        }
    }

    fn set(&mut self, policies: Policies) -> Result<bool, BundlesError> {
        let result = self.publisher.set(policies);
        self.listen();
        result
    }

    fn raise(&mut self, running: BundleRef, vm: &str) -> Result<bool, BundlesError> {
        let Some(old) = self.publisher.raise(running, vm)? else {
            return Ok(false);
        };
        let current = self.publisher.state().published.as_ref();
        warn!(
            vm_id = vm,
            old,
            new = current.map(|published| published.bundle.version),
            "a filter ran a newer bundle than this control plane had, and the version was raised \
             above it: was the data directory lost?"
        );
        Ok(true)
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
        while let Ok(Some(unnoted)) = self.publisher.unnoted() {
            let bundle = unnoted.bundle;
            if let Err(error) = self.runtime.block_on(self.tell(unnoted)) {
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

impl Work {
    /// Writes what the ledger does not know of: why the version was raised, then what was published.
    async fn tell(&self, unnoted: Unnoted) -> Result<(), LedgerError> {
        let Unnoted { bundle, raise } = unnoted;
        if let Some(raise) = raise {
            let members = Object::new()
                .with("old_version", raise.old)
                .with("new_version", bundle.version)
                .with("reported_version", raise.reported)
                .with("of_vm", raise.vm.as_str());
            self.ledger.note("bundle_version_raised", members).await?;
        }
        let members = Object::new()
            .with("version", bundle.version)
            .with("digest", bundle.digest.to_string());
        self.ledger.note("bundle_published", members).await
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
