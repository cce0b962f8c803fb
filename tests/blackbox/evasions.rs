//! The evasion count: a forbidden tool, asked for in every disguise we know of real servers that could fall for one.
//! What counts is what the servers ran, by their own account. `mcp-wire.md` section 9 says which readers differ how.

#[path = "evasions/bodies.rs"]
mod bodies;
#[path = "evasions/encodings.rs"]
mod encodings;
#[path = "evasions/framings.rs"]
mod framings;
#[path = "evasions/heads.rs"]
mod heads;
#[path = "evasions/keys.rs"]
mod keys;
#[path = "evasions/request.rs"]
mod request;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tessera_tests::{Envoy, McpServer, Sdk, Setup};

use crate::no_danger;
use request::{Era, Request};

/// A request in disguise.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    family: &'static str,
    /// Whether the disguise is none: every reader reads the same, so a harmless tool must run in it.
    is_legal: bool,
    request: Request,
}

fn wild(family: &'static str, request: Request) -> Attempt {
    Attempt {
        family,
        is_legal: false,
        request,
    }
}

fn legal(family: &'static str, request: Request) -> Attempt {
    Attempt {
        family,
        is_legal: true,
        request,
    }
}

/// Every disguise of a call. In the modern era a body that may be read in two ways comes with either name in the
/// header that mirrors it.
fn attempts(era: Era, tool: &str) -> Vec<Attempt> {
    let bodies = bodies::all(era, tool);
    let lying: Vec<Attempt> = bodies
        .iter()
        .filter(|attempt| era == Era::Modern && !attempt.is_legal)
        .map(|attempt| {
            wild(
                attempt.family,
                attempt.request.clone().with("mcp-name", "safe"),
            )
        })
        .collect();
    bodies
        .into_iter()
        .chain(heads::all(era, tool))
        .chain(lying)
        .collect()
}

/// One real server, the filter in front of it, and the eras it speaks.
struct Lane {
    server: McpServer,
    envoy: Envoy,
    eras: &'static [Era],
}

impl Lane {
    fn start(sdk: Sdk, eras: &'static [Era]) -> Self {
        let server = McpServer::stateless(sdk);
        // Whatever the path: this server is all there is.
        let setup =
            Setup::inline(server.port, &no_danger()).with("/upstreams", json!([{"name": "demo"}]));
        let envoy = Envoy::start(setup);
        Self {
            server,
            envoy,
            eras,
        }
    }

    fn attempts(&self, tool: &str) -> Vec<Attempt> {
        self.eras
            .iter()
            .flat_map(|era| attempts(*era, tool))
            .collect()
    }

    /// How often each tool has run so far.
    fn ran(&self, tool: &str) -> usize {
        self.server
            .executed()
            .iter()
            .filter(|ran| *ran == tool)
            .count()
    }
}

/// Sends them all, many at a time, because some are answered late or never.
fn send_all(port: u16, attempts: &[Attempt]) {
    const SENDERS: usize = 16;
    let next = AtomicUsize::new(0);
    let send = || {
        while let Some(attempt) = attempts.get(next.fetch_add(1, Ordering::Relaxed)) {
            attempt.request.send(port);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(send);
        }
    });
}

#[test]
fn a_forbidden_tool_runs_in_no_disguise() {
    let lanes = [
        Lane::start(Sdk::V1, &[Era::Legacy]),
        Lane::start(Sdk::V2, &[Era::Legacy, Era::Modern]),
    ];
    let (mut sent, mut controls, mut without_filter) = (0, 0, 0);
    let mut families: BTreeMap<&str, usize> = BTreeMap::new();
    for lane in &lanes {
        let attempts = lane.attempts("danger");
        send_all(lane.envoy.port, &attempts);
        // Honest calls in the same shapes still run, and what was sent before them has been dealt with.
        let before = lane.ran("safe");
        for control in lane
            .attempts("safe")
            .iter()
            .filter(|attempt| attempt.is_legal)
        {
            let answer = control.request.send(lane.envoy.port);
            controls += 1;
            let text = String::from_utf8_lossy(&answer).into_owned();
            assert!(text.contains("safe "), "{control:?}: {text}");
        }
        assert!(lane.ran("safe") > before);
        assert_eq!(lane.ran("danger"), 0, "the forbidden tool ran");
        // The same without the filter: the disguises are real.
        let over_http1 =
            |attempt: &&Attempt| !matches!(attempt.request.framing, request::Framing::Http2(..));
        let direct: Vec<Attempt> = attempts.iter().filter(over_http1).cloned().collect();
        send_all(lane.server.port, &direct);
        without_filter += lane.ran("danger");
        sent += attempts.len();
        for attempt in &attempts {
            *families.entry(attempt.family).or_default() += 1;
        }
    }
    eprintln!(
        "evasions: {sent} attempts, 0 executed through the filter, {without_filter} without it; \
         {controls} honest controls executed; by family {families:?}"
    );
    assert!(sent >= 680, "only {sent} attempts");
    assert!(
        without_filter >= 300,
        "only {without_filter} ran without the filter: the disguises are no longer real"
    );
    assert!(controls >= 60, "only {controls} controls");
}
