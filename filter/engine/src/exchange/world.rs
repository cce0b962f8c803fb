//! What the engine cannot know by itself, handed in with every phase: the time, the ids of records,
//! and the cells that all workers of a proxy share.

use super::query::Query;
use super::settings::AuditRoom;
use crate::audit::record_id;
use crate::mcp::Reply;
use crate::time::UnixMillis;

/// What the engine cannot know by itself at the moment of judgement.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The time.
    pub now: UnixMillis,
    /// Ids of the records this judgement will be kept in.
    pub ids: RecordIds<'a>,
    /// Whether they can be kept.
    pub room: AuditRoom,
    /// What the workers share.
    pub cells: &'a dyn Cells,
}

impl World<'_> {
    /// The same for a judgement whose record comes after `ahead` others.
    pub(super) fn ahead(&self, ahead: usize) -> Self {
        Self {
            ids: self.ids.ahead(ahead),
            ..*self
        }
    }
}

/// The ids that the next records will get, in the order in which they are handed out.
#[derive(Debug, Clone, Copy)]
pub struct RecordIds<'a> {
    /// The name of the chain.
    pub vm: &'a str,
    /// Number of the next record.
    pub next: u64,
}

impl RecordIds<'_> {
    /// The id of the record that follows `ahead` others.
    #[must_use]
    pub fn id(&self, ahead: usize) -> String {
        record_id(self.vm, self.ahead(ahead).next)
    }

    /// The ids that follow the next `ahead`.
    fn ahead(&self, ahead: usize) -> Self {
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
        Self {
            next: self.next.saturating_add(ahead),
            ..*self
        }
    }
}

/// How a write to a cell came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is in.
    Done,
    /// Somebody else has written since the cell was read: read it again.
    Moved,
    /// The host did not take it.
    Failed,
}

/// A fixed set of small values that all workers share and that outlive a VM, written by
/// compare-and-swap. In a proxy it is Envoy's shared data (`envoy-host.md` section 9).
pub trait Cells {
    /// The value of a cell and its version; an empty value and `None` if nobody has written.
    fn read(&self, name: &str) -> (Vec<u8>, Option<u32>);

    /// Writes a cell that was read at `version`.
    fn write(&self, name: &str, value: &[u8], version: Option<u32>) -> Written;
}

/// No cells: nothing is remembered from one exchange to the next.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCells;

impl Cells for NoCells {
    fn read(&self, _name: &str) -> (Vec<u8>, Option<u32>) {
        (Vec::new(), None)
    }

    fn write(&self, _name: &str, _value: &[u8], _version: Option<u32>) -> Written {
        Written::Failed
    }
}

/// What the shell has to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Let what has arrived go on.
    Forward,
    /// Keep everything that has arrived and wait for more.
    Hold,
    /// Keep everything that has arrived, ask this, and hand the answer to
    /// [`super::Exchange::told`]; whatever arrives meanwhile is handed in as always.
    Ask(Query),
    /// Put these bytes in the place of the body, or of the piece of a stream, that has arrived, and
    /// let it go on.
    Replace(Vec<u8>),
    /// The same for the last piece there will be: once it is out the response ends, whatever the
    /// server still says.
    Last(Vec<u8>),
    /// Answer the client; what the server sees or says goes no further.
    Reply(Reply),
    /// End the response at once: it cannot be answered any more.
    Cut,
}
