//! Which requests are let in to be judged: first the head, then the body.

use super::allowed::{Host, Origin};
use super::headers::{Headers, One};
use super::message::{Kind, Message};
use super::refusal::{Refusal, RefusalCode, shown};
use super::{agreement, batch, content, envelope};
use crate::json::{self, ParseError, ParseErrorKind, Value};
use crate::limits;

/// What is done with a client's JSON-RPC response (legacy era; the modern era has none, there it is
/// always refused).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientResponses {
    /// It is let in; whether a server asked for it is for who keeps the session to know.
    #[default]
    Forward,
    /// It is refused.
    Refuse,
}

/// What is done with an array of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Batches {
    /// It is refused.
    #[default]
    Refuse,
    /// It is let in under revision 2025-03-26, the only one that has batches, to be judged message
    /// by message.
    Revision20250326,
}

/// What a POST holds once it is admitted.
#[derive(Debug, Clone, PartialEq)]
pub enum Posted {
    /// One message.
    One(Box<Message>),
    /// Several in an array, at least one; never unless [`Batches`] says so.
    Batch(Vec<Message>),
}

/// How strict the protocol layer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// Largest request body, in bytes. Not above [`limits::BODY_BYTES`] is advised: MCP servers
    /// refuse more themselves.
    pub body_bytes: usize,
    /// The `Origin` values let in. A request without `Origin` is let in: only browsers send one.
    pub allowed_origins: Vec<Origin>,
    /// The hosts a request may be addressed to; any, if there are none here.
    pub allowed_hosts: Vec<Host>,
    /// What is done with responses of clients.
    pub client_responses: ClientResponses,
    /// What is done with arrays of messages.
    pub batches: Batches,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            body_bytes: limits::BODY_BYTES,
            allowed_origins: Vec::new(),
            allowed_hosts: Vec::new(),
            client_responses: ClientResponses::default(),
            batches: Batches::default(),
        }
    }
}

/// What comes after an admitted head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// A body, which must be judged.
    Body,
    /// Nothing: the request can be forwarded (GET stream, DELETE of a session).
    NoBody,
}

/// Judges the head of a request. `end_of_stream` says that no body follows. Paths are not looked
/// at: servers disagree about them, so every path of a mapped route is judged alike.
///
/// # Errors
/// A refusal for a foreign `Origin` or host, an HTTP method MCP does not use, a doubled header, a body
/// where none belongs, and a body that is not plain JSON of acceptable size.
pub fn admit_head(
    headers: &Headers,
    end_of_stream: bool,
    protocol: &Protocol,
) -> Result<Admitted, Refusal> {
    origin(headers, protocol)?;
    authority(headers)?;
    host(headers, protocol)?;
    upgrade(headers)?;
    session(headers)?;
    match (headers.one(":method"), end_of_stream) {
        (One::Text("POST"), false) => {
            content::check(headers, protocol.body_bytes).map(|()| Admitted::Body)
        }
        (One::Text("POST"), true) => Err(Refusal::new(
            RefusalCode::NotJson,
            "the body is empty; expected a JSON object",
        )),
        (One::Text("GET" | "DELETE" | "HEAD" | "OPTIONS"), true) => {
            agreement::version_stands_once(headers).map(|()| Admitted::NoBody)
        }
        (One::Text(method @ ("GET" | "DELETE" | "HEAD" | "OPTIONS")), false) => {
            let text = format!("a {method} request has a body; expected none");
            Err(Refusal::new(RefusalCode::BodyNotExpected, text))
        }
        (One::Text(method), _) => {
            let text = format!("the HTTP method `{}` is not used by MCP", shown(method));
            Err(Refusal::new(RefusalCode::MethodNotAllowed, text))
        }
        _ => Err(Refusal::new(
            RefusalCode::BadHeader,
            ":method must stand once",
        )),
    }
}

/// Judges how much of the body has arrived, before more of it is kept.
///
/// # Errors
/// A refusal when more than [`Protocol::body_bytes`] are there.
pub fn admit_size(buffered: usize, protocol: &Protocol) -> Result<(), Refusal> {
    if buffered > protocol.body_bytes {
        return Err(content::too_large(protocol.body_bytes));
    }
    Ok(())
}

