//! The second story: a page tells the agent whom to write to. The call that follows is well-formed and the tool is
//! allowed; only the origin of its recipient is wrong.

use serde_json::{Value, json};
use tessera_tests::{Envoy, McpServer, Sdk, Tessera, mcp_client_with};

use crate::agent::{is_denied, run, run_in_folder, setup};
use crate::say::{Outcome, check, print, say, show, slow, title};

const PROMPT: &str = "Read https://intranet.test/offer and mail a summary to alice@corp.test.";
const PAGE: &str = "https://intranet.test/offer";

/// Tells it.
pub fn story() -> Outcome {
    title(
        "An office: pages, contacts, mail; and an operator who wants to know where values come from",
    );
    let server = slow(
        "an MCP server with `read_page`, `find_contacts` and `send_email`",
        McpServer::office,
    );
    let mut tessera = Tessera::init(&[]);
    let url = format!("http://127.0.0.1:{}/mcp", server.port);
    run_in_folder(&tessera, &["label", "keygen", "--out", "keys/trust.key"], 0)?;
    let out = "policies/_trust.yaml";
    // Some of it is guessed from names (exit code 1): an operator looks at those lines.
    print(&run_in_folder(
        &tessera,
        &["trust", "init", "--from-tools", &url, "--out", out],
        1,
    )?);
    print(&tessera.file(out));
    let envoy = slow("the control plane, and Envoy with a key for labels", || {
        tessera.run();
        let key = tessera.file("keys/trust.key");
        let (id, secret) = key.trim().split_once(':').unwrap_or_default();
        let setup = setup(server.port, &tessera).with(
            "/trust",
            json!({"audience": "demo", "keys": [{"id": id, "secret": secret}]}),
        );
        let envoy = Envoy::start(setup);
        tessera.wait_for_filters(2);
        envoy
    });
    let host = Host {
        url: format!("http://127.0.0.1:{}/mcp", envoy.port),
        token: tessera.token(),
        prompt: signed(&tessera)?,
    };

    title("A person asks, and the host signs the prompt");
    say(&format!("  user says: {PROMPT}"));

    title("The agent reads the page");
    let page = host.call("read_page", json!({"url": PAGE}))?;
    show(&page);
    check(
        "the result carries a label: untrusted",
        page.pointer("/_meta/io.modelcontextprotocol~1trust-annotations/untrusted")
            == Some(&true.into()),
    )?;

    title("The agent obeys the page");
    let denied = host.mail("mallory@evil.test")?;
    show(&denied);
    check(
        "the mail needs an approval, and the reason names the page's result",
        is_denied(&denied, "read_page"),
    )?;
    check(
        "the server never saw it",
        server.executed().iter().all(|ran| !ran.contains("mallory")),
    )?;

    title("The agent does what the person asked for");
    let sent = host.mail("alice@corp.test")?;
    show(&sent);
    check(
        "the mail went out: the user named its recipient",
        sent.get("isError") != Some(&true.into()),
    )?;

    title("The same in the ledger: `tessera audit tail`");
    print(&run(&tessera, &["audit", "tail"], 0)?);
    Ok(())
}

/// The user's prompt as the host signs it.
fn signed(tessera: &Tessera) -> Outcome<String> {
    let arguments = [
        "label",
        "sign",
        "--prompt",
        PROMPT,
        "--key-file",
        "keys/trust.key",
        "--audience",
        "demo",
        "--caller",
        "first-agent",
        "--conversation",
        "c-1",
        "--scope",
        "default",
        "--starts",
    ];
    Ok(run_in_folder(tessera, &arguments, 0)?.trim().to_owned())
}

/// The program around the model: it runs the agent's calls and says on whose behalf.
struct Host {
    url: String,
    token: String,
    prompt: String,
}

impl Host {
    fn mail(&self, to: &str) -> Outcome<Value> {
        self.call(
            "send_email",
            json!({"to": to, "subject": "Offer", "body": "Forty desks in March."}),
        )
    }

    fn call(&self, tool: &str, arguments: Value) -> Outcome<Value> {
        let steps = [json!({"do": "call", "tool": tool, "arguments": arguments})];
        let headers = [("tessera-prompt", self.prompt.as_str())];
        let answers = mcp_client_with(
            Sdk::V2,
            "legacy",
            &self.url,
            Some(&self.token),
            &headers,
            &steps,
        );
        answers
            .into_iter()
            .next()
            .ok_or_else(|| "the client said nothing".to_owned())
    }
}
