//! Load on loopback: a fixed number of requests over a few keep-alive connections, and the server
//! that answers them. Plain sockets, so that what is measured is Envoy and not a library.

use crate::answer::Answer;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Starts a server that answers every request as its path asks; it runs until the process ends.
pub fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer_all(stream));
        }
    });
    Ok(address)
}

fn answer_all(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let messages =
        [Answer::Small, Answer::Large, Answer::Rows, Answer::Stream].map(|it| (it, it.message()));
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let asked = Answer::asked_by(&line);
        let Some(length) = head(&mut reader)? else {
            return Ok(());
        };
        skip_body(&mut reader, length)?;
        if let Some((_, message)) = messages.iter().find(|(answer, _)| *answer == asked) {
            writer.write_all(message.as_bytes())?;
        }
        line.clear();
    }
    Ok(())
}

/// How long a message's body is.
enum Length {
    Bytes(u64),
    Chunked,
}

/// Reads a message's head; `None` at the end of the connection.
fn head(reader: &mut impl io::BufRead) -> io::Result<Option<Length>> {
    let mut length = Length::Bytes(0);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            return Ok(Some(length));
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = Length::Bytes(value.trim().parse().map_err(io::Error::other)?);
        } else if line.starts_with("transfer-encoding:") {
            length = Length::Chunked;
        }
    }
}

fn skip_body(reader: &mut impl io::BufRead, length: Length) -> io::Result<()> {
    match length {
        Length::Bytes(bytes) => {
            io::copy(&mut reader.take(bytes), &mut io::sink())?;
        }
        Length::Chunked => loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            io::copy(&mut reader.take(size + 2), &mut io::sink())?;
            if size == 0 {
                break;
            }
        },
    }
    Ok(())
}

/// What a burst of requests took.
pub struct Burst {
    /// Duration of each request.
    pub latencies: Vec<Duration>,
    /// Duration of the whole burst.
    pub elapsed: Duration,
}

/// What is asked of a variant.
pub struct Call {
    /// The body.
    pub body: &'static str,
    /// Headers besides those of every request, each with its line end.
    pub headers: String,
}

/// Sends `requests` copies of a call over `connections` connections and asks for this answer; every
/// status must be 200.
pub fn burst(
    to: SocketAddr,
    call: &Call,
    answer: Answer,
    requests: usize,
    connections: usize,
) -> io::Result<Burst> {
    let Call { body, headers } = call;
    let message = format!(
        "POST {} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\n{headers}content-length: {}\r\n\r\n{body}",
        answer.path(),
        body.len()
    );
    let start = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let message = message.clone();
            thread::spawn(move || send(to, message.as_bytes(), requests / connections))
        })
        .collect();
    let mut latencies = Vec::new();
    for thread in threads {
        latencies.extend(
            thread
                .join()
                .map_err(|_| io::Error::other("a load thread failed"))??,
        );
    }
    Ok(Burst {
        latencies,
        elapsed: start.elapsed(),
    })
}

fn send(to: SocketAddr, message: &[u8], requests: usize) -> io::Result<Vec<Duration>> {
    let stream = TcpStream::connect(to)?;
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut latencies = Vec::with_capacity(requests);
    for _ in 0..requests {
        let start = Instant::now();
        writer.write_all(message)?;
        let mut status = String::new();
        reader.read_line(&mut status)?;
        if !status.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(format!("expected 200, got {status}")));
        }
        let length = head(&mut reader)?.ok_or_else(|| io::Error::other("no answer"))?;
        skip_body(&mut reader, length)?;
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}
