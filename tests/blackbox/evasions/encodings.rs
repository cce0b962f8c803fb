//! Disguises below JSON: other encodings of the same text, bytes that are no text, and what stands around the body.

use super::request::{Era, Request, body};
use super::{Attempt, wild};

pub(super) fn around(era: Era, tool: &str) -> Vec<String> {
    let (plain, safe) = (body(era, tool), body(era, "safe"));
    let mut bodies = Vec::new();
    for junk in [
        "x", "{}", "[]", "\0", "//", "/**/", "#", ",", "]", "}", "null", ";", "\u{a0}", "\u{c}",
        "\u{b}", "\u{feff}", "\u{2028}",
    ] {
        bodies.push(format!("{plain}{junk}"));
        bodies.push(format!("{junk}{plain}"));
    }
    bodies.extend([
        format!("{safe}{plain}"),
        format!("{safe}\n{plain}"),
        format!("{safe}\0{plain}"),
        format!("{plain}\n{safe}"),
        format!("\u{1e}{plain}\n"),
        format!(")]}}',\n{plain}"),
        format!("data: {plain}\n\n"),
        format!("message={plain}"),
        plain.replace(',', ",/**/"),
        plain.replace('"', "'"),
        plain.replacen('}', ",}", 1),
        plain.replace(':', ":\u{a0}"),
        plain.replacen("{", "{,", 1),
        plain[..plain.len() - 1].to_owned(),
    ]);
    bodies
}

/// Other encodings of the same text, and bytes that are no text.
pub(super) fn bytes(era: Era, tool: &str) -> Vec<Attempt> {
    let plain = body(era, tool);
    let mut attempts = Vec::new();
    let mut add = |body: Vec<u8>, charset: &str| {
        let mut request = Request::plain(era, tool).body(body);
        if !charset.is_empty() {
            request = request.with(
                "content-type",
                &format!("application/json; charset={charset}"),
            );
        }
        attempts.push(wild("encodings", request));
    };
    let little: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let little4: Vec<u8> = plain
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    let big4: Vec<u8> = plain
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    for (mark, bytes, charset) in [
        (&b"\xff\xfe"[..], little, "utf-16le"),
        (b"\xfe\xff", big, "utf-16be"),
        (b"\xff\xfe\0\0", little4, "utf-32le"),
        (b"\0\0\xfe\xff", big4, "utf-32be"),
        (b"\xef\xbb\xbf", plain.clone().into_bytes(), "utf-8"),
    ] {
        for charset in ["", charset, "utf-16", "utf-8"] {
            if charset != "utf-8" || mark != b"\xef\xbb\xbf" {
                add(bytes.clone(), charset);
            }
            add([mark, &bytes].concat(), charset);
        }
    }
    for charset in [
        "utf-7",
        "iso-8859-1",
        "us-ascii",
        "cp037",
        "utf-8, utf-16",
        "\"utf-8\"; charset=utf-16",
        "UTF8",
        "x",
    ] {
        add(plain.clone().into_bytes(), charset);
    }
    add(plain.replace('"', "+ACI-").into_bytes(), "utf-7");
    for wrong in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xc0\x80",
        b"\xe2\x82",
    ] {
        for place in ["\"A", &format!("\"{tool}"), "\"jsonrpc", "\"x"] {
            let at = plain.find(place).unwrap() + place.len();
            let (before, after) = plain.as_bytes().split_at(at);
            add([before, wrong, after].concat(), "");
        }
        add([wrong, plain.as_bytes()].concat(), "");
        add([plain.as_bytes(), wrong].concat(), "");
    }
    for lone in ["\\ud800", "\\udfff", "\\ud800\\ud800", "\\udc00\\ud800"] {
        add(
            plain
                .replace(r#""A""#, &format!(r#""{lone}""#))
                .into_bytes(),
            "",
        );
    }
    attempts
}
