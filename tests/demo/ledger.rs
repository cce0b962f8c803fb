//! The first story: a harmless call passes, a destructive one is denied, and the ledger proves both.

use serde_json::json;
use tessera_tests::{Envoy, McpServer, Sdk, Tessera, wait_for};

use crate::agent::{Agent, is_denied, run, setup};
use crate::say::{Outcome, check, print, show, slow, title};

const SHIPPED: &str = "github-mcp-protection";

/// Tells it.
pub fn story() -> Outcome {
    title("Starting real programs on free loopback ports");
    let server = slow(
        "an MCP server with `list_repos` and `delete_repo` (official Python SDK)",
        || McpServer::start(Sdk::V2),
    );
    let tessera = slow(
        "the control plane: `tessera init`, then `tessera serve`",
        || {
            let mut tessera = Tessera::init(&[SHIPPED]);
            tessera.run();
            tessera
        },
    );
    let envoy = slow(
        "Envoy 1.40 with the Tessera filter; its policies come from the control plane",
        || {
            let envoy = Envoy::start(setup(server.port, &tessera));
            envoy.wait_for_stat("wasmcustom.tessera_bundle_version", 1);
            envoy
        },
    );
    let agent = Agent {
        url: format!("http://127.0.0.1:{}/mcp", envoy.port),
        token: tessera.token(),
    };

    title("An agent lists repositories");
    let listed = agent.until("list_repos", |answer| answer["isError"] != true)?;
    show(&listed);
    check(
        "the call reached the server",
        server.executed() == ["list_repos"],
    )?;

    title("The agent tries to delete a production repository");
    let deletion = json!({"repo": "acme/billing-prod"});
    let denied = agent.call("delete_repo", deletion)?;
    show(&denied);
    check(
        "it was denied, and the agent was told why",
        is_denied(&denied, "destructive"),
    )?;
    check(
        "the server never saw it",
        server.executed() == ["list_repos"],
    )?;

    title("An operator forbids listing too: one file, no restart");
    tessera.write_policy(&json!({
        "id": "no-listing",
        "name": "No listing during the audit",
        "match": {"tool": "list_repos"},
        "action": "block",
        "reason": "repositories are not listed during the audit",
    }));
    envoy.wait_for_stat("wasmcustom.tessera_bundle_version", 2);
    let denied = agent.until("list_repos", |answer| is_denied(answer, "during the audit"))?;
    show(&denied);

    title("The ledger: `tessera audit tail`");
    wait_for("the records", || {
        let records = tessera.records();
        let kept = |tool: &str, action: &str| {
            records
                .iter()
                .any(|record| record["tool"] == tool && record["action"] == action)
        };
        let all = kept("list_repos", "allow") && kept("list_repos", "block");
        (all && kept("delete_repo", "block")).then_some(())
    });
    let tail = run(&tessera, &["audit", "tail"], 0)?;
    print(&tail);
    check(
        "the allowed call and both denials are there",
        tail.contains(SHIPPED) && tail.contains("no-listing"),
    )?;

    title("`tessera audit verify` re-derives every hash");
    print(&run(&tessera, &["audit", "verify"], 0)?);

    title("Somebody turns the denial into an approval, in the ledger's file");
    tessera.edit_ledger(
        "UPDATE records SET action = 'allow', bytes = CAST(replace(CAST(bytes AS TEXT), \
         '\"action\":\"block\"', '\"action\":\"allow\"') AS BLOB) WHERE tool = 'delete_repo'",
    );
    print(&run(&tessera, &["audit", "verify"], 3)?);
    check("the forgery was found (exit code 3)", true)
}
