use super::*;
use crate::json;
use crate::policy::{Bundle, CompileOptions, Source};
use crate::taint::{Effect, Level, Role};

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap()
}

const WHOLE: &str = r#"{
  "settings": {"flow": "block", "floor": "ask", "readers": "off", "sensitivity": "ask",
    "unlisted_ceiling": "public", "unknown_floor": 50, "unknown_conversation": "fresh",
    "unlisted_result": "text", "approvals": false, "prompts": ["ci"],
    "on": {"secret": "block", "unknown": "ask"}},
  "trusted_values": ["*@corp.com"],
  "secrets": ["corp-0451-zulu"],
  "trusted_servers": ["mail"],
  "delegation": {"authorized_actions": ["send_email"], "constraints": {"max_cost_usd": 5}},
  "steps": [{"after_seconds": 60, "at_most": "tool"}, {"anomalies": 2, "at_most": 0}],
  "floor": [{"scope": "mesh", "default_required_trust": 0, "human_approval_tools": ["send_*"],
    "requirements": [{"name": "send_*", "resource_type": "prompt", "required_trust": "tool",
      "side_effects": false, "critical_args": ["to"]}]}],
  "tools": {"send_email": {"effects": ["send"], "args": {"recipients": "target", "a.b": "content"},
    "result": {"level": "tool", "text_level": 25, "fields": {"a": "text", "b": "leaf", "c": "secret",
      "d": "web"}, "secret": false, "structured": true, "readers": ["ann"],
      "sensitivity": "confidential"},
    "outbound": {"max_sensitivity": "internal"}, "schema": {"type": "object"},
    "annotations": {"readOnlyHint": false, "destructiveHint": true, "openWorldHint": true,
      "idempotentHint": false}}},
  "upstreams": {"mail": {"tools": {"*": {"effects": ["read"]}}}}
}"#;

#[test]
fn a_document_survives_its_normal_form() {
    let document = Document::decode(&value(WHOLE)).unwrap();
    let again = Document::decode(&document.to_object().into()).unwrap();
    assert_eq!(document, again);
    assert_eq!(json::canonical(&again.to_object().into()), {
        let again = Document::decode(&again.to_object().into()).unwrap();
        json::canonical(&again.to_object().into())
    });
    let registry = &document.registry;
    let rules = registry.rules("mail", "send_email");
    assert!(rules.effects.unwrap().has(Effect::Send));
    assert_eq!(rules.role(&["a", "b"]), Some(Role::Content));
    assert_eq!(rules.result.text_level, Some(Level::Internal));
    assert!(!registry.floors.is_empty());
}

#[test]
fn an_empty_document_says_nothing() {
    let document = Document::decode(&value("{}")).unwrap();
    assert_eq!(document, Document::default());
    assert!(document.to_object().is_empty());
}

