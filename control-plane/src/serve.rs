//! The control plane as a running program: opens what it needs, listens, drains.
//!
//! [`policy_service`], [`audit_service`] and [`state_service`] answer filters; [`auth`] asks for their token;
//! [`listener`] is the socket and its TLS; [`status`] writes what is going on to a file.

mod audit_service;
mod auth;
mod listener;
mod policy_service;
mod state_service;
mod status;

#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tessera_engine::json::Object;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::bundles::{self, BundlesError, Publisher, State, Store, Watcher};
use crate::ledger::{self, Ledger, LedgerError};
use crate::settings::{Settings, SettingsError};
use crate::signing::{Signer, SigningError};
use crate::states::{self, States, StatesError};
use crate::subscribers::Subscribers;

pub(crate) use listener::ListenError;
pub(crate) use status::FILE_NAME as STATUS_FILE;

/// How long streams and submissions may take to end after SIGTERM.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs the control plane until SIGTERM or SIGINT. `reread` is called at SIGHUP.
///
/// # Errors
/// Whatever keeps it from starting, or the socket failing.
pub(crate) async fn run(
    settings: Settings,
    reread: impl Fn() -> Result<Settings, SettingsError> + Send + 'static,
) -> Result<(), ServeError> {
    let _lock = lock(&settings.data_dir)?;
    status::clear(&settings.data_dir);
    let signer = Signer::read(&settings.signing_key)?;
    info!(
        key_id = signer.key_id(),
        public_key = signer.public_key(),
        "bundles are signed"
    );
    let (ledger, ledger_thread) = Ledger::open(&settings.data_dir.join(ledger::FILE_NAME))?;
    let (states, states_thread) = States::open(&settings.data_dir.join(states::FILE_NAME))?;
    let store = Store::open(&settings.data_dir)?;
    let publisher = Publisher::start(settings.policies.clone(), signer, store)?;
    let listener = listener::Listener::bind(&settings).await?;

    let started = Object::new().with("version", env!("CARGO_PKG_VERSION"));
    ledger.note("control_plane_started", started).await?;
    let (published, state) = watch::channel(State::default());
    let (stopping, stop) = watch::channel(false);
    let subscribers = Subscribers::default();
    let watcher = bundles::watch(publisher, ledger.clone(), published, Handle::current())
        .map_err(ServeError::Thread)?;
    let (dir, address) = (settings.data_dir.clone(), listener.address());
    let status = status::write(dir, address, state.clone(), subscribers.clone());
    let status = tokio::spawn(status);
    let sweeping = tokio::spawn(states.sweep());
    info!(%address, "listening");

    let services = listener::Services {
        policy: policy_service::Policies::new(state, watcher.raiser(), subscribers, stop.clone()),
        audit: audit_service::Audit::new(ledger.clone(), watcher.raiser()),
        state: state_service::Conversations::new(states),
    };
    let mut serving = tokio::spawn(listener.serve(services, stop));
    let early = tokio::select! {
        ended = &mut serving => Some(ended),
        watched = signals(&settings, reread, &watcher) => { watched?; None }
    };
    info!("stopping");
    stopping.send_replace(true);
    let ended = match early {
        Some(ended) => Ok(ended),
        None => tokio::time::timeout(DRAIN, serving).await,
    };
    status.abort();
    sweeping.abort();
    // A write of it under way ends before the file is taken away.
    let _ = status.await;
    status::clear(&settings.data_dir);
    // The threads end their work before the process does.
    let joined = tokio::task::spawn_blocking(move || {
        watcher.stop();
        drop(ledger);
        ledger_thread.join().is_ok() & states_thread.join().is_ok()
    });
    match joined.await {
        Ok(true) => {}
        _ => error!("the thread of a database did not end as it should"),
    }
    match ended {
        Ok(Ok(result)) => Ok(result?),
        Ok(Err(error)) => Err(ServeError::Thread(error.into())),
        Err(_) => {
            warn!("some streams did not end in time");
            Ok(())
        }
    }
}

/// Waits for SIGTERM or SIGINT; SIGHUP puts the settings and policies of the moment in force.
async fn signals(
    first: &Settings,
    reread: impl Fn() -> Result<Settings, SettingsError>,
    watcher: &Watcher,
) -> Result<(), ServeError> {
    let listen = |kind| signal(kind).map_err(ServeError::Thread);
    let mut hangup = listen(SignalKind::hangup())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => match reread() {
                Ok(settings) => {
                    if is_restart_needed(first, &settings) {
                        warn!("only `policies` is read again; the rest needs a restart");
                    }
                    info!("settings read again");
                    watcher.set(settings.policies);
                }
                Err(error) => error!("{error}; the settings in force stay"),
            },
        }
    }
}

fn is_restart_needed(first: &Settings, now: &Settings) -> bool {
    let Settings {
        listen,
        data_dir,
        signing_key,
        policies: _,
        tls,
        tokens,
    } = now;
    *listen != first.listen
        || *data_dir != first.data_dir
        || *signing_key != first.signing_key
        || *tls != first.tls
        || *tokens != first.tokens
}

/// Makes the data directory and takes it for this process, until the file is dropped.
fn lock(data_dir: &Path) -> Result<File, ServeError> {
    let failed = |error: std::io::Error| ServeError::DataDir {
        path: data_dir.to_owned(),
        reason: error.to_string(),
    };
    // Records and policies are nobody else's business.
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true).mode(0o700);
    maker.create(data_dir).map_err(failed)?;
    let file = File::create(data_dir.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ServeError::DataDir {
            path: data_dir.to_owned(),
            reason: "another control plane uses it".to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Why the control plane does not run.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// The data directory cannot be used.
    #[error("cannot use the data directory `{}`: {reason}", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The signing key.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The states of conversations.
    #[error(transparent)]
    States(#[from] StatesError),
    /// The policies.
    #[error(transparent)]
    Bundles(#[from] BundlesError),
    /// The socket, TLS or tokens.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system gives no thread or signal.
    #[error("the system refuses a thread or signal: {0}")]
    Thread(std::io::Error),
}
