//! One HTTP request at a time, over TCP or TLS, with a bound on time and size.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::HeaderValue;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Bytes of one answer. More: the list is refused.
pub(super) const BODY_BYTES: usize = 16 * 1024 * 1024;

/// How long one request may take, connection included.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, read to its end.
pub(super) struct Answer {
    status: u16,
    /// Media type without parameters, in lower case.
    pub(super) content_type: String,
    /// The session it opens.
    pub(super) session: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// What the server said instead of a result.
    pub(super) fn refusal(&self) -> anyhow::Error {
        const CHARACTERS: usize = 300;
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.chars().take(CHARACTERS).collect();
        anyhow::anyhow!(
            "the server answers with {} and no result: {}",
            self.status,
            text.escape_debug()
        )
    }
}

/// Where requests go.
pub(super) struct Endpoint {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    token: Option<HeaderValue>,
}

impl Endpoint {
    pub(super) fn new(url: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().context("not a URL")?;
        let is_tls = uri.scheme_str() == Some("https");
        let host = uri.host().context("the URL names no host")?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let mut token = token
            .map(|token| HeaderValue::from_str(&format!("Bearer {token}")))
            .transpose()
            .context("the token cannot stand in a header")?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        Ok(Self {
            port: uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            tls: is_tls.then(connector).transpose()?,
            uri,
            host,
            token,
        })
    }

    /// Sends one request on a connection of its own.
    pub(super) async fn send(
        &self,
        method: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let exchange = self.exchange(method, headers, body);
        let answered = tokio::time::timeout(PATIENCE, exchange).await;
        answered.with_context(|| format!("no answer within {} seconds", PATIENCE.as_secs()))?
    }

    async fn exchange(
        &self,
        method: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let (host, port) = (self.host.as_str(), self.port);
        let stream = TcpStream::connect((host, port))
            .await
            .with_context(|| format!("cannot connect to {host}:{port}"))?;
        let request = self.request(method, headers, body)?;
        match &self.tls {
            None => answer(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone())?;
                answer(tls.connect(name, stream).await?, request).await
            }
        }
    }

    fn request(
        &self,
        method: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> anyhow::Result<Request<Full<Bytes>>> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        // A user name in a URL is for nobody but its reader.
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", authority)
            .header("accept", "application/json, text/event-stream")
            .header("connection", "close");
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", token);
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        Ok(request.body(Full::from(body))?)
    }
}

/// TLS with the certificates this system trusts.
fn connector() -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    anyhow::ensure!(
        !roots.is_empty(),
        "this system trusts no certificate authority: set SSL_CERT_FILE"
    );
    let configuration = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(configuration)))
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<Answer> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender.
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let media_type = header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default();
    let (status, session) = (response.status().as_u16(), header("mcp-session-id"));
    let content_type = media_type.trim().to_ascii_lowercase();
    let body = Limited::new(response.into_body(), BODY_BYTES)
        .collect()
        .await;
    let body = body.map_err(|error| anyhow::anyhow!("the answer cannot be read: {error}"))?;
    Ok(Answer {
        status,
        content_type,
        session,
        body: body.to_bytes().to_vec(),
    })
}