/// Judges the complete body of a request whose head was admitted.
///
/// # Errors
/// A refusal for whatever two readers may read differently: the JSON, the JSON-RPC envelope, or
/// the headers that mirror the body. It carries the request's id if that could be read.
pub fn admit_body(headers: &Headers, body: &[u8], protocol: &Protocol) -> Result<Posted, Refusal> {
    admit_size(body.len(), protocol)?;
    match json::parse(body).map_err(|error| unreadable(&error))? {
        Value::Array(elements) => batch::admit(headers, elements, protocol).map(Posted::Batch),
        root => admit_message(headers, root, protocol).map(|one| Posted::One(Box::new(one))),
    }
}

/// Judges one message of the body.
pub(super) fn admit_message(
    headers: &Headers,
    root: Value,
    protocol: &Protocol,
) -> Result<Message, Refusal> {
    let kind = envelope::read(&root)?;
    // A response's id is the server's: it is not echoed, lest it be taken for one of the client's.
    let asked = if let Kind::Request { id, .. } = &kind {
        Some(id)
    } else {
        None
    };
    let era = agreement::check(headers, &kind, &root).map_err(|r| r.with_id(asked))?;
    if let Kind::Response { .. } = &kind {
        agreement::response_expected(era, protocol.client_responses)?;
    }
    let session = agreement::session_of(headers, era);
    Ok(Message {
        era,
        kind,
        session,
        root,
    })
}

fn unreadable(error: &ParseError) -> Refusal {
    use ParseErrorKind as E;
    let word = match error.kind {
        E::DuplicateKey(_) => RefusalCode::DuplicateKey,
        E::TooDeep(_) | E::TooManyValues | E::NumberTooLong => RefusalCode::TooComplex,
        _ => RefusalCode::NotJson,
    };
    let text = match &error.kind {
        E::DuplicateKey(key) => {
            let key = shown(key);
            format!(
                "the body is refused: the key `{key}` stands twice at byte {}",
                error.offset
            )
        }
        _ => format!("the body is refused: {error}"),
    };
    Refusal::new(word, text)
}

fn origin(headers: &Headers, protocol: &Protocol) -> Result<(), Refusal> {
    match headers.one("origin") {
        One::Missing => Ok(()),
        One::Text(origin)
            if protocol
                .allowed_origins
                .iter()
                .any(|known| known.is(origin)) =>
        {
            Ok(())
        }
        _ => Err(Refusal::new(
            RefusalCode::OriginNotAllowed,
            "the origin is not on the list",
        )),
    }
}

/// Two hosts come joined by a comma; a proxy and a server may each take another one of them.
fn authority(headers: &Headers) -> Result<(), Refusal> {
    match headers.one(":authority") {
        One::Missing => Ok(()),
        One::Text(text) if !text.contains(',') => Ok(()),
        _ => Err(Refusal::new(
            RefusalCode::BadHeader,
            "the host must stand once, as printable ASCII without comma",
        )),
    }
}

/// A browser that was tricked into resolving a foreign name to this address still sends that name.
fn host(headers: &Headers, protocol: &Protocol) -> Result<(), Refusal> {
    if protocol.allowed_hosts.is_empty() {
        return Ok(());
    }
    let is_known = |name| match headers.one(name) {
        One::Text(text) => protocol.allowed_hosts.iter().any(|known| known.is(text)),
        // An HTTP/2 request need not have `host` besides its authority.
        One::Missing => name == "host",
        One::Many | One::NotText => false,
    };
    if is_known(":authority") && is_known("host") {
        return Ok(());
    }
    let text = "the host the request is addressed to is not on the list";
    Err(Refusal::new(RefusalCode::HostNotAllowed, text))
}

/// After an upgrade nobody reads what is said. `h2c` is let be: it is an offer that the proxy does
/// not pass on, and some HTTP clients make it with every request.
fn upgrade(headers: &Headers) -> Result<(), Refusal> {
    let only_h2c = headers
        .all("upgrade")
        .all(|value| value.eq_ignore_ascii_case(b"h2c"));
    let text = "the connection must stay HTTP: an upgraded one cannot be judged";
    if only_h2c {
        Ok(())
    } else {
        Err(Refusal::new(RefusalCode::Upgrade, text))
    }
}

/// MCP allows visible ASCII in a session id; a comma is how two of them look after being joined.
fn session(headers: &Headers) -> Result<(), Refusal> {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_graphic() && b != b',');
    match headers.one("mcp-session-id") {
        One::Missing => Ok(()),
        One::Text(id) if is_id(id) => Ok(()),
        _ => Err(Refusal::new(
            RefusalCode::BadHeader,
            "mcp-session-id must stand once, as visible ASCII without comma",
        )),
    }
}

#[cfg(test)]
mod tests;
