//! What the root context and the exchanges of one configuration share.
//!
//! A VM runs on one thread. Cells are borrowed for the length of one method and never across a
//! host call that may call back.

use crate::host;
use crate::metrics::Metrics;
use crate::mirror::Mirrored;
use crate::outbox::Outbox;
use crate::settings::Settings;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tessera_engine::audit::{Chain, Record};
use tessera_engine::exchange::{
    ActiveBundle, AuditRoom, Exchange, RecordIds, Recording, follow_start,
};

/// One per root context.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The configuration.
    pub(crate) settings: Settings,
    /// Counters.
    pub(crate) metrics: Metrics,
    bundle: RefCell<Option<Rc<ActiveBundle>>>,
    chain: RefCell<Chain>,
    outbox: RefCell<Outbox>,
    vm: Rc<str>,
    next_id: Cell<u64>,
    /// Exchanges whose response is to end.
    cuts: RefCell<Vec<u32>>,
    /// Whether the workers have to be told that conversations are recorded from now on, or no more.
    must_follow_start: Cell<bool>,
    touched: Cell<bool>,
    shown: Cell<usize>,
}

impl Shared {
    /// A fresh state; `vm` names the chain of its records.
    pub(crate) fn new(mut settings: Settings, vm: String) -> Self {
        let bundle = settings
            .bundle
            .take()
            .map(|bundle| Rc::new(ActiveBundle { bundle, version: 0 }));
        let chain = Chain::new(vm);
        Self {
            bundle: RefCell::new(bundle),
            vm: chain.vm().into(),
            next_id: Cell::new(chain.next_id()),
            cuts: RefCell::default(),
            chain: RefCell::new(chain),
            outbox: RefCell::new(Outbox::new(settings.queue_records, settings.at_cap)),
            metrics: Metrics::define(),
            settings,
            must_follow_start: Cell::new(true),
            touched: Cell::new(false),
            shown: Cell::new(0),
        }
    }

    /// The name of the chain.
    pub(crate) fn vm(&self) -> String {
        self.vm.as_ref().to_owned()
    }

    /// A new exchange under the bundle in force.
    pub(crate) fn exchange(&self) -> Exchange {
        self.follow_start();
        Exchange::new(Rc::clone(&self.settings.exchange), self.bundle())
    }

    /// The bundle in force.
    pub(crate) fn bundle(&self) -> Option<Rc<ActiveBundle>> {
        self.bundle.borrow().clone()
    }

    /// Puts a bundle in force; exchanges under way keep theirs.
    pub(crate) fn swap(&self, bundle: ActiveBundle) {
        host::record(self.metrics.bundle_version, bundle.version);
        *self.bundle.borrow_mut() = Some(Rc::new(bundle));
        self.must_follow_start.set(true);
    }

    /// Notes since when conversations are recorded, after every change of the bundle. Not while a
    /// configuration is only being tried.
    pub(crate) fn follow_start(&self) {
        if !self.must_follow_start.replace(false) {
            return;
        }
        let Some(trust) = &self.settings.exchange.trust else {
            return;
        };
        let bundle = self.bundle();
        let is_recorded = bundle.is_some_and(|active| active.bundle.trust().is_some());
        let recording = if is_recorded {
            Recording::Begins
        } else {
            Recording::Ends
        };
        follow_start(trust, recording, host::now(), &host::SharedData);
    }

    /// The ids the next records will have.
    pub(crate) fn ids(&self) -> RecordIds<'_> {
        RecordIds {
            vm: &self.vm,
            next: self.next_id.get(),
        }
    }

    /// Ends the response of an exchange at the next tick, when what it has said is out.
    pub(crate) fn cut_later(&self, context: u32) {
        self.cuts.borrow_mut().push(context);
    }

    /// An exchange has ended by itself.
    pub(crate) fn cut_no_more(&self, context: u32) {
        self.cuts.borrow_mut().retain(|waiting| *waiting != context);
    }

    /// The exchanges whose response is to end now.
    pub(crate) fn take_cuts(&self) -> Vec<u32> {
        self.cuts.take()
    }

    /// Whether the records of another request can be kept; without a control plane nothing waits
    /// for one.
    pub(crate) fn room(&self) -> AuditRoom {
        self.outbox.borrow().room(self.settings.request_records)
    }

    /// Seals a record and keeps it until it is acknowledged. Where nobody reads records it is only
    /// counted. `mirrored` are the records of the same request that the access log will print.
    pub(crate) fn keep(&self, mut record: Record, mirrored: &mut Mirrored) {
        self.metrics.count(&record);
        let mut chain = self.chain.borrow_mut();
        let is_sent = self.settings.control_plane.is_some();
        if is_sent || self.settings.mirror {
            let mut outbox = self.outbox.borrow_mut();
            if outbox.is_full() {
                outbox.lose();
                host::count(self.metrics.audit_lost, 1);
                chain.skip();
            } else {
                record.lost_before = outbox.take_lost();
                let sealed = record.seal(&mut chain);
                if self.settings.mirror {
                    mirrored.add(&sealed.bytes);
                }
                if is_sent {
                    outbox.push(sealed);
                    self.touched.set(true);
                }
            }
        } else {
            chain.skip();
        }
        self.next_id.set(chain.next_id());
    }

    /// Works on the outbox.
    pub(crate) fn with_outbox<T>(&self, work: impl FnOnce(&mut Outbox) -> T) -> T {
        self.touched.set(true);
        work(&mut self.outbox.borrow_mut())
    }

    /// Shows the outbox's length in the statistics, if it may have changed. Every VM adds what
    /// changed in its own: the gauge is one for all of them.
    pub(crate) fn show_outbox(&self) {
        if self.touched.replace(false) {
            let now = self.outbox.borrow().len();
            let before = self.shown.replace(now);
            host::change(self.metrics.outbox_records, before, now);
        }
    }
}
