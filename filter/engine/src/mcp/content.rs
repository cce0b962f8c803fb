//! What the body claims to be: `Content-Type`, `Content-Encoding`, `Content-Length`.

use super::headers::{Headers, One};
use super::refusal::{Refusal, RefusalCode, shown};

/// Checks that the body is declared as plain UTF-8 JSON of an acceptable size.
pub(super) fn check(headers: &Headers, body_bytes: usize) -> Result<(), Refusal> {
    content_length(headers, body_bytes)?;
    content_encoding(headers)?;
    content_type(headers)
}

fn content_length(headers: &Headers, body_bytes: usize) -> Result<(), Refusal> {
    let bad = |text: &str| Err(Refusal::new(RefusalCode::BadHeader, text));
    let declared = match headers.one("content-length") {
        One::Missing => return Ok(()),
        One::Text(text) => text,
        One::Many | One::NotText => return bad("content-length must stand once, as a number"),
    };
    if headers.all("transfer-encoding").next().is_some() {
        return bad("content-length and transfer-encoding exclude each other");
    }
    if declared.is_empty() || !declared.bytes().all(|b| b.is_ascii_digit()) {
        return bad("content-length is not a number");
    }
    // A number too large for the type is too large for the limit, too.
    match declared.parse::<usize>() {
        Ok(length) if length <= body_bytes => Ok(()),
        _ => Err(too_large(body_bytes)),
    }
}

/// The refusal of a body of more than `body_bytes`.
pub(super) fn too_large(body_bytes: usize) -> Refusal {
    let text = format!("the body is larger than {body_bytes} bytes");
    Refusal::new(RefusalCode::BodyTooLarge, text)
}

fn content_encoding(headers: &Headers) -> Result<(), Refusal> {
    match headers.one("content-encoding") {
        One::Missing => Ok(()),
        One::Text(text) if text.eq_ignore_ascii_case("identity") => Ok(()),
        _ => Err(Refusal::new(
            RefusalCode::ContentEncoding,
            "content-encoding must be absent or `identity`: an encoded body cannot be judged",
        )),
    }
}

fn content_type(headers: &Headers) -> Result<(), Refusal> {
    let refused = |got: &str| {
        let text = format!("content-type must stand once, as application/json in UTF-8; got {got}");
        Err(Refusal::new(RefusalCode::ContentType, text))
    };
    match headers.one("content-type") {
        One::Text(text) if is_json(text) => Ok(()),
        One::Text(text) => refused(&format!("`{}`", shown(text))),
        One::Missing => refused("none"),
        One::Many => refused("more than one"),
        One::NotText => refused("bytes that are not text"),
    }
}

/// Whether a content type is `application/json`, with no charset or UTF-8 once. A comma is how two
/// headers look after being joined, so it is refused wherever it stands.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type
        .split(';')
        .map(|part| part.trim_matches([' ', '\t']));
    let is_json = parts
        .next()
        .is_some_and(|e| e.eq_ignore_ascii_case("application/json"));
    if !is_json || content_type.contains(',') {
        return false;
    }
    let mut charsets = 0;
    for parameter in parts.filter(|part| !part.is_empty()) {
        let Some((name, value)) = parameter.split_once('=') else {
            return false;
        };
        let Some(value) = unquoted(value) else {
            return false;
        };
        if !is_token(name) {
            return false;
        }
        if name.eq_ignore_ascii_case("charset") {
            charsets += 1;
            if charsets > 1 || !value.eq_ignore_ascii_case("utf-8") {
                return false;
            }
        }
    }
    true
}

/// The value of a parameter, out of its quotes; `None` if it is neither a token nor a plain quoted
/// text. Escapes inside quotes are not accepted: nothing we allow needs one.
fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(rest) => rest
            .strip_suffix('"')
            .filter(|text| !text.contains(['"', '\\'])),
        None => Some(value).filter(|text| is_token(text)),
    }
}

fn is_token(text: &str) -> bool {
    let in_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(in_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf8_is_json() {
        for ok in [
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json;",
            "application/json; profile=x; charset=utf-8",
        ] {
            assert!(is_json(ok), "{ok}");
        }
        for bad in [
            "",
            "text/plain",
            "application/jsonx",
            "application/json, text/plain",
            "text/plain; application/json",
            "application/json; charset=utf-16le",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset =utf-16",
            "application/json; charset*=utf-8''utf-16, x",
            "application/json; a=\"x;charset=utf-16\"",
            "application/json; charset=\"utf\\-8\"",
            "application/json; charset",
            "application/json x",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_the_body_comes() {
        let length = |text: &str| content_length(&Headers::new([("content-length", text)]), 10);
        assert_eq!(length("10"), Ok(()));
        for (text, word) in [
            ("11", RefusalCode::BodyTooLarge),
            ("99999999999999999999999999", RefusalCode::BodyTooLarge),
            ("-1", RefusalCode::BadHeader),
            ("", RefusalCode::BadHeader),
            ("1, 1", RefusalCode::BadHeader),
        ] {
            assert_eq!(length(text).unwrap_err().word, word, "{text}");
        }
    }
}