/// What the reference accepts silently is an error here, with its place (`trust-engine.md` section 7),
/// and so is everything else that cannot be meant.
#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (text, expected) in [
        (r#"[]"#, "expected a mapping, got an array"),
        (r#"{"setings": {}}"#, "did you mean `settings`?"),
        (
            r#"{"settings": {"flow": "deny"}}"#,
            "`settings.flow`: unknown answer `deny`",
        ),
        (
            r#"{"settings": {"approvals": "false"}}"#,
            "`settings.approvals`: expected true or false",
        ),
        (
            r#"{"settings": {"unknown_floor": 51}}"#,
            "`settings.unknown_floor`: a level is 0, 50, 100",
        ),
        (
            r#"{"settings": {"unknown_floor": "Tool"}}"#,
            "unknown level `Tool`",
        ),
        (
            r#"{"settings": {"on": {"secrets": "ask"}}}"#,
            "did you mean `secret`?",
        ),
        (
            r#"{"settings": {"on": {"ok": "block"}}}"#,
            "unknown code `ok`",
        ),
        (
            r#"{"settings": {"on": {"secret": "allow"}}}"#,
            "unknown answer `allow`",
        ),
        (
            r#"{"settings": {"prompts": "any"}}"#,
            "unknown kind of prompts `any`",
        ),
        (
            r#"{"trusted_values": ["*"]}"#,
            "would trust almost anything",
        ),
        (
            r#"{"trusted_values": ["a@b.com", "a@b.com"]}"#,
            "the same value stands at index 0",
        ),
        (
            r#"{"trusted_values": "a@b.com"}"#,
            "expected a list, got a string",
        ),
        (r#"{"secrets": ["abc"]}"#, "at least 5 letters or digits"),
        (
            r#"{"tools": {"t": {"effects": []}}}"#,
            "at least one effect",
        ),
        (
            r#"{"tools": {"t": {"effects": ["sent"]}}}"#,
            "did you mean `send`?",
        ),
        (
            r#"{"tools": {"t": {"args": {"to": "targets"}}}}"#,
            "did you mean `target`?",
        ),
        (
            r#"{"tools": {"t": {"args": {"a..b": "target"}}}}"#,
            "a key between two dots is empty",
        ),
        (
            r#"{"tools": {"t": {"result": {"level": "user"}}}}"#,
            "never the user's word",
        ),
        (
            r#"{"tools": {"t": {"result": {"level": 100}}}}"#,
            "never the user's word",
        ),
        (
            r#"{"tools": {"t": {"result": {"text_level": 51}}}}"#,
            "never the user's word",
        ),
        (
            r#"{"tools": {"t": {"result": {"secret": "yes"}}}}"#,
            "expected true or false",
        ),
        (
            r#"{"tools": {"t": {"result": {"fields": {"a": "leef"}}}}}"#,
            "did you mean `leaf`?",
        ),
        (
            r#"{"tools": {"t": {"outbound": {}}}}"#,
            "the key `max_sensitivity` is missing",
        ),
        (
            r#"{"tools": {"t": {"schema": "x"}}}"#,
            "`tools.t.schema`: expected a JSON schema",
        ),
        (
            r#"{"tools": {"t": {"annotations": {"readonlyHint": true}}}}"#,
            "did you mean `readOnlyHint`?",
        ),
        (
            r#"{"tools": {"t": {"annotations": {"readOnlyHint": 1}}}}"#,
            "expected true or false",
        ),
        (
            r#"{"upstreams": {"m": {"tool": {}}}}"#,
            "did you mean `tools`?",
        ),
        (r#"{"floor": {}}"#, "`floor`: expected a list"),
        (
            r#"{"floor": [{"scope": "global"}]}"#,
            "unknown scope `global`",
        ),
        (
            r#"{"floor": [{"requirements": [{}]}]}"#,
            "the key `name` is missing",
        ),
        (
            r#"{"floor": [{"requirements": [{"name": "a"}, {"name": "a"}]}]}"#,
            "at index 0 already",
        ),
        (
            r#"{"floor": [{"requirements": [{"name": "a", "side_effects": "false"}]}]}"#,
            "true or false",
        ),
        (
            r#"{"floor": [{"requirements": [{"name": "a", "required_trust": 75}]}]}"#,
            "0, 50, 100 or 200",
        ),
        (
            r#"{"floor": [{"cel_rules": []}]}"#,
            "unknown key `cel_rules`",
        ),
        (
            r#"{"steps": [{"at_most": "tool"}]}"#,
            "either `after_seconds` or `anomalies`",
        ),
        (
            r#"{"steps": [{"anomalies": 0, "at_most": "tool"}]}"#,
            "`anomalies` is 1 to",
        ),
        (
            r#"{"delegation": {}}"#,
            "the key `authorized_actions` is missing",
        ),
        (
            r#"{"delegation": {"authorized_actions": [], "constraints": {"max_cost": 1}}}"#,
            "`delegation.constraints`",
        ),
    ] {
        let errors = Document::decode(&value(text)).unwrap_err();
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(
            shown.iter().any(|error| error.contains(expected)),
            "{text}: {shown:?}"
        );
    }
}

#[test]
fn a_default_level_of_zero_counts() {
    let text = r#"{"floor": [{"default_required_trust": 0}]}"#;
    let document = Document::decode(&value(text)).unwrap();
    let needed = document
        .registry
        .floors
        .needed("anything", Default::default());
    assert_eq!(needed.level.number(), 0);
}

#[test]
fn errors_and_debug_texts_hold_no_secret() {
    for text in [
        r#"{"secrets": ["zulu-0451", "zulu-0451"]}"#,
        r#"{"secrets": ["zulu-0451", {"zulu-0451": 1}]}"#,
        r#"{"secrets": "zulu-0451"}"#,
    ] {
        let errors = Document::decode(&value(text)).unwrap_err();
        let shown = format!("{errors:?} {}", errors.first().unwrap());
        assert!(!shown.contains("0451"), "{shown}");
    }
    let document = Document::decode(&value(r#"{"secrets": ["zulu-0451"]}"#)).unwrap();
    assert!(!format!("{document:?}").contains("0451"));
}

#[test]
fn a_bundle_carries_its_trust_document_and_one_without_stays_as_it_was() {
    let with = |trust| {
        let source = Source {
            trust,
            ..Source::default()
        };
        Bundle::compile(source, &CompileOptions::default()).unwrap()
    };
    let without = with(None);
    assert!(!String::from_utf8_lossy(without.to_wire()).contains("trust"));
    assert!(without.trust().is_none());
    let document = Document::decode(&value(WHOLE)).unwrap();
    let bundle = with(Some(document.clone()));
    assert_ne!(bundle.digest(), without.digest());
    let again = Bundle::from_wire(bundle.to_wire()).unwrap();
    assert_eq!(again.to_wire(), bundle.to_wire());
    assert_eq!(again.trust().unwrap().document(), &document);
    let broken = String::from_utf8_lossy(bundle.to_wire()).replace("\"pay\"", "\"x\"");
    let broken = broken.replace("\"target\"", "\"targets\"");
    let error = Bundle::from_wire(broken.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("trust.tools.send_email.args.recipients"),
        "{error}"
    );
}

#[test]
fn the_lint_tells_what_is_guessed_and_what_contradicts_itself() {
    let text = r#"{
      "tools": {"send_email": {"args": {"to": "target", "gone": "content"}},
        "nowhere_*": {"effects": ["send"]},
        "get_note": {"effects": ["read"], "args": {"pin": "credential"},
          "outbound": {"max_sensitivity": "public"}}},
      "upstreams": {"gone": {"tools": {"x": {"effects": ["read"]}}}}
    }"#;
    let document = Document::decode(&value(text)).unwrap();
    let definition = |name: &str| {
        let text = format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{{"to":{{}},"folder":{{}}}}}}}}"#
        );
        crate::mcp::Definition::read(&value(&text)).unwrap()
    };
    let (send, other) = (definition("send_email"), definition("archive_email"));
    let known = [
        ("send_email", &send),
        ("archive_email", &other),
        ("get_note", &other),
    ];
    let known: Vec<_> = known
        .into_iter()
        .map(|(tool, definition)| KnownTool {
            upstream: "mail",
            tool,
            definition: Some(definition),
        })
        .collect();
    let warnings = lint(&document, &known);
    let has = |code, part: &str| {
        let is = |warning: &&TrustWarning| warning.code == code;
        warnings.iter().filter(is).any(|warning| {
            warning.message.contains(part) || warning.path.to_string().contains(part)
        })
    };
    for (code, part) in [
        ("guessed_effects", "send_email"),
        ("guessed_role", "folder"),
        ("unknown_argument", "gone"),
        ("unknown_tool", "nowhere_*"),
        ("unknown_upstream", "gone"),
        ("unlisted_tool", "archive_email"),
        ("contradiction", "args.pin"),
        ("contradiction", "outbound"),
    ] {
        assert!(has(code, part), "{code} {part}: {warnings:#?}");
    }
    assert!(!has("unknown_tool", "send_email") && !has("guessed_role", "`to`"));
    let alone = lint(&document, &[]);
    assert!(alone.iter().all(|warning| warning.code == "contradiction"));
}
