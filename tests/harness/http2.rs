//! An HTTP/2 client (cleartext, prior knowledge) that chooses its DATA frames and trailers.
//! Not a general client: one request after the other on one connection.

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use tokio::runtime::Runtime;

use crate::http1::Answer;

/// One connection; it opens itself again when the peer has ended it.
pub struct Http2 {
    port: u16,
    runtime: Runtime,
    client: Option<SendRequest<Bytes>>,
}

/// One request as it goes over the wire.
#[derive(Debug, Clone, Default)]
pub struct Http2Request<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path with query.
    pub path: &'a str,
    /// Host name without port.
    pub authority: &'a str,
    /// Header fields, names in any case.
    pub headers: &'a [(String, String)],
    /// DATA frames. None and no trailers: the header fields end the stream.
    pub frames: Vec<Bytes>,
    /// Trailers, which end the stream if there are any.
    pub trailers: &'a [(String, String)],
}

impl Http2 {
    /// A client for a loopback port.
    pub fn new(port: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            port,
            runtime,
            client: None,
        }
    }

    /// One exchange. A stream that was reset has no answer: status 0.
    pub fn send(&mut self, request: Http2Request<'_>) -> Answer {
        let (port, client) = (self.port, self.client.take());
        let exchange = async {
            let client = match client {
                Some(client) => client.ready().await.ok(),
                None => None,
            };
            let mut client = match client {
                Some(client) => client,
                None => connect(port).await?,
            };
            let answer = exchange(&mut client, request).await?;
            Ok::<_, h2::Error>((client, answer))
        };
        let timed = async { tokio::time::timeout(crate::PATIENCE, exchange).await };
        match self.runtime.block_on(timed).expect("an HTTP/2 answer") {
            Ok((client, answer)) => {
                self.client = Some(client);
                answer
            }
            Err(_) => Answer::default(),
        }
    }
}

async fn connect(port: u16) -> Result<SendRequest<Bytes>, h2::Error> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    stream.set_nodelay(true).unwrap();
    let (client, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    client.ready().await
}

async fn exchange(
    client: &mut SendRequest<Bytes>,
    sent: Http2Request<'_>,
) -> Result<Answer, h2::Error> {
    let mut request = Request::builder()
        .method(Method::from_bytes(sent.method.as_bytes()).unwrap())
        .uri(format!("http://{}{}", sent.authority, sent.path))
        .body(())
        .unwrap();
    *request.headers_mut() = fields(sent.headers);
    let ends = sent.frames.is_empty() && sent.trailers.is_empty();
    let (answer, mut body) = client.send_request(request, ends)?;
    let last = sent.frames.len().saturating_sub(1);
    for (index, frame) in sent.frames.into_iter().enumerate() {
        // The peer may answer and reset before it has read everything; its answer still counts.
        let _ = body.send_data(frame, index == last && sent.trailers.is_empty());
        tokio::task::yield_now().await;
    }
    if !sent.trailers.is_empty() {
        let _ = body.send_trailers(fields(sent.trailers));
    }
    let (head, mut content) = answer.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = content.data().await {
        let chunk = chunk?;
        let _ = content.flow_control().release_capacity(chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head
        .headers
        .iter()
        .map(|(k, v)| (k.as_str().to_owned(), text(v)))
        .collect();
    Ok(Answer {
        status: head.status.as_u16(),
        headers,
        body: bytes,
    })
}

fn fields(list: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap();
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    map
}

/// One POST on a connection of its own.
pub fn post_h2(
    port: u16,
    path: &str,
    headers: &[(String, String)],
    frames: Vec<Bytes>,
    trailers: &[(String, String)],
) -> Answer {
    Http2::new(port).send(Http2Request {
        method: "POST",
        path,
        authority: "localhost",
        headers,
        frames,
        trailers,
    })
}
