//! Each kind of warning, and none where there is nothing to warn of.

use super::*;
use crate::json;

fn policy(id: &str, rest: &str) -> Document {
    let text = format!(r#"{{"id":"{id}","name":"n","action":"block"{rest}}}"#);
    Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap()
}

fn codes(documents: &[Document]) -> Vec<String> {
    lint(documents)
        .into_iter()
        .map(|w| format!("{} {} {}", w.policy_id, w.path, w.code))
        .collect()
}

#[test]
fn each_oddity_is_found_where_it_is() {
    for (rest, expected) in [
        (
            r#","when":[{"condition":"tool_name_in","values":["t"]}]"#,
            vec![],
        ),
        (
            r#","when":[{"condition":"any_of","conditions":[]}]"#,
            vec!["p when never_matches", "p when[0] never_holds"],
        ),
        (
            r#","when":[{"condition":"none_of","conditions":[]}]"#,
            vec!["p when[0] always_holds"],
        ),
        (
            r#","when":[{"condition":"action_class_in","values":["write.delete","write.delet"]}]"#,
            vec!["p when[0].values[1] unknown_class"],
        ),
        (
            r#","when":[{"condition":"arg_greater_than","arg":"a","value":"ten"}]"#,
            vec!["p when never_matches", "p when[0] never_holds"],
        ),
        (
            r#","when":[{"condition":"time_of_day_outside","start":"00:00","end":"23:59","tz":"UTC"}]"#,
            vec!["p when never_matches", "p when[0] never_holds"],
        ),
        (
            r#","when":[{"condition":"time_of_day_outside","start":"09:00","end":"08:59","tz":"UTC"}]"#,
            vec!["p when never_matches", "p when[0] never_holds"],
        ),
        (
            r#","when":[{"condition":"arg_equals","arg":"a","value":1},{"condition":"arg_equals","arg":"a","value":2}]"#,
            vec!["p when[1] contradiction"],
        ),
        (
            r#","when":[{"condition":"arg_equals","arg":"a","value":1},{"condition":"arg_equals","arg":"a","value":1}]"#,
            vec!["p when[1] duplicate_condition"],
        ),
        (
            r#","when":[{"condition":"arg_equals","arg":"a.b","value":1}]"#,
            vec!["p when[0].arg dotted_arg"],
        ),
        (
            r#","match":{"scope":"team-*"}"#,
            vec!["p match.scope literal_star"],
        ),
        (
            r#","match":{"sender":"server","require_intent":true}"#,
            vec!["p match never_matches"],
        ),
        (
            r#","reason":"${args.x} ${arg.x}""#,
            vec!["p reason unknown_placeholder"],
        ),
    ] {
        assert_eq!(codes(&[policy("p", rest)]), expected, "{rest}");
    }
}

#[test]
fn a_policy_behind_one_that_catches_everything_is_shadowed() {
    let all = policy("a", "");
    let reads = policy("b", r#","match":{"tool":"read_*"}"#);
    let one = policy("c", r#","match":{"tool":"read_file","upstream":"u"}"#);
    let other = policy("d", r#","match":{"tool":"write_file"}"#);
    assert_eq!(
        codes(&[one.clone(), reads.clone(), other.clone()]),
        ["c  shadowed"]
    );
    let behind_all = codes(&[all, reads, one, other]);
    assert_eq!(behind_all, ["b  shadowed", "c  shadowed", "d  shadowed"]);
}

#[test]
fn one_without_an_intent_does_not_shadow_what_it_lets_through() {
    let with_intent = policy("a", r#","match":{"require_intent":true}"#);
    assert!(codes(&[with_intent, policy("b", "")]).is_empty());
}

fn of_answers(id: &str, rest: &str, response: &str) -> Document {
    let text = format!(r#"{{"id":"{id}","name":"n"{rest},"response":{{{response}}}}}"#);
    Document::decode(&json::parse(text.as_bytes()).unwrap()).unwrap()
}

#[test]
fn what_never_holds_for_an_answer_is_found() {
    let block = r#""action":"block""#;
    for (rest, response, expected) in [
        ("", block, vec![]),
        (
            r#","match":{"sender":"client"}"#,
            block,
            vec!["p match.sender never_matches"],
        ),
        (
            r#","match":{"require_intent":true}"#,
            block,
            vec!["p match.require_intent never_matches"],
        ),
        (
            "",
            r#""action":"block","when":[{"condition":"intent_purpose_matches","pattern":"x"}]"#,
            vec!["p response.when[0] never_matches"],
        ),
        (
            "",
            r#""action":"redact","redact":[{"class":"jwt"},{"class":"email"},{"class":"jwt"}]"#,
            vec!["p response.redact[2] duplicate_redaction"],
        ),
    ] {
        assert_eq!(
            codes(&[of_answers("p", rest, response)]),
            expected,
            "{rest} {response}"
        );
    }
}

#[test]
fn a_policy_behind_one_that_redacts_is_reached() {
    let redact = r#""action":"redact","redact":[{"class":"jwt"}]"#;
    let both = [of_answers("a", "", redact), of_answers("b", "", redact)];
    assert!(codes(&both).is_empty());
    let behind = [
        of_answers("a", "", r#""action":"log_only""#),
        of_answers("b", "", redact),
    ];
    assert_eq!(codes(&behind), ["b  shadowed"]);
}
