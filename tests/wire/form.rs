//! The forms in which one request can come over the wire. The verdict must be the same in all of them.

use serde_json::{Value, json};

use crate::case::{body, pairs};

/// How a request is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the case has it; `Content-Length` if it says nothing.
    AsWritten,
    /// Some chunks.
    Chunks,
    /// A chunk for every byte.
    OneByteChunks,
    /// Chunks, and a trailer behind them.
    Trailer,
    /// The body comes after `100 Continue`.
    Expect,
    /// HTTP/2, the body in several DATA frames.
    Http2,
    /// HTTP/2, a trailer ends the stream.
    Http2Trailer,
    /// Compressed, with a filter in front of ours that inflates it.
    Gzip,
}

impl Form {
    /// Every form.
    pub(crate) const ALL: [Self; 8] = [
        Self::AsWritten,
        Self::Chunks,
        Self::OneByteChunks,
        Self::Trailer,
        Self::Expect,
        Self::Http2,
        Self::Http2Trailer,
        Self::Gzip,
    ];

    /// Whether a request can be written so. A case about framing has its own framing and no other.
    pub(crate) fn suits(self, request: &Value) -> bool {
        /// Larger bodies would be sent byte by byte for a long time and show nothing more.
        const BYTE_BY_BYTE: usize = 4096;
        if self == Self::AsWritten {
            return true;
        }
        if !request["framing"].is_null() || !request["http"].is_null() || has_fragment(request) {
            return false;
        }
        let body = body(request);
        match self {
            Self::AsWritten => true,
            Self::Http2 => fits_http2(request),
            Self::Http2Trailer => body.is_some() && fits_http2(request),
            Self::OneByteChunks => body.is_some_and(|body| body.len() <= BYTE_BY_BYTE),
            Self::Gzip => body.is_some() && !is_encoded(request),
            Self::Chunks | Self::Trailer | Self::Expect => body.is_some(),
        }
    }

    /// The framing in the words of the cases.
    pub(crate) fn framing(self, request: &Value) -> Value {
        // Always several pieces, and never very many.
        let piece = body(request).map_or(1, |body| body.len().div_ceil(7).max(1));
        let trailers = json!([["x-t", "v"]]);
        match self {
            Self::AsWritten => request["framing"].clone(),
            Self::Chunks => json!({"mode": "chunked", "chunk_size": piece}),
            Self::OneByteChunks => json!({"mode": "chunked", "chunk_size": 1}),
            Self::Trailer => json!({"mode": "chunked", "chunk_size": piece, "trailers": trailers}),
            Self::Expect => json!({"mode": "content-length", "expect_continue": true}),
            Self::Http2 => json!({"mode": "h2", "data_frames": 3}),
            Self::Http2Trailer => json!({"mode": "h2", "data_frames": 2, "trailers": trailers}),
            Self::Gzip => json!({"mode": "content-length", "encoding": "gzip"}),
        }
    }
}

/// A fragment is refused by what reads the request line; HTTP/2 clients drop it.
fn has_fragment(request: &Value) -> bool {
    request["path"].as_str().unwrap().contains('#')
}

/// Header fields about the connection, and values over several lines, are HTTP/1.1's alone.
fn fits_http2(request: &Value) -> bool {
    const OF_HTTP1: [&str; 3] = ["connection", "upgrade", "http2-settings"];
    pairs(&request["headers"]).iter().all(|(name, value)| {
        !OF_HTTP1.contains(&name.to_ascii_lowercase().as_str()) && !value.contains('\r')
    })
}

fn is_encoded(request: &Value) -> bool {
    pairs(&request["headers"])
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
}
