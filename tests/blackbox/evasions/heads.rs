//! Disguises around the body: header fields, methods, paths.

use super::request::{Era, Request};
use super::{Attempt, framings, legal, wild};
use tessera_tests::stored_gzip;

/// Every disguise of the head and of the framing.
pub(crate) fn all(era: Era, tool: &str) -> Vec<Attempt> {
    let plain = || Request::plain(era, tool);
    let parts = [
        types(&plain),
        codings(&plain),
        methods(&plain),
        paths(&plain),
        framings::all(&plain),
        mirrors(&plain, tool),
        others(&plain),
    ];
    parts.into_iter().flatten().collect()
}

/// Makes the plain request again and again.
pub(super) type Plain<'a> = &'a dyn Fn() -> Request;

fn types(plain: Plain<'_>) -> Vec<Attempt> {
    let odd = [
        "text/plain",
        "application/jsonx",
        "application/json-rpc",
        "application/json, text/plain",
        "text/plain, application/json",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/*",
        "*/*",
        "",
        "application/problem+json",
        "application/vnd.api+json",
        "text/html; application/json",
        "application/json;charset=utf-16",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json\u{a0}",
        "application /json",
        "application/json;x=\"",
        "json",
        "application/x-ndjson",
        "application/json/",
        "text/event-stream",
    ];
    let mut attempts: Vec<Attempt> = odd
        .map(|kind| wild("content types", plain().with("content-type", kind)))
        .into();
    attempts.push(wild("content types", plain().without("content-type")));
    attempts.push(wild(
        "content types",
        plain().and("content-type", "application/json"),
    ));
    attempts.push(wild(
        "content types",
        plain().and("content-type", "text/plain"),
    ));
    attempts.push(wild(
        "content types",
        plain()
            .with("content-type", "text/plain")
            .and("content-type", "application/json"),
    ));
    attempts.push(wild(
        "content types",
        plain().with("Content-Type", "text/plain"),
    ));
    let fine = [
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
    ];
    attempts.extend(fine.map(|kind| legal("content types", plain().with("content-type", kind))));
    attempts.push(wild(
        "content types",
        plain().with("content-type", "APPLICATION/JSON"),
    ));
    attempts
}

fn codings(plain: Plain<'_>) -> Vec<Attempt> {
    let inside = plain().body;
    let zlib = zlib(&inside);
    let mut attempts = Vec::new();
    for (coding, body) in [
        ("gzip", stored_gzip(&inside)),
        ("x-gzip", stored_gzip(&inside)),
        ("GZIP", stored_gzip(&inside)),
        ("gzip, identity", stored_gzip(&inside)),
        ("identity, gzip", stored_gzip(&inside)),
        ("gzip, gzip", stored_gzip(&stored_gzip(&inside))),
        ("", stored_gzip(&inside)),
        ("identity", stored_gzip(&inside)),
        ("deflate", zlib.clone()),
        ("deflate", zlib[2..zlib.len() - 4].to_vec()),
        ("deflate, gzip", stored_gzip(&zlib)),
        ("gzip", inside.clone()),
        ("deflate", inside.clone()),
        ("br", inside.clone()),
        ("zstd", inside.clone()),
        ("x", inside.clone()),
        ("aws-chunked", inside.clone()),
        ("*", inside.clone()),
        (" ", inside.clone()),
    ] {
        attempts.push(wild(
            "content codings",
            plain().and("content-encoding", coding).body(body),
        ));
    }
    attempts.push(legal(
        "content codings",
        plain().and("content-encoding", "identity"),
    ));
    attempts
}

/// Bytes in zlib's format, stored as they are.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    let mut out = vec![0x78, 0x01, 1];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

fn methods(plain: Plain<'_>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for method in [
        "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "post", "PROPFIND", "QUERY",
    ] {
        for field in [
            "",
            "x-http-method-override",
            "x-http-method",
            "x-method-override",
        ] {
            let mut request = plain();
            request.method = method.to_owned();
            if !field.is_empty() {
                request = request.and(field, "POST");
            }
            attempts.push(wild("methods", request));
        }
        let mut request = plain();
        request.method = method.to_owned();
        request.path = "/mcp?_method=POST".to_owned();
        attempts.push(wild("methods", request));
    }
    attempts
}

