//! What the server answers, by the path it is asked at.

/// A shape of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A few words of JSON.
    Small,
    /// 10 KB of JSON: a page of plain text and a table.
    Large,
    /// 4 KB of JSON: rows of a table, as the text that servers send.
    Rows,
    /// An event stream: progress in 49 events, then the result.
    Stream,
}

/// Events of [`Answer::Stream`].
pub const EVENTS: usize = 50;

impl Answer {
    /// Where it is asked for.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Small => "/mcp",
            Self::Large => "/mcp/large",
            Self::Rows => "/mcp/rows",
            Self::Stream => "/mcp/stream",
        }
    }

    /// The answer to a request line.
    pub fn asked_by(line: &str) -> Self {
        let at = |answer: &Self| line.contains(&format!(" {} ", answer.path()));
        let all = [Self::Large, Self::Rows, Self::Stream];
        all.into_iter().find(at).unwrap_or(Self::Small)
    }

    /// Head and body.
    pub fn message(self) -> String {
        let (kind, body) = match self {
            Self::Small => ("application/json", result("ok")),
            Self::Large => ("application/json", large()),
            Self::Rows => ("application/json", result(&rows())),
            Self::Stream => ("text/event-stream", stream()),
        };
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

fn result(text: &str) -> String {
    let text = serde_json::Value::from(text);
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"result":{{"content":[{{"type":"text","text":{text}}}]}}}}"#
    )
}

fn large() -> String {
    const BYTES: usize = 10_000;
    let line =
        "| acme/website | main | 2026-11-03 | The pricing page links to the new table | open |\n";
    let frame = result("").len();
    let escaped = line.len() + 1;
    result(&line.repeat((BYTES - frame) / escaped))
}

fn rows() -> String {
    const BYTES: usize = 4_000;
    let row = |at| {
        format!(
            r#"{{"id":"TCK-{}","owner":"user{at}@desk.example.org","state":"open","title":"Row {at} of June"}}"#,
            400_000 + at
        )
    };
    let mut rows = row(0);
    for at in 1.. {
        if rows.len() > BYTES {
            break;
        }
        rows = format!("{rows},{}", row(at));
    }
    format!("[{rows}]")
}

fn stream() -> String {
    let progress = |at: usize| {
        format!(
            "event: message\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":\
             {{\"progressToken\":1,\"progress\":{at},\"message\":\"step {at} of {EVENTS}: pages are read\"}}}}\n\n"
        )
    };
    let steps: String = (1..EVENTS).map(progress).collect();
    format!("{steps}event: message\ndata: {}\n\n", result("done"))
}
