//! Real MCP clients against real MCP servers, through the filter, in both eras.

use serde_json::{Value, json};
use tessera_tests::{Client, Envoy, McpServer, Sdk, Setup, plan};

use crate::policy;

fn policies() -> Vec<Value> {
    let mut secret = policy("no-secret", "*", "block", "the secret stays here");
    secret["match"] = json!({"method": "resources/read"});
    secret["when"] = json!([{"condition": "arg_equals", "arg": "uri", "value": "demo://secret"}]);
    // Not of the whole tool: a tool nobody may use is not even listed.
    let reason = "repositories are never deleted by agents";
    let mut delete = policy("no-delete", "delete_*", "block", reason);
    let production =
        json!({"condition": "arg_equals", "arg": "repo", "value": "acme/billing-prod"});
    delete["when"] = json!([production]);
    vec![delete, secret]
}

/// A session with a denial in the middle: what comes after it must still work.
fn session(client: Client, era: &str, server: Sdk) {
    let server = McpServer::start(server);
    let envoy = Envoy::start(Setup::inline(server.port, &policies()));
    let url = format!("http://127.0.0.1:{}/mcp", envoy.port);
    let steps = [
        json!({"do": "tools"}),
        json!({"do": "call", "tool": "delete_repo", "arguments": {"repo": "acme/billing-prod"}}),
        json!({"do": "call", "tool": "echo", "arguments": {"text": "still here"}}),
        json!({"do": "resource", "uri": "demo://secret"}),
        json!({"do": "resource", "uri": "demo://notes"}),
        json!({"do": "prompt", "name": "greet"}),
        json!({"do": "call", "tool": "list_repos"}),
    ];
    let said = client.run(&plan(&url, era, None, &steps), None).unwrap();
    let got = said["steps"].as_array().unwrap();
    assert!(
        got[0]["tools"]
            .as_array()
            .unwrap()
            .contains(&json!("delete_repo")),
        "{}",
        got[0]
    );
    assert_eq!(got[1]["isError"], true, "{}", got[1]);
    assert!(
        got[1]
            .to_string()
            .contains("repositories are never deleted by agents"),
        "{}",
        got[1]
    );
    assert_eq!(got[2]["content"][0]["text"], "still here");
    assert_eq!(got[3]["error"]["code"], -31001, "{}", got[3]);
    assert_eq!(got[4]["contents"][0]["text"], "notes");
    assert_eq!(got[5]["messages"][0]["content"]["text"], "Greet you.");
    assert_eq!(
        got[6]["content"][0]["text"],
        "acme/billing-prod, acme/website"
    );
    assert_eq!(server.executed(), ["echo", "list_repos"]);
}

#[test]
fn a_session_of_the_first_python_sdk_survives_a_denial() {
    session(Client::PYTHON_1, "legacy", Sdk::V1);
}

#[test]
fn a_session_of_the_first_python_sdk_with_a_server_of_the_second_survives_a_denial() {
    session(Client::PYTHON_1, "legacy", Sdk::V2);
}

#[test]
fn a_session_of_the_second_python_sdk_survives_a_denial() {
    session(Client::PYTHON_2, "legacy", Sdk::V2);
}

#[test]
fn a_python_client_without_sessions_survives_a_denial() {
    session(Client::PYTHON_2, "modern", Sdk::V2);
}

#[test]
fn a_session_of_the_first_typescript_sdk_survives_a_denial() {
    session(Client::TYPESCRIPT_1, "legacy", Sdk::V1);
}

#[test]
fn a_session_of_the_second_typescript_sdk_survives_a_denial() {
    session(Client::TYPESCRIPT_2, "legacy", Sdk::V2);
}

#[test]
fn a_typescript_client_without_sessions_survives_a_denial() {
    session(Client::TYPESCRIPT_2, "modern", Sdk::V2);
}
