//! An HTTP/1.1 client that sends exactly the bytes it is given.
//! Not a general client: one request after the other on one connection, no redirects, no pool.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::Value;

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// HTTP status; 0 when the connection ended without an answer.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, transfer coding removed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first value of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, or as the last `data:` of an event stream.
    pub fn json(&self) -> Value {
        let text = self.text();
        if self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
        {
            let mut data = text
                .lines()
                .filter_map(|line| line.strip_prefix("data:"))
                .map(str::trim);
            let last = data.rfind(|data| !data.is_empty()).unwrap_or("null");
            return serde_json::from_str(last).unwrap();
        }
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error} in the body of {self:?}: {text}"))
    }
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to a loopback port.
    pub fn open(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(crate::PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            reader: BufReader::new(stream),
        }
    }

    /// Writes bytes; a peer that already hung up is not an error, its answer is still to be read.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.reader.get_mut().write_all(bytes);
    }

    /// Writes bytes while it already reads, as real clients do: a peer may answer and hang up before it has heard
    /// everything. The connection ends with it.
    pub fn send_and_read(mut self, bytes: &[u8]) -> Answer {
        let stream = self.reader.get_ref().try_clone().unwrap();
        std::thread::scope(|scope| {
            let mut writer = &stream;
            scope.spawn(move || writer.write_all(bytes));
            let answer = self.read();
            // What is not written by now is of no interest any more.
            let _ = stream.shutdown(std::net::Shutdown::Both);
            answer
        })
    }

    /// Writes a request with a `Content-Length` body.
    pub fn send_request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) {
        let mut bytes = head(method, path, headers);
        if !body.is_empty() || method == "POST" {
            bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(body);
        self.send(&bytes);
    }

    /// Reads status line and header fields; interim answers (1xx) are skipped.
    pub fn read_head(&mut self) -> Answer {
        loop {
            let Some(line) = self.line() else {
                return Answer::default();
            };
            let status = line
                .split(' ')
                .nth(1)
                .and_then(|code| code.parse().ok())
                .unwrap_or(0);
            let mut headers = Vec::new();
            while let Some(line) = self.line().filter(|line| !line.is_empty()) {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
            if !(100..200).contains(&status) {
                return Answer {
                    status,
                    headers,
                    body: Vec::new(),
                };
            }
        }
    }

    /// Reads one interim answer, such as `100 Continue`, and returns its status.
    pub fn read_interim(&mut self) -> u16 {
        let line = self.line().unwrap_or_default();
        while self.line().is_some_and(|line| !line.is_empty()) {}
        line.split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0)
    }

    /// Reads a whole answer.
    pub fn read(&mut self) -> Answer {
        self.read_telling(|_| {})
    }

    /// Reads a whole answer and tells of every piece of its body as it comes.
    pub fn read_telling(&mut self, mut tell: impl FnMut(&[u8])) -> Answer {
        let mut answer = self.read_head();
        let length = answer
            .header("content-length")
            .and_then(|value| value.parse::<u64>().ok());
        if answer.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.read_chunk() {
                tell(&chunk);
                answer.body.extend(chunk);
            }
            return answer;
        }
        if let Some(length) = length {
            let _ = self
                .reader
                .by_ref()
                .take(length)
                .read_to_end(&mut answer.body);
        } else if answer.status != 0 && answer.status != 204 {
            let _ = self.reader.read_to_end(&mut answer.body);
        }
        tell(&answer.body);
        answer
    }

    /// Reads the next chunk of a chunked body; `None` at its end.
    pub fn read_chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.line()?;
        let size = u64::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            while self.line().is_some_and(|line| !line.is_empty()) {}
            return None;
        }
        let mut chunk = Vec::new();
        self.reader
            .by_ref()
            .take(size)
            .read_to_end(&mut chunk)
            .ok()?;
        self.line()?;
        Some(chunk)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line).ok()?;
        (read > 0).then(|| {
            String::from_utf8_lossy(&line)
                .trim_end_matches(['\r', '\n'])
                .to_owned()
        })
    }
}

/// Request line, `Host` and header fields, without the empty line that ends them.
fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        bytes.extend(b"host: localhost\r\n");
    }
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes
}

/// One exchange with given header fields and body.
pub fn post(port: u16, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut connection = Connection::open(port);
    connection.send_request("POST", path, headers, body);
    connection.read()
}

/// One exchange as an MCP client of the session era makes it.
pub fn post_json(port: u16, path: &str, body: &Value) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    post(port, path, &headers, body.to_string().as_bytes())
}

/// One exchange without a body.
pub fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut connection = Connection::open(port);
    connection.send_request("GET", path, headers, b"");
    connection.read()
}

/// Ends a session.
pub fn delete(port: u16, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut connection = Connection::open(port);
    connection.send_request("DELETE", path, headers, b"");
    connection.read()
}

/// Sends bytes as they are and reads what comes back.
pub fn raw(port: u16, bytes: &[u8]) -> Answer {
    let mut connection = Connection::open(port);
    connection.send(bytes);
    connection.read()
}
