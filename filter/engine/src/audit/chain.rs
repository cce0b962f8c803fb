//! The chain of one virtual machine's records. Not the ledger's chain, which is per scope.
//!
//! Each sealed record holds the name of its VM, a sequence number from 1 and the digest of the
//! record before it, so a lost, doubled or changed record breaks the chain (`design.md` section
//! 4.7).

use super::field::{Field, write_canonical};
use crate::digest::Digest;
use crate::json::Object;

/// The id of a VM's record: the name of the VM, a hyphen and the record's number.
#[must_use]
pub fn record_id(vm: &str, number: u64) -> String {
    format!("{vm}-{number}")
}

/// One VM's chain: where the next record goes.
#[derive(Debug, Clone)]
pub struct Chain {
    vm: String,
    next_seq: u64,
    /// Runs ahead of the sequence numbers where records were given an id but not kept.
    next_id: u64,
    prev: Digest,
}

/// A record in its final bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its place in the chain, from 1.
    pub seq: u64,
    /// One line of canonical JSON.
    pub bytes: Vec<u8>,
}

impl Chain {
    /// A new chain of the VM with that name.
    #[must_use]
    pub const fn new(vm: String) -> Self {
        Self {
            vm,
            next_seq: 1,
            next_id: 1,
            prev: Digest::ZERO,
        }
    }

    /// The name of the VM.
    #[must_use]
    pub fn vm(&self) -> &str {
        &self.vm
    }

    /// The number of the record that will be sealed next.
    #[must_use]
    pub const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// The id of the record that will be sealed next.
    #[must_use]
    pub fn id(&self) -> String {
        record_id(&self.vm, self.next_id)
    }

    /// Writes a record into the chain: adds `vm`, `seq` and `prev` to its members, which have
    /// other names, and gives its final bytes.
    pub fn seal(&mut self, members: Vec<(&str, Field<'_>)>) -> Sealed {
        let seq = self.next_seq;
        let prev = self.prev.to_hex();
        let mut members: Vec<(&str, Field<'_>)> = members;
        members.push(("prev", Field::Text(&prev)));
        members.push(("seq", Field::Number(seq)));
        members.push(("vm", Field::Text(&self.vm)));
        let bytes = write_canonical(members).into_bytes();
        self.prev = Digest::of(&bytes);
        self.next_seq += 1;
        self.next_id += 1;
        Sealed { seq, bytes }
    }

    /// Uses an id up for a record that is not kept: ids stay unique.
    pub const fn skip(&mut self) {
        self.next_id += 1;
    }

    /// [`Chain::seal`] for a record that is an object already.
    pub fn seal_object(&mut self, record: &Object) -> Sealed {
        self.seal(
            record
                .iter()
                .map(|(key, value)| (key, Field::Value(value)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_names_the_digest_of_the_one_before() {
        let mut chain = Chain::new("vm".to_owned());
        assert_eq!(chain.id(), "vm-1");
        let first = chain.seal(vec![("kind", Field::Text("message"))]);
        let second = chain.seal_object(&Object::new().with("kind", "message"));
        chain.skip();
        assert_eq!(chain.next_id(), 4);
        assert_eq!(chain.seal(Vec::new()).seq, 3);
        let text = |sealed: &Sealed| String::from_utf8(sealed.bytes.clone()).unwrap();
        assert_eq!(
            text(&first),
            format!(
                r#"{{"kind":"message","prev":"{}","seq":1,"vm":"vm"}}"#,
                Digest::ZERO
            )
        );
        assert_eq!(
            text(&second),
            format!(
                r#"{{"kind":"message","prev":"{}","seq":2,"vm":"vm"}}"#,
                Digest::of(&first.bytes)
            )
        );
    }
}
