//! Sealed records waiting to be acknowledged by the control plane. Bounded; says what happens
//! when full. It knows neither gRPC nor the ledger.

use serde::Deserialize;
use std::collections::VecDeque;
use tessera_engine::audit::Sealed;
use tessera_engine::exchange::AuditRoom;

/// Records in one submission at the most.
const BATCH_RECORDS: usize = 500;

/// Bytes of records in one submission at the most, unless a single record has more.
const BATCH_BYTES: usize = 1024 * 1024;

/// What happens when the outbox is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AtCap {
    /// Calls are refused until there is room. Refusals of that time are counted.
    #[default]
    Deny,
    /// Calls go on; the records that are not kept are counted in the next one that is.
    Count,
}

/// The queue of one chain.
#[derive(Debug)]
pub(crate) struct Outbox {
    records: VecDeque<Sealed>,
    capacity: usize,
    at_cap: AtCap,
    /// The submission under way: its token and the last sequence number in it.
    in_flight: Option<u32>,
    lost: u64,
}

impl Outbox {
    pub(crate) const fn new(capacity: usize, at_cap: AtCap) -> Self {
        Self {
            records: VecDeque::new(),
            capacity,
            at_cap,
            in_flight: None,
            lost: 0,
        }
    }

    /// Whether another record can be kept.
    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= self.capacity
    }

    /// What a judgement that may leave so many records must know about the outbox.
    pub(crate) fn room(&self, records: usize) -> AuditRoom {
        let is_full = self.records.len().saturating_add(records) > self.capacity;
        if is_full && self.at_cap == AtCap::Deny {
            AuditRoom::Full
        } else {
            AuditRoom::Room
        }
    }

    /// Notes a record that cannot be kept.
    pub(crate) const fn lose(&mut self) {
        self.lost = self.lost.saturating_add(1);
    }

    /// How many records were lost since the last one kept; counting starts anew.
    pub(crate) const fn take_lost(&mut self) -> u64 {
        std::mem::replace(&mut self.lost, 0)
    }

    /// Keeps a record until it is acknowledged.
    pub(crate) fn push(&mut self, sealed: Sealed) {
        self.records.push_back(sealed);
    }

    /// How many records wait.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The next submission, if none is under way.
    pub(crate) fn batch(&self) -> Vec<Vec<u8>> {
        if self.in_flight.is_some() {
            return Vec::new();
        }
        let mut bytes = 0;
        self.records
            .iter()
            .take(BATCH_RECORDS)
            .enumerate()
            .take_while(|(at, sealed)| {
                bytes += sealed.bytes.len();
                *at == 0 || bytes <= BATCH_BYTES
            })
            .map(|(_, sealed)| sealed.bytes.clone())
            .collect()
    }

    /// Notes that a batch is under way.
    pub(crate) const fn sent(&mut self, token: u32) {
        self.in_flight = Some(token);
    }

    /// Whether `token` is the submission under way; if so it is over.
    pub(crate) fn returned(&mut self, token: u32) -> bool {
        let is_ours = self.in_flight == Some(token);
        if is_ours {
            self.in_flight = None;
        }
        is_ours
    }

    /// Forgets what has been committed.
    pub(crate) fn acknowledge(&mut self, seq: u64) {
        while self.records.front().is_some_and(|sealed| sealed.seq <= seq) {
            self.records.pop_front();
        }
    }
}
