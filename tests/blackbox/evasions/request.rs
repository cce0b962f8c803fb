//! One attempt: a request for a tool in some disguise, and how it goes over the wire.

use bytes::Bytes;
use tessera_tests::{Http2, Http2Request};

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Which generation of MCP a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2025-06-18.
    Legacy,
    /// 2026-07-28.
    Modern,
}

/// How the body is framed.
#[derive(Debug, Clone)]
pub(crate) enum Framing {
    /// HTTP/1.1 with `Content-Length`.
    Length,
    /// HTTP/1.1 in chunks of that size, with an extension for each and trailer lines.
    Chunks(usize, &'static str, &'static str),
    /// HTTP/1.1, exactly these lines about the body's length, and the body as it is.
    Said(String),
    /// HTTP/2 in DATA frames of that size, with a trailer or without.
    Http2(usize, bool),
}

/// A request that asks for a tool in some way.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
}

impl Request {
    /// The plain request for a tool.
    pub(crate) fn plain(era: Era, tool: &str) -> Self {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        match era {
            Era::Legacy => headers.push(("mcp-protocol-version", "2025-06-18")),
            Era::Modern => headers.extend([
                ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"),
                ("mcp-name", tool),
            ]),
        }
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            method: "POST".to_owned(),
            path: "/mcp".to_owned(),
            version: "HTTP/1.1".to_owned(),
            headers: headers.into_iter().map(owned).collect(),
            body: body(era, tool).into_bytes(),
            framing: Framing::Length,
        }
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with a header field more.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this header field instead of those of the name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Sends it and waits for an answer; one that leaves the peer waiting for more is given up soon, because what
    /// counts is what the server runs.
    pub(crate) fn send(&self, port: u16) -> Vec<u8> {
        if let Framing::Http2(size, trailer) = self.framing {
            return self.over_http2(port, size, trailer);
        }
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(self.patience())).unwrap();
        stream.set_nodelay(true).unwrap();
        // A peer may answer and hang up before it has read everything.
        let _ = stream.write_all(&self.bytes());
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            answer.extend_from_slice(&piece[..read]);
            if !matches!(self.framing, Framing::Said(_)) && is_complete(&answer) {
                break;
            }
        }
        answer
    }

    /// What is framed as it should be is answered. Only a stream that a GET opens goes on, and behind an odd framing
    /// there may be a second answer, or a peer that waits for the rest.
    fn patience(&self) -> Duration {
        match self.framing {
            Framing::Said(_) => Duration::from_millis(300),
            _ if self.method != "POST" => Duration::from_millis(300),
            _ => tessera_tests::PATIENCE,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} {}\r\nHost: localhost:80\r\n",
            self.method, self.path, self.version
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        match &self.framing {
            Framing::Length => {
                bytes.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).bytes());
                bytes.extend(&self.body);
            }
            Framing::Said(lines) => {
                bytes.extend(lines.bytes());
                bytes.extend(b"\r\n");
                bytes.extend(&self.body);
            }
            Framing::Chunks(size, extension, trailers) => {
                bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
                for chunk in self.body.chunks(*size) {
                    bytes.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
                    bytes.extend(chunk);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(format!("0\r\n{trailers}\r\n").bytes());
            }
            // Another client writes these.
            Framing::Http2(..) => {}
        }
        bytes
    }

    fn over_http2(&self, port: u16, size: usize, trailer: bool) -> Vec<u8> {
        let trailers = [("x-end".to_owned(), "1".to_owned())];
        let answer = Http2::new(port).send(Http2Request {
            method: &self.method,
            path: &self.path,
            authority: "localhost:80",
            headers: &self.headers,
            frames: self.body.chunks(size).map(Bytes::copy_from_slice).collect(),
            trailers: if trailer { &trailers } else { &[] },
        });
        answer.body
    }
}

/// Whether these bytes are a whole answer.
fn is_complete(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    if head.starts_with("HTTP/1.1 100") {
        return is_complete(body.as_bytes());
    }
    let head = head.to_ascii_lowercase();
    if head.contains("\r\ntransfer-encoding: chunked") {
        return body == "0\r\n\r\n" || body.ends_with("\r\n0\r\n\r\n");
    }
    let length = head.split("\r\ncontent-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// The body of the plain request, every member at a place the disguises know.
pub(crate) fn body(era: Era, tool: &str) -> String {
    let meta = match era {
        Era::Legacy => "",
        Era::Modern => {
            r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"e","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#
        }
    };
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{{"x":"A"}}{meta}}}}}"#
    )
}
