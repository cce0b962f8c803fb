//! Headers that mirror the body: they must agree with it, in every era, and never decide anything
//! themselves (`mcp-wire.md` sections 3 and 9).

use super::admit::ClientResponses;
use super::headers::{Headers, One};
use super::message::{Era, Kind, subject_member};
use super::refusal::{Refusal, RefusalCode, shown};
use crate::json::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The first revision of the modern era. Revisions are dates, so they sort as text.
const FIRST_MODERN: &str = "2026-07-28";

/// `_meta` member that names the revision of a modern request.
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";

/// Compares the headers with the message `root` and says which era it belongs to.
pub(super) fn check(headers: &Headers, kind: &Kind, root: &Value) -> Result<Era, Refusal> {
    let era = era(headers, kind, root)?;
    method(headers, kind, era)?;
    name(headers, kind, root, era)?;
    Ok(era)
}

/// Refuses two protocol versions on a request without a body to compare them with.
pub(super) fn version_stands_once(headers: &Headers) -> Result<(), Refusal> {
    single(headers, "mcp-protocol-version").map(drop)
}

/// Refuses a client's response where there is none to expect.
pub(super) fn response_expected(era: Era, setting: ClientResponses) -> Result<(), Refusal> {
    if era == Era::Legacy && setting == ClientResponses::Forward {
        return Ok(());
    }
    let text = "the message answers a request that no server has made; expected a request";
    Err(Refusal::new(RefusalCode::UnexpectedResponse, text))
}

/// The session a message belongs to; the modern era ignores the header.
pub(super) fn session_of(headers: &Headers, era: Era) -> Option<String> {
    match headers.one("mcp-session-id") {
        One::Text(session) if era == Era::Legacy => Some(session.to_owned()),
        _ => None,
    }
}

fn era(headers: &Headers, kind: &Kind, root: &Value) -> Result<Era, Refusal> {
    let header = single(headers, "mcp-protocol-version")?;
    let meta = root.get("params").and_then(|params| params.get("_meta"));
    let stated = match meta.and_then(|meta| meta.get(VERSION_KEY)) {
        None => None,
        Some(Value::String(version)) => Some(version.as_str()),
        Some(other) => {
            let text = format!("`{VERSION_KEY}` is {}; expected a string", other.kind());
            return Err(Refusal::new(RefusalCode::BadParams, text));
        }
    };
    match (header, stated) {
        // Who states a version in `_meta` speaks the modern way, unless it is an old version.
        (Some(header), Some(stated)) if header == stated => {
            let old = is_date(stated) && stated < FIRST_MODERN;
            Ok(if old { Era::Legacy } else { Era::Modern })
        }
        (header, Some(stated)) => mismatch(&format!(
            "mcp-protocol-version is {}, `_meta` says `{}`",
            header.map_or_else(|| "missing".to_owned(), |text| format!("`{}`", shown(text))),
            shown(stated)
        )),
        (Some(header), None) if is_date(header) && header >= FIRST_MODERN => match kind {
            Kind::Request { .. } => Err(Refusal::new(
                RefusalCode::BadParams,
                format!("`_meta` must state `{VERSION_KEY}` as mcp-protocol-version does"),
            )),
            Kind::Notification { .. } | Kind::Response { .. } => Ok(Era::Modern),
        },
        (_, None) => Ok(Era::Legacy),
    }
}

fn is_date(version: &str) -> bool {
    version.len() == FIRST_MODERN.len()
        && version
            .bytes()
            .zip(FIRST_MODERN.bytes())
            .all(|(got, pattern)| match pattern {
                b'-' => got == b'-',
                _ => got.is_ascii_digit(),
            })
}

fn method(headers: &Headers, kind: &Kind, era: Era) -> Result<(), Refusal> {
    let (said, needed) = match kind {
        Kind::Request { method, .. } => (Some(method.as_str()), era == Era::Modern),
        Kind::Notification { method } => (Some(method.as_str()), false),
        Kind::Response { .. } => (None, false),
    };
    match one(headers, "mcp-method")? {
        None if needed => mismatch("mcp-method is missing"),
        None => Ok(()),
        got if got == said => Ok(()),
        Some(_) => mismatch("mcp-method differs from the method of the body"),
    }
}

/// Names and URIs may be secret: they are compared, never shown.
fn name(headers: &Headers, kind: &Kind, root: &Value, era: Era) -> Result<(), Refusal> {
    let header = one(headers, "mcp-name")?;
    let Kind::Request { method, .. } = kind else {
        return Ok(());
    };
    let Some(member) = subject_member(method) else {
        return Ok(());
    };
    let said = root
        .get("params")
        .and_then(|params| params.get(member))
        .and_then(Value::as_str);
    // Tasks are an extension: whether its requests need the header is the server's to say.
    let needed = era == Era::Modern && member != "taskId";
    match header {
        None if needed => mismatch("mcp-name is missing"),
        None => Ok(()),
        Some(text) => match decoded(text) {
            Some(name) if said == Some(&name) => Ok(()),
            Some(_) => mismatch(&format!("mcp-name differs from params.{member}")),
            None => mismatch("mcp-name is not valid base64 of UTF-8 text"),
        },
    }
}

