//! Decides what is in force: reads the folder, keeps the last good version of what is bad, numbers
//! and signs what changed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tessera_engine::audit::BundleRef;
use tessera_engine::limits::{PINNED_TOOLS, VERSION_RAISE};
use tessera_engine::policy::Bundle;

use super::sightings::{FirstSeen, Sighting};
use super::source::{self, Files};
use super::store::{Raise, Store, Unnoted};
use super::{BundlesError, Problem, Published, State};
use crate::policy_dir;
use crate::settings::{FirstSight, Policies};
use crate::signing::Signer;

/// A folder's files as found: their bytes, or why they cannot be read.
type Found = BTreeMap<String, Result<Vec<u8>, String>>;

/// Makes bundles of a folder.
#[derive(Debug)]
pub(crate) struct Publisher {
    settings: Policies,
    signer: Signer,
    store: Store,
    /// What has been pinned on first sight.
    first_seen: FirstSeen,
    /// The files in force.
    good: Files,
    /// The folder as it was last looked at: nothing to do while it is the same.
    seen: Option<Found>,
    state: State,
}

impl Publisher {
    /// Publishes what the folder holds, with the last good version of what is bad.
    ///
    /// # Errors
    /// The folder cannot be read, a bad file has no last good version, or the store fails.
    pub(crate) fn start(
        settings: Policies,
        signer: Signer,
        store: Store,
    ) -> Result<Self, BundlesError> {
        let good = store.files()?;
        let first_seen = store.first_seen()?;
        let mut publisher = Self {
            settings,
            signer,
            store,
            first_seen,
            good,
            seen: None,
            state: State::default(),
        };
        publisher.refresh()?;
        Ok(publisher)
    }

    /// What is in force and what is wrong.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The folder it looks at.
    pub(crate) fn dir(&self) -> &Path {
        &self.settings.dir
    }

    /// Puts other settings in force.
    ///
    /// # Errors
    /// As [`Publisher::refresh`].
    pub(crate) fn set(&mut self, settings: Policies) -> Result<bool, BundlesError> {
        self.settings = settings;
        self.seen = None;
        self.refresh()
    }

    /// Looks at the folder again. Returns whether anything is different now.
    ///
    /// # Errors
    /// The folder cannot be read or the store cannot be written; what was in force stays so, and
    /// the next call tries again.
    pub(crate) fn refresh(&mut self) -> Result<bool, BundlesError> {
        let dir = &self.settings.dir;
        let found = policy_dir::snapshot(dir)?;
        if self.seen.as_ref() == Some(&found) {
            return Ok(false);
        }
        let (candidate, mut problems) = self.candidate(&found);
        if self.is_starting() && problems.iter().any(|problem| !problem.older_in_force) {
            return Err(BundlesError::Policies(problems));
        }
        if let Err(message) = self.put_in_force(candidate)? {
            // The files in force may still be put under other settings: a lockdown must not wait
            // until somebody has repaired a policy.
            let kept = self.has_good() && self.put_in_force(self.good.clone())?.is_ok();
            problems.push(Problem {
                file: None,
                message,
                older_in_force: kept || !self.is_starting(),
            });
            if self.is_starting() {
                return Err(BundlesError::Policies(problems));
            }
        }
        self.state.problems = problems;
        self.seen = Some(found);
        Ok(true)
    }

    /// Signs what is in force with a version above `running`, which the filter VM `vm` says it runs:
    /// filters refuse what is older. Returns the version before, `None` if nothing had to be done.
    ///
    /// # Errors
    /// The store cannot be written; nothing has changed.
    pub(crate) fn raise(
        &mut self,
        running: BundleRef,
        vm: &str,
    ) -> Result<Option<u64>, BundlesError> {
        let Some(published) = self.state.published.clone() else {
            return Ok(None);
        };
        if Standing::of(Some(running), published.bundle) != Standing::Stuck {
            return Ok(None);
        }
        let bundle = BundleRef {
            version: running.version.saturating_add(1),
            digest: published.bundle.digest,
        };
        let raise = Raise {
            old: published.bundle.version,
            reported: running.version,
            vm: vm.to_owned(),
        };
        self.store.keep_raised(bundle, &raise)?;
        let payload = published.signed.payload.clone();
        self.state.published = Some(Arc::new(Published {
            bundle,
            signed: self.signer.sign(bundle.version, payload),
            policies: published.policies,
        }));
        Ok(Some(raise.old))
    }

