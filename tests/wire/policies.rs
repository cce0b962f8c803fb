//! The few rules of the wire cases in our own policy language.

use serde_json::{Value, json};

/// Policy documents for the rules that deny, for one upstream; what no rule names is allowed by default.
pub(crate) fn documents(upstream: &str, policy: &Value) -> Vec<Value> {
    let rules = policy["rules"].as_array().unwrap();
    let denials = rules.iter().filter(|rule| rule["effect"] == "deny");
    denials
        .enumerate()
        .map(|(index, rule)| document(upstream, index, rule))
        .collect()
}

fn document(upstream: &str, index: usize, rule: &Value) -> Value {
    let mut matching = match rule["server_request"].as_str() {
        Some(method) => json!({"method": method, "sender": "server"}),
        None => json!({"method": rule["method"]}),
    };
    matching["upstream"] = upstream.into();
    if !rule["tool"].is_null() {
        matching["tool"] = rule["tool"].clone();
    }
    json!({
        "id": format!("{upstream}-rule-{index}"),
        "name": "a rule of the wire cases",
        "match": matching,
        "when": when(rule),
        "action": "block",
        "reason": "the case says so",
    })
}

fn when(rule: &Value) -> Vec<Value> {
    let mut conditions = Vec::new();
    if !rule["uri"].is_null() {
        conditions.push(json!({"condition": "arg_equals", "arg": "uri", "value": rule["uri"]}));
    }
    if !rule["prompt"].is_null() {
        let path = if rule["method"] == "completion/complete" {
            "ref.name"
        } else {
            "name"
        };
        let value = &rule["prompt"];
        conditions.push(json!({"condition": "arg_equals", "arg_path": path, "value": value}));
    }
    if let Some(start) = rule["starts_with"].as_str() {
        // The rule is about the argument at whatever depth, which is not said of a plain `arg`.
        let path = format!("**.{}", rule["argument"].as_str().unwrap());
        let pattern = format!("^{start}");
        conditions
            .push(json!({"condition": "arg_matches_regex", "arg_path": path, "pattern": pattern}));
    }
    conditions
}