fn paths(plain: Plain<'_>) -> Vec<Attempt> {
    let at = |path: &str| {
        let mut request = plain();
        request.path = path.to_owned();
        request
    };
    let odd = [
        "/mcp/",
        "//mcp",
        "///mcp",
        "/./mcp",
        "/mcp/.",
        "/a/../mcp",
        "/mcp/x/..",
        "/%2e/mcp",
        "/a/%2e%2e/mcp",
        "/a/..%2fmcp",
        "/%6dcp",
        "/%4dcp",
        "/MCP",
        "/mCp",
        "/mcp;a=b",
        "/mcp;",
        "/;x/mcp",
        "/mcp%3f",
        "/mcp%2f",
        "/mcp%00",
        "/mcp%20",
        "/mcp%0a",
        "/mcp\\",
        "/\\mcp",
        "/mcp/mcp",
        "/x/mcp",
        "/mcp.json",
        "/mcp#f",
        "/mcp%23",
        "http://localhost/mcp",
        "http://evil.example/mcp",
        "*",
        "mcp",
        "/mcp?x=/../..",
        "/%2fmcp",
        "/mcp%252f",
        "/..%c0%afmcp",
    ];
    let mut attempts: Vec<Attempt> = odd.map(|path| wild("paths", at(path))).into();
    attempts.push(legal("paths", at("/mcp?x=1")));
    attempts
}

/// Header fields that mirror the body and lie.
fn mirrors(plain: Plain<'_>, tool: &str) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let base64 = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    for name in [
        "safe",
        "",
        tool,
        "=?base64?c2FmZQ==?=",
        "=?base64?c2FmZQ?=",
        "=?BASE64?c2FmZQ==?=",
        "=?base64??=",
        "safe, danger",
        " safe ",
        &format!("=?base64?{}?=", base64(tool)),
    ] {
        attempts.push(wild("mirroring headers", plain().with("mcp-name", name)));
        attempts.push(wild("mirroring headers", plain().and("mcp-name", name)));
    }
    for method in [
        "tools/list",
        "ping",
        "tools/call",
        "TOOLS/CALL",
        "",
        "notifications/initialized",
    ] {
        attempts.push(wild(
            "mirroring headers",
            plain().with("mcp-method", method),
        ));
        attempts.push(wild("mirroring headers", plain().and("mcp-method", method)));
    }
    for version in [
        "2024-11-05",
        "2025-03-26",
        "2025-06-18",
        "2025-11-25",
        "2026-07-28",
        "2099-01-01",
        "1999-01-01",
        "x",
        "",
        "2025-06-18, 2026-07-28",
    ] {
        attempts.push(wild(
            "mirroring headers",
            plain().with("mcp-protocol-version", version),
        ));
        attempts.push(wild(
            "mirroring headers",
            plain().and("mcp-protocol-version", version),
        ));
    }
    for field in ["mcp-name", "mcp-method", "mcp-protocol-version"] {
        attempts.push(wild("mirroring headers", plain().without(field)));
    }
    for session in ["x", "", "a, b", "../../x"] {
        attempts.push(wild(
            "mirroring headers",
            plain().with("mcp-session-id", session),
        ));
    }
    attempts
}

/// Header fields about the way, not about the request.
fn others(plain: Plain<'_>) -> Vec<Attempt> {
    [
        ("connection", "content-type"),
        ("connection", "mcp-name, mcp-method, content-type"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("upgrade", "h2c"),
        ("te", "trailers"),
        ("x-original-url", "/mcp"),
        ("x-rewrite-url", "/mcp"),
        ("x-envoy-original-path", "/health"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-tessera-decision", "allow"),
        ("x-tessera-mode", "observation"),
        ("x-envoy-internal", "true"),
        ("x-envoy-upstream-alt-stat-name", "x"),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, br"),
        ("range", "bytes=0-10"),
        ("content-range", "bytes 0-10/100"),
        ("content-md5", "x"),
        ("content-disposition", "attachment"),
        ("origin", "null"),
        ("origin", "http://localhost"),
        ("cookie", "a=b"),
    ]
    .map(|(name, value)| wild("other headers", plain().and(name, value)))
    .into()
}
