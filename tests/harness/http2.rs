//! An HTTP/2 client (cleartext, prior knowledge) that chooses its DATA frames and trailers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::http1::Answer;

/// One exchange: header fields, DATA frames, and trailers if any.
/// The last frame ends the stream unless trailers do.
pub fn post_h2(
    port: u16,
    path: &str,
    headers: &[(String, String)],
    frames: Vec<Bytes>,
    trailers: &[(String, String)],
) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let exchange = exchange(port, path, headers, frames, trailers);
        let timed = tokio::time::timeout(crate::PATIENCE, exchange).await;
        // A stream that was reset has no answer: status 0.
        timed.expect("an HTTP/2 answer").unwrap_or_default()
    })
}

async fn exchange(
    port: u16,
    path: &str,
    headers: &[(String, String)],
    frames: Vec<Bytes>,
    trailers: &[(String, String)],
) -> Result<Answer, h2::Error> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    let (client, connection) = h2::client::handshake(stream).await?;
    let driver = tokio::spawn(connection);
    let mut client = client.ready().await?;
    let mut request = Request::post(format!("http://localhost{path}"))
        .body(())
        .unwrap();
    *request.headers_mut() = fields(headers);
    let (answer, mut body) = client.send_request(request, false)?;
    let last = frames.len().saturating_sub(1);
    for (index, frame) in frames.into_iter().enumerate() {
        // The peer may answer and reset before it has read everything; its answer still counts.
        let _ = body.send_data(frame, index == last && trailers.is_empty());
        tokio::task::yield_now().await;
    }
    if !trailers.is_empty() {
        let _ = body.send_trailers(fields(trailers));
    }
    let (head, mut content) = answer.await?.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = content.data().await {
        let chunk = chunk?;
        let _ = content.flow_control().release_capacity(chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    driver.abort();
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
