//! A small MCP client: just enough to ask a server for its tools, in either era.
//! Not for calls, and not a browser: it follows no redirect and keeps no cookie.

mod http;

use tessera_engine::json::{self, Object, Value};
use tessera_engine::mcp::sse::{Item, Parser};

use super::Failure;
use http::{Answer, Endpoint};

/// Pages of a list that are asked for. A server that has more does not end.
const PAGES: usize = 256;

const LEGACY: &str = "2025-11-25";
const MODERN: &str = "2026-07-28";

/// The entries of the server's `tools/list`, all pages.
///
/// # Errors
/// The server cannot be reached, or answers something else.
pub(super) fn list(url: &str, token: Option<&str>) -> Result<Vec<Value>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::unavailable)?;
    let listed = runtime.block_on(async {
        let endpoint = Endpoint::new(url, token)?;
        Client::open(endpoint).await?.tools().await
    });
    listed.map_err(|error: anyhow::Error| {
        let error = error.context(format!("asking {url} for its tools"));
        Failure::unavailable(error)
            .help("name the MCP endpoint itself, such as http://127.0.0.1:8000/mcp")
    })
}

struct Client {
    endpoint: Endpoint,
    /// Headers of every request after the first.
    headers: Vec<(&'static str, String)>,
    is_modern: bool,
    next_id: u64,
}

impl Client {
    /// Opens a session, or finds that the server has none.
    async fn open(endpoint: Endpoint) -> anyhow::Result<Self> {
        let mut client = Self {
            endpoint,
            headers: Vec::new(),
            is_modern: false,
            next_id: 1,
        };
        let params = Object::new()
            .with("protocolVersion", LEGACY)
            .with("capabilities", Object::new())
            .with("clientInfo", client_info());
        let (answer, result) = client.ask("initialize", params).await?;
        let Some(result) = result else {
            client.is_modern = true;
            client.headers = vec![("mcp-protocol-version", MODERN.to_owned())];
            return Ok(client);
        };
        let version = result.get("protocolVersion").and_then(Value::as_str);
        let version = version.unwrap_or(LEGACY).to_owned();
        client.headers.push(("mcp-protocol-version", version));
        if let Some(session) = answer.session {
            client.headers.push(("mcp-session-id", session));
        }
        let initialized = Object::new()
            .with("jsonrpc", "2.0")
            .with("method", "notifications/initialized");
        client.send(initialized, None).await?;
        Ok(client)
    }

    async fn tools(mut self) -> anyhow::Result<Vec<Value>> {
        let mut tools = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let mut params = Object::new();
            if let Some(cursor) = &cursor {
                params.set("cursor", cursor.as_str());
            }
            let (answer, result) = self.ask("tools/list", params).await?;
            let result = result.ok_or_else(|| answer.refusal())?;
            let page = result.get("tools").and_then(Value::as_array);
            let page = page.ok_or_else(|| anyhow::anyhow!("the result has no list `tools`"))?;
            tools.extend_from_slice(page);
            cursor = result
                .get("nextCursor")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if cursor.is_none() {
                self.close().await;
                return Ok(tools);
            }
        }
        anyhow::bail!("the list has more than {PAGES} pages")
    }

    /// Sends a request; the answer, and its result if it is one.
    async fn ask(
        &mut self,
        method: &'static str,
        mut params: Object,
    ) -> anyhow::Result<(Answer, Option<Value>)> {
        if self.is_modern {
            let meta = Object::new()
                .with("io.modelcontextprotocol/protocolVersion", MODERN)
                .with("io.modelcontextprotocol/clientInfo", client_info())
                .with("io.modelcontextprotocol/clientCapabilities", Object::new());
            params.set("_meta", meta);
        }
        let id = self.next_id;
        self.next_id += 1;
        let request = Object::new()
            .with("jsonrpc", "2.0")
            .with("id", id)
            .with("method", method)
            .with("params", params);
        let answer = self.send(request, Some(method)).await?;
        let answered = messages(&answer)?.into_iter().find(|message| {
            message.get("id").and_then(Value::as_u64) == Some(id) && message.get("method").is_none()
        });
        let result = answered.and_then(|message| message.get("result").cloned());
        Ok((answer, result))
    }

    async fn send(&self, message: Object, method: Option<&'static str>) -> anyhow::Result<Answer> {
        let mut headers = self.headers.clone();
        if let (true, Some(method)) = (self.is_modern, method) {
            headers.push(("mcp-method", method.to_owned()));
        }
        let body = json::to_text(&Value::Object(message));
        self.endpoint
            .send("POST", &headers, body.into_bytes())
            .await
    }

    /// Ends the session. A server that does not want to know has its own way of ending it.
    async fn close(self) {
        if self
            .headers
            .iter()
            .any(|(name, _)| *name == "mcp-session-id")
        {
            let _ = self
                .endpoint
                .send("DELETE", &self.headers, Vec::new())
                .await;
        }
    }
}

fn client_info() -> Object {
    Object::new()
        .with("name", "tessera")
        .with("version", env!("CARGO_PKG_VERSION"))
}

/// The messages of an answer, out of JSON or out of events; none if it is neither.
fn messages(answer: &Answer) -> anyhow::Result<Vec<Value>> {
    if answer.content_type == "application/json" {
        return Ok(json::parse(&answer.body).into_iter().collect());
    }
    if answer.content_type != "text/event-stream" {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    Parser::new(http::BODY_BYTES).feed(&answer.body, &mut items)?;
    let data = items.into_iter().filter_map(|item| match item {
        Item::Event(event) => event.data,
        Item::Comment => None,
    });
    Ok(data
        .filter_map(|data| json::parse(data.as_bytes()).ok())
        .collect())
}
