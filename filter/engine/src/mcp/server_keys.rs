//! Keys of a server's message that only some clients take for MCP's own: `Tools` beside `tools` would
//! be a list that nobody filtered. Values are not looked at, and neither are objects whose members
//! are not MCP's: `structuredContent`, schemas, arguments, log data, unknown members.

use super::ambiguous::{Ambiguous, AmbiguousCode};
use super::fold;
use crate::json::{Object, Value};

/// Members of `error`.
const ERROR: &[&str] = &["code", "message", "data"];

/// Members that MCP gives a meaning in results, list entries, content blocks, and the params of
/// server requests and notifications, of both eras.
const NAMES: &[&str] = &[
    "_meta",
    "annotations",
    "arguments",
    "blob",
    "cacheScope",
    "capabilities",
    "completion",
    "content",
    "contents",
    "data",
    "description",
    "elicitationId",
    "error",
    "execution",
    "icons",
    "includeContext",
    "input",
    "inputRequests",
    "inputSchema",
    "instructions",
    "isError",
    "level",
    "logger",
    "maxTokens",
    "message",
    "messages",
    "metadata",
    "method",
    "mimeType",
    "mode",
    "modelPreferences",
    "name",
    "nextCursor",
    "outputSchema",
    "params",
    "pollInterval",
    "pollIntervalMs",
    "progress",
    "progressToken",
    "prompts",
    "protocolVersion",
    "reason",
    "requestId",
    "requestState",
    "requestedSchema",
    "resource",
    "resourceTemplates",
    "resources",
    "result",
    "resultType",
    "role",
    "serverInfo",
    "status",
    "statusMessage",
    "structuredContent",
    "supportedVersions",
    "systemPrompt",
    "task",
    "taskId",
    "tasks",
    "text",
    "title",
    "toolChoice",
    "toolUseId",
    "tools",
    "total",
    "ttl",
    "ttlMs",
    "type",
    "uri",
    "uriTemplate",
    "url",
];

/// Members whose value, or whose elements, are again objects of MCP's.
const CONTAINERS: &[&str] = &[
    "content",
    "contents",
    "messages",
    "params",
    "prompts",
    "resource",
    "resourceTemplates",
    "resources",
    "result",
    "task",
    "tasks",
    "tools",
];

/// Refuses a message in which a key becomes one of MCP's by case folding alone.
pub(super) fn check(message: &Object) -> Result<(), Ambiguous> {
    if let Some(Value::Object(error)) = message.get("error") {
        keys(error, "error", ERROR)?;
    }
    for member in ["result", "params"] {
        if let Some(value) = message.get(member) {
            walk(value, member)?;
        }
    }
    Ok(())
}

/// Checks an object of MCP's and those in it; `at` is the member it stands under. The parser bounds
/// the depth.
fn walk(value: &Value, at: &str) -> Result<(), Ambiguous> {
    match value {
        Value::Array(elements) => elements.iter().try_for_each(|element| walk(element, at)),
        Value::Object(object) => {
            keys(object, at, NAMES)?;
            object.iter().try_for_each(|(key, member)| {
                match (key, member) {
                    ("_meta", Value::Object(meta)) => keys(meta, key, fold::META),
                    // Its keys are the server's own.
                    ("inputRequests", Value::Object(requests)) => requests
                        .iter()
                        .try_for_each(|(_, request)| walk(request, key)),
                    _ if CONTAINERS.contains(&key) => walk(member, key),
                    _ => Ok(()),
                }
            })
        }
        _ => Ok(()),
    }
}

fn keys(object: &Object, at: &str, protocol: &[&str]) -> Result<(), Ambiguous> {
    fold::check(object, at, protocol).map_err(|refusal| {
        let text = format!("in the server's message, {}", refusal.text);
        Ambiguous::new(AmbiguousCode::KeyCollision, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn checked(text: &str) -> Result<(), Ambiguous> {
        check(parse(text.as_bytes()).unwrap().as_object().unwrap())
    }

    #[test]
    fn no_object_of_mcp_s_may_have_a_look_alike_key() {
        for text in [
            r#"{"result":{"tools":[],"Tools":[{"name":"danger"}]}}"#,
            r#"{"result":{"tools":[{"name":"safe","Name":"danger"}]}}"#,
            r#"{"result":{"content":[{"type":"text","text":"a"},{"type":"text","tEXT":"b"}]}}"#,
            r#"{"result":{"content":[{"type":"resource","resource":{"Text":"b"}}]}}"#,
            r#"{"result":{"contentſ":[]}}"#,
            r#"{"result":{"messages":[{"role":"user","content":{"type":"text","Text":""}}]}}"#,
            r#"{"result":{"result":{"isError\u0000":true}}}"#,
            r#"{"result":{"inputRequests":{"q":{"Method":"roots/list"}}}}"#,
            r#"{"result":{"inputRequests":{"q":{"params":{"Message":""}}}}}"#,
            r#"{"result":{"_meta":{"IO.modelcontextprotocol/related-task":{}}}}"#,
            r#"{"params":{"message":"a","Message":"b"}}"#,
            r#"{"error":{"code":1,"message":"a","Message":"b"}}"#,
        ] {
            let error = checked(text).unwrap_err();
            assert_eq!(error.word, AmbiguousCode::KeyCollision, "{text}");
        }
    }

    #[test]
    fn members_that_are_the_server_s_own_may_have_any_key() {
        for text in [
            r#"{"result":{"structuredContent":{"name":1,"Name":2}}}"#,
            r#"{"result":{"tools":[{"inputSchema":{"properties":{"Name":{}}},"annotations":{"Title":1}}]}}"#,
            r#"{"result":{"inputRequests":{"Name":{"method":"roots/list"}}}}"#,
            r#"{"result":{"vendor":{"Content":[]},"names":[],"Vendor":1}}"#,
            r#"{"params":{"data":{"Text":""}}}"#,
            r#"{"error":{"code":1,"message":"a","data":{"Code":1}}}"#,
            r#"{"result":{"_meta":{"vendor.example/Name":1}}}"#,
        ] {
            assert_eq!(checked(text), Ok(()), "{text}");
        }
    }
}