/// A header value out of its base64 wrapping; text without the exact wrapping stands for itself.
fn decoded(text: &str) -> Option<String> {
    let wrapped = text
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    match wrapped {
        Some(base64) => String::from_utf8(STANDARD.decode(base64).ok()?).ok(),
        None => Some(text.to_owned()),
    }
}

/// The value of a header that no comma can be part of.
fn single<'a>(headers: &'a Headers, name: &str) -> Result<Option<&'a str>, Refusal> {
    match one(headers, name)? {
        // This is how two headers look after a proxy has joined them.
        Some(text) if text.contains(',') => mismatch(&format!("{name} has more than one value")),
        value => Ok(value),
    }
}

fn one<'a>(headers: &'a Headers, name: &str) -> Result<Option<&'a str>, Refusal> {
    match headers.one(name) {
        One::Missing => Ok(None),
        One::Text(text) => Ok(Some(text)),
        One::Many => mismatch(&format!("{name} stands more than once")),
        One::NotText => mismatch(&format!(
            "{name} has characters that are not printable ASCII"
        )),
    }
}

fn mismatch<T>(text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::HeaderMismatch, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn checked(fields: &[(&str, &str)], body: &str) -> Result<Era, RefusalCode> {
        let root = parse(body.as_bytes()).unwrap();
        let kind = super::super::envelope::read(&root).unwrap();
        check(&Headers::new(fields.iter().copied()), &kind, &root).map_err(|refusal| refusal.word)
    }

    fn call(meta: &str) -> String {
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"a b"{meta}}}}}"#
        )
    }

    fn version(version: &str) -> String {
        format!(r#","_meta":{{"{VERSION_KEY}":"{version}"}}"#)
    }

    #[test]
    fn header_and_meta_must_name_one_version() {
        use RefusalCode::{BadParams, HeaderMismatch};
        let named = [("mcp-method", "tools/call"), ("mcp-name", "a b")];
        for (header, meta, expected) in [
            (None, None, Ok(Era::Legacy)),
            (Some("2025-11-25"), None, Ok(Era::Legacy)),
            (Some("garbage"), None, Ok(Era::Legacy)),
            (Some("2026-07-28"), None, Err(BadParams)),
            (None, Some("2026-07-28"), Err(HeaderMismatch)),
            (Some("2025-11-25"), Some("2026-07-28"), Err(HeaderMismatch)),
            (Some("2026-07-28"), Some("2025-11-25"), Err(HeaderMismatch)),
            (Some("2025-11-25"), Some("2025-11-25"), Ok(Era::Legacy)),
            (Some("2026-07-28"), Some("2026-07-28"), Ok(Era::Modern)),
            (Some("2031-01-01"), Some("2031-01-01"), Ok(Era::Modern)),
            (Some("draft"), Some("draft"), Ok(Era::Modern)),
            (Some("a,b"), Some("a,b"), Err(HeaderMismatch)),
        ] {
            let mut fields = named.to_vec();
            fields.extend(header.map(|text| ("mcp-protocol-version", text)));
            let body = call(&meta.map(version).unwrap_or_default());
            assert_eq!(checked(&fields, &body), expected, "{header:?} {meta:?}");
        }
    }

    #[test]
    fn a_name_is_compared_after_decoding() {
        for (header, agrees) in [
            ("a b", true),
            (" a b ", true),
            ("=?base64?YSBi?=", true),
            ("=?BASE64?YSBi?=", false),
            ("=?base64?YSBi", false),
            ("=?base64?YSBj?=", false),
            ("=?base64?YS Bi?=", false),
            ("=?base64??=", false),
            ("=?base64?=", false),
            ("A b", false),
            ("", false),
        ] {
            let result = checked(&[("mcp-name", header)], &call(""));
            assert_eq!(result.is_ok(), agrees, "{header}");
        }
    }

    #[test]
    fn a_notification_needs_no_headers_but_must_not_contradict_them() {
        let body = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
        let modern = ("mcp-protocol-version", "2026-07-28");
        assert_eq!(checked(&[modern], body), Ok(Era::Modern));
        let lies = [modern, ("mcp-method", "ping")];
        assert_eq!(checked(&lies, body), Err(RefusalCode::HeaderMismatch));
    }

    #[test]
    fn a_name_header_for_a_method_without_a_name_says_nothing() {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        assert_eq!(checked(&[("mcp-name", "x")], body), Ok(Era::Legacy));
        let two = [("mcp-name", "x"), ("mcp-name", "x")];
        assert_eq!(checked(&two, body), Err(RefusalCode::HeaderMismatch));
    }
}
