//! Sends the request of a wire case with exactly its framing.

use bytes::Bytes;
use serde_json::Value;
use tessera_tests::{Answer, Connection, Http2, Http2Request, stored_gzip};

use crate::case::{body, pairs};

/// From this size on a body is written while the answer is already read.
const LARGE: usize = 256 * 1024;

/// Connections to one Envoy, used again where that cannot matter.
pub(crate) struct Client {
    port: u16,
    http1: Option<Connection>,
    http2: Http2,
}

/// One request, ready to be framed.
struct Sent {
    method: String,
    path: String,
    version: String,
    host: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    framing: Value,
}

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            port,
            http1: None,
            http2: Http2::new(port),
        }
    }

    /// Sends the request to `host` with this framing and one more header field, and reads the answer.
    pub(crate) fn send(
        &mut self,
        request: &Value,
        framing: &Value,
        host: &str,
        tag: (&str, &str),
    ) -> Answer {
        let text = |member: &str| request[member].as_str().unwrap().to_owned();
        let mut sent = Sent {
            method: text("method"),
            path: text("path"),
            version: request["http"].as_str().unwrap_or("1.1").to_owned(),
            host: host.to_owned(),
            headers: pairs(&request["headers"]),
            body: body(request),
            framing: framing.clone(),
        };
        sent.headers.push((tag.0.to_owned(), tag.1.to_owned()));
        if framing["encoding"] == "gzip" {
            sent.headers
                .push(("content-encoding".to_owned(), "gzip".to_owned()));
            sent.body = sent.body.map(|body| stored_gzip(&body));
        }
        match framing["mode"].as_str().unwrap_or("content-length") {
            "h2" => self.over_http2(&sent),
            "content-length" => self.over_http1(&sent, &sent.with_length()),
            chunked => self.over_http1(&sent, &sent.in_chunks(chunked == "cl+te")),
        }
    }

    /// Writes the pieces one after the other and reads the answer.
    fn over_http1(&mut self, sent: &Sent, pieces: &[Vec<u8>]) -> Answer {
        let port = self.port;
        // What a case does to the framing may leave something behind on the connection.
        let reuses = sent.framing["declared_length"].is_null();
        let kept = self.http1.take().filter(|_| reuses);
        let mut connection = kept.unwrap_or_else(|| Connection::open(port));
        if pieces.iter().map(Vec::len).sum::<usize>() > LARGE {
            return connection.send_and_read(&pieces.concat());
        }
        let waits = sent.framing["expect_continue"] == true;
        for (index, piece) in pieces.iter().enumerate() {
            connection.send(piece);
            if waits && index == 0 {
                assert_eq!(connection.read_interim(), 100);
            }
        }
        let answer = connection.read();
        let closes = answer.header("connection") == Some("close");
        if reuses && !closes && matches!(answer.status, 200 | 202) {
            self.http1 = Some(connection);
        }
        answer
    }

    fn over_http2(&mut self, sent: &Sent) -> Answer {
        let body = sent.body.clone().unwrap_or_default();
        let frames = sent.number("data_frames").unwrap_or(1).max(1);
        let size = body.len().div_ceil(frames).max(1);
        let mut frames: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
        if sent.framing["empty_last_frame"] == true {
            frames.push(Bytes::new());
        }
        self.http2.send(Http2Request {
            method: &sent.method,
            path: &sent.path,
            authority: &sent.host,
            headers: &sent.headers,
            frames,
            trailers: &pairs(&sent.framing["trailers"]),
        })
    }
}

impl Sent {
    fn number(&self, member: &str) -> Option<usize> {
        let number = self.framing[member].as_u64();
        number.map(|number| usize::try_from(number).unwrap())
    }

    /// Request line and header fields as the case has them.
    fn head(&self) -> Vec<u8> {
        let Self {
            method,
            path,
            version,
            host,
            ..
        } = self;
        let mut bytes = format!("{method} {path} HTTP/{version}\r\nHost: {host}\r\n").into_bytes();
        let said = |(name, _): &(String, String)| name.eq_ignore_ascii_case("expect");
        if self.framing["expect_continue"] == true && !self.headers.iter().any(said) {
            bytes.extend(b"Expect: 100-continue\r\n");
        }
        bytes.extend(lines(&self.headers));
        bytes
    }

    fn with_length(&self) -> Vec<Vec<u8>> {
        let mut head = self.head();
        if let Some(body) = &self.body {
            let length = self.number("declared_length").unwrap_or(body.len());
            let delta = self.framing["second_length_delta"].as_i64().unwrap_or(0);
            for index in 0..self.number("repeat_length").unwrap_or(1) {
                let shown = i64::try_from(length).unwrap() + if index == 1 { delta } else { 0 };
                head.extend(format!("Content-Length: {shown}\r\n").bytes());
            }
        }
        head.extend(b"\r\n");
        let body = self.body.clone().unwrap_or_default();
        if self.framing["expect_continue"] == true {
            return vec![head, body];
        }
        vec![[head, body].concat()]
    }

    fn in_chunks(&self, and_length: bool) -> Vec<Vec<u8>> {
        let body = self.body.clone().unwrap_or_default();
        let mut head = self.head();
        if and_length {
            head.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
        }
        head.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        let extension = self.framing["chunk_ext"].as_str().unwrap_or("");
        let mut chunks = Vec::new();
        for chunk in body.chunks(self.number("chunk_size").unwrap_or(body.len().max(1))) {
            chunks.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
            chunks.extend(chunk);
            chunks.extend(b"\r\n");
        }
        let mut end = b"0\r\n".to_vec();
        end.extend(lines(&pairs(&self.framing["trailers"])));
        end.extend(b"\r\n");
        vec![head, chunks, end]
    }
}

fn lines(fields: &[(String, String)]) -> Vec<u8> {
    let line = |(name, value): &(String, String)| format!("{name}: {value}\r\n").into_bytes();
    fields.iter().flat_map(line).collect()
}