    /// Filters have seen these definitions for the first time: pins them if the settings say so.
    /// Returns whether anything is different now.
    ///
    /// # Errors
    /// The store cannot be written; what was in force stays so.
    pub(crate) fn first_seen(&mut self, sightings: &[Sighting]) -> Result<bool, BundlesError> {
        let count = self.first_seen.values().map(BTreeMap::len).sum::<usize>();
        let room = (PINNED_TOOLS / 2).saturating_sub(count);
        let is_new = |sighting: &&Sighting| {
            let tools = self.first_seen.get(&sighting.upstream);
            tools.is_none_or(|tools| !tools.contains_key(&sighting.tool))
        };
        let new = sightings.iter().filter(is_new).take(room);
        let new: Vec<Sighting> = new.cloned().collect();
        if self.settings.first_sight != FirstSight::Pin || new.is_empty() {
            return Ok(false);
        }
        self.store.keep_first_seen(&new)?;
        self.first_seen = self.store.first_seen()?;
        if let Err(message) = self.put_in_force(self.good.clone())? {
            self.state.problems.push(Problem {
                file: None,
                message,
                older_in_force: true,
            });
        }
        Ok(true)
    }

    /// The oldest bundle the ledger does not know of yet.
    pub(crate) fn unnoted(&self) -> Result<Option<Unnoted>, BundlesError> {
        self.store.unnoted()
    }

    /// The ledger knows of that version now.
    pub(crate) fn noted(&self, version: u64) -> Result<(), BundlesError> {
        self.store.noted(version)
    }

    /// Whether nothing is in force yet.
    const fn is_starting(&self) -> bool {
        self.state.published.is_none()
    }

    /// Whether there is a last good set: after the start there is one, even an empty one.
    fn has_good(&self) -> bool {
        !self.is_starting() || !self.good.is_empty()
    }

    /// The files found, each bad one replaced by its last good version if there is one.
    fn candidate(&self, found: &Found) -> (Files, Vec<Problem>) {
        let mut candidate = Files::new();
        let mut problems = Vec::new();
        for (name, read) in found {
            let good = self.good.get(name);
            let checked = match read {
                Ok(bytes) if good == Some(bytes) => Ok(bytes),
                Ok(bytes) => source::check(name, bytes).map(|()| bytes),
                Err(reason) => Err(format!("{name}: the file cannot be read: {reason}")),
            };
            let kept = match checked {
                Ok(bytes) => Some(bytes),
                Err(message) => {
                    problems.push(Problem {
                        file: Some(name.clone()),
                        message,
                        older_in_force: good.is_some(),
                    });
                    good
                }
            };
            candidate.extend(kept.map(|bytes| (name.clone(), bytes.clone())));
        }
        (candidate, problems)
    }

    /// Compiles, numbers, keeps and signs. The inner error is what is wrong with the files.
    fn put_in_force(&mut self, files: Files) -> Result<Result<(), String>, BundlesError> {
        let pins = self.settings.first_sight == FirstSight::Pin;
        let seen = pins.then_some(&self.first_seen);
        let bundle = match source::compile(&files, &self.settings.settings, seen) {
            Ok(bundle) => bundle,
            Err(message) => return Ok(Err(message)),
        };
        let reference = self.number(&bundle)?;
        self.store.keep(reference, &files)?;
        self.good = files;
        let current = self.state.published.as_ref();
        if current.is_none_or(|published| published.bundle != reference) {
            let payload = bundle.to_wire().to_vec();
            self.state.published = Some(Arc::new(Published {
                bundle: reference,
                signed: self.signer.sign(reference.version, payload),
                policies: bundle.policies().len(),
            }));
        }
        Ok(Ok(()))
    }

    /// The version of a bundle: the last one's if it is the same, else the next.
    fn number(&self, bundle: &Bundle) -> Result<BundleRef, BundlesError> {
        let digest = bundle.digest();
        let last = self.store.last()?;
        let version = match last {
            Some(last) if last.digest == digest => last.version,
            Some(last) => last.version.saturating_add(1),
            None => 1,
        };
        Ok(BundleRef { version, digest })
    }
}

/// How the bundle a filter runs stands to the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is the same.
    Same,
    /// The filter takes the one in force.
    Behind,
    /// The filter will refuse the one in force for ever, until its version is raised: it runs a
    /// newer version, or the same version with another content.
    Stuck,
    /// As stuck, but too far away to be passed.
    OutOfReach,
}

impl Standing {
    /// Compares what a filter says it runs with what is in force.
    pub(crate) fn of(running: Option<BundleRef>, current: BundleRef) -> Self {
        let Some(running) = running else {
            return Self::Behind;
        };
        if running == current {
            return Self::Same;
        }
        if running.version < current.version {
            return Self::Behind;
        }
        let next = running.version.saturating_add(1);
        let is_near = next.saturating_sub(current.version) <= VERSION_RAISE;
        // The store's numbers are signed.
        if is_near && i64::try_from(next).is_ok() {
            Self::Stuck
        } else {
            Self::OutOfReach
        }
    }
}
