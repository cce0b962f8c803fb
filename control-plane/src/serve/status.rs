//! Writes `status.json` into the data directory: where it listens, the bundle in force,
//! what is wrong with the files, who runs what. For people, probes and `tessera status`; the control
//! plane never reads it back.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{self, MissedTickBehavior};
use tracing::warn;

use crate::bundles::{Problem, State};
use crate::subscribers::{Subscriber, Subscribers};

/// The file's name.
pub(crate) const FILE_NAME: &str = "status.json";

/// How often it is brought up to date.
const PERIOD: Duration = Duration::from_millis(500);

#[derive(Debug, Serialize)]
struct Report {
    listen: SocketAddr,
    version: Option<u64>,
    digest: Option<String>,
    policies: usize,
    problems: Vec<Problem>,
    subscribers: Vec<Subscriber>,
}

impl Report {
    fn new(listen: SocketAddr, state: &State, subscribers: &Subscribers) -> Self {
        let published = state.published.as_ref();
        Self {
            listen,
            version: published.map(|published| published.bundle.version),
            digest: published.map(|published| published.bundle.digest.to_string()),
            policies: published.map_or(0, |published| published.policies),
            problems: state.problems.clone(),
            subscribers: subscribers.list(),
        }
    }
}

/// Keeps the file up to date until it is aborted.
pub(super) async fn write(
    dir: PathBuf,
    listen: SocketAddr,
    state: watch::Receiver<State>,
    subscribers: Subscribers,
) {
    let mut written = String::new();
    let mut period = time::interval(PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        period.tick().await;
        let report = Report::new(listen, &state.borrow(), &subscribers);
        let Ok(text) = serde_json::to_string_pretty(&report) else {
            continue;
        };
        if text == written {
            continue;
        }
        if let Err(error) = replace(&dir, &text) {
            warn!(%error, "cannot write {FILE_NAME}");
        }
        written = text;
    }
}

/// Takes the file away, before a start and after the end: it would name a port nobody listens on.
pub(super) fn clear(dir: &Path) {
    // A file that is not there is what is wanted.
    let _ = std::fs::remove_file(dir.join(FILE_NAME));
}

/// Replaces the file in one step, so that nobody reads half of it.
fn replace(dir: &Path, text: &str) -> std::io::Result<()> {
    let fresh = dir.join("status.json.new");
    std::fs::write(&fresh, text)?;
    std::fs::rename(&fresh, dir.join(FILE_NAME))
}
