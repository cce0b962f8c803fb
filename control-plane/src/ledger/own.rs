//! Records of the control plane itself: that it started, what it published, every record of a
//! filter that did not follow the one before it, and everything that should have been a record and
//! is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tessera_engine::audit::Chain;
use tessera_engine::digest::Digest;
use tessera_engine::json::Object;
use tessera_engine::time::UnixMillis;

use super::append::Break;
use super::incoming::{Record, Unreadable};

/// The scope of what concerns no tenant.
pub(crate) const OWN_SCOPE: &str = "tessera";

/// What the VM id of every control plane begins with; filters may not use it.
pub(crate) const OWN_VM_PREFIX: &str = "control-plane-";

/// Writes the control plane's own records: one chain per start. A clone taken before a transaction
/// is what it goes back to when the transaction fails.
#[derive(Debug, Clone)]
pub(super) struct Own {
    chain: Chain,
}

impl Own {
    /// A chain of its own, told from those of other starts by `nonce`.
    pub(super) fn new(nonce: u64) -> Self {
        Self {
            chain: Chain::new(format!("{OWN_VM_PREFIX}{nonce:016x}")),
        }
    }

    /// Seals a record of `kind`.
    pub(super) fn record(
        &mut self,
        now: UnixMillis,
        scope: &str,
        kind: &str,
        members: Object,
    ) -> Record {
        let id = self.chain.id();
        let time = now.to_rfc3339();
        let object = members
            .with("kind", kind)
            .with("id", id.as_str())
            .with("time", time.as_str())
            .with("scope", scope);
        let sealed = self.chain.seal_object(&object);
        Record {
            scope: scope.to_owned(),
            id,
            vm: self.chain.vm().to_owned(),
            seq: i64::try_from(sealed.seq).unwrap_or(i64::MAX),
            // Not looked at: the control plane's own records follow by construction.
            prev: Digest::ZERO,
            kind: kind.to_owned(),
            time,
            action: None,
            tool: None,
            hash: Digest::of(&sealed.bytes),
            bytes: sealed.bytes,
        }
    }

    /// Seals the record of a break, in the scope of the record that did not follow.
    pub(super) fn notice(&mut self, now: UnixMillis, of: &Record, found: &Break) -> Record {
        let about = Object::new()
            .with("of_vm", of.vm.as_str())
            .with("record_id", of.id.as_str())
            .with("record_hash", of.hash.to_string())
            .with("found_seq", of.seq);
        let (kind, members) = match *found {
            Break::Gap { expected_seq } => ("chain_gap", about.with("expected_seq", expected_seq)),
            Break::Prev { expected } => (
                "chain_fork",
                about
                    .with("expected_prev", expected.to_string())
                    .with("found_prev", of.prev.to_string()),
            ),
            Break::Twice { stored } => (
                "chain_fork",
                about.with("expected_hash", stored.to_string()),
            ),
        };
        self.record(now, &of.scope, kind, members)
    }

    /// Seals the record of bytes that are no record, in the scope of what concerns no tenant: whose
    /// they are cannot be told.
    pub(super) fn evidence(&mut self, now: UnixMillis, of: &Unreadable, seq: i64) -> Record {
        let members = Object::new()
            .with("of_vm", of.vm.as_str())
            .with("position", u64::try_from(of.index).unwrap_or(u64::MAX))
            .with("acknowledged_seq", seq)
            .with("record_hash", of.hash.to_string())
            .with("reason", of.reason.to_string())
            .with("length", u64::try_from(of.bytes).unwrap_or(u64::MAX))
            .with("bytes", STANDARD.encode(&of.excerpt));
        self.record(now, OWN_SCOPE, "record_unreadable", members)
    }
}
