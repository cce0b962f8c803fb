//! What is taken out, of which carriers, and what stays.

mod classes;

use crate::json::{self, Object, Value};
use crate::policy::answer::AnswerDecision;
use crate::policy::answer::tests::{bundle, bundle_in, judge, judge_as};
use crate::policy::carriers::encode;
use crate::policy::{Action, Bundle, Class, Mode};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const AWS: &str =
    r#""response":{"action":"redact","redact":[{"class":"aws_key"}],"reason":"key in ${tool}"}"#;

fn with(redactions: &str) -> Bundle {
    bundle(&[&format!(
        r#""response":{{"action":"redact","redact":[{redactions}]}}"#
    )])
}

fn text_of(judged: &AnswerDecision) -> String {
    judged
        .replaced
        .as_ref()
        .map_or("the same".to_owned(), json::to_text)
}

/// What becomes of one text.
fn redacted(bundle: &Bundle, text: &str) -> String {
    let content: Value = Object::new().with("text", text).into();
    let judged = judge_as(bundle, "tools/call", "t", &content);
    let replaced = judged.replaced.unwrap_or(content);
    replaced.get("text").unwrap().as_str().unwrap().to_owned()
}

#[test]
fn a_find_is_replaced_wherever_it_stands_and_nothing_else_changes() {
    for (content, expected) in [
        (
            r#"{"content":[{"type":"text","text":"a KEY b"}],"n":1.50}"#,
            r#"{"content":[{"type":"text","text":"a [REDACTED:AWS_KEY] b"}],"n":1.50}"#,
        ),
        (
            r#"{"structuredContent":{"deep":[[{"KEY":{"x":"KEY"}}]]}}"#,
            r#"{"structuredContent":{"deep":[[{"[REDACTED:AWS_KEY]":{"x":"[REDACTED:AWS_KEY]"}}]]}}"#,
        ),
        (
            r#"{"content":[{"type":"text","text":"fine"}],"structuredContent":{"text":"KEY"}}"#,
            r#"{"content":[{"type":"text","text":"fine"}],"structuredContent":{"text":"[REDACTED:AWS_KEY]"}}"#,
        ),
        (
            r#"{"contents":[{"uri":"file:///a","text":"KEYKEY"}]}"#,
            r#"{"contents":[{"uri":"file:///a","text":"[REDACTED:AWS_KEY][REDACTED:AWS_KEY]"}]}"#,
        ),
        (
            r#"{"content":[{"type":"resource_link","uri":"s3://KEY@b","name":"KEY","description":"KEY"}]}"#,
            r#"{"content":[{"type":"resource_link","uri":"s3://[REDACTED:AWS_KEY]@b","name":"[REDACTED:AWS_KEY]","description":"[REDACTED:AWS_KEY]"}]}"#,
        ),
        (
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"KEY"}}]}"#,
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"[REDACTED:AWS_KEY]"}}]}"#,
        ),
        (
            r#"{"code":-32000,"message":"no KEY","data":{"KEY":["KEY"]}}"#,
            r#"{"code":-32000,"message":"no [REDACTED:AWS_KEY]","data":{"[REDACTED:AWS_KEY]":["[REDACTED:AWS_KEY]"]}}"#,
        ),
        (
            r#"{"_meta":{"a":"KEY"},"content":[]}"#,
            r#"{"_meta":{"a":"[REDACTED:AWS_KEY]"},"content":[]}"#,
        ),
        (r#""a KEY""#, r#""a [REDACTED:AWS_KEY]""#),
    ] {
        let judged = judge(&bundle(&[AWS]), &content.replace("KEY", KEY));
        assert_eq!(text_of(&judged), expected);
        assert_eq!(judged.decision.action, Action::Redact);
        assert_eq!(judged.decision.policy_id.as_deref(), Some("p-0"));
        let count = expected.matches("[REDACTED").count();
        assert_eq!(judged.findings[0].kind, "AWS_KEY");
        assert_eq!(judged.findings[0].count, count as u64);
        let again = judge(&bundle(&[AWS]), &text_of(&judged));
        assert_eq!(
            (text_of(&again).as_str(), again.findings.len()),
            ("the same", 0)
        );
    }
}

#[test]
fn an_answer_without_finds_is_left_alone() {
    let judged = judge(
        &bundle(&[AWS]),
        r#"{"content":[{"type":"text","text":"AKIA"}]}"#,
    );
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Allow, None)
    );
    assert_eq!((judged.findings.len(), judged.policies.len()), (0, 0));
}

#[test]
fn json_in_a_text_is_still_json_afterwards() {
    let cards = with(
        r#"{"class":"card_number"},{"class":"aws_key"},{"pattern":"\"pin\":\\s*\\d+","as":"PIN"}"#,
    );
    for (text, expected) in [
        (
            r#"{"card": 4111111111111111}"#,
            r#"{"card":"[REDACTED:CARD_NUMBER]"}"#,
        ),
        (
            r#"["\u0041KIAIOSFODNN7EXAMPLE"]"#,
            r#"["[REDACTED:AWS_KEY]"]"#,
        ),
        (
            r#"{"a":"{\"b\":\"AKIAIOSFODNN7EXAMPLE\"}"}"#,
            r#"{"a":"{\"b\":\"[REDACTED:AWS_KEY]\"}"}"#,
        ),
        // A find that takes the JSON apart takes all of it.
        (r#"{"pin": 12}"#, r#""[REDACTED:PIN]""#),
    ] {
        assert_eq!(redacted(&cards, text), expected);
        assert_eq!(redacted(&cards, expected), expected);
    }
}

#[test]
fn json_of_more_than_one_reading_hides_nothing() {
    let aws = bundle(&[AWS]);
    for (text, expected) in [
        (
            r#"{"a":1,"a":"\u0041KIAIOSFODNN7EXAMPLE"}"#,
            r#"{"a":1,"a":"[REDACTED:AWS_KEY]"}"#,
        ),
        (
            "{\"a\":\"\\u0041KIAIOSFODNN7EXAMPLE\"}\n{\"b\":2}\n",
            "{\"a\":\"[REDACTED:AWS_KEY]\"}\n{\"b\":2}\n",
        ),
        (
            r#"Found {"k":"{\"j\":\"\\u0041KIA\\u0049OSFODNN7EXAMPLE\"}"} there"#,
            r#"Found {"k":"{\"j\":\"[REDACTED:AWS_KEY]\"}"} there"#,
        ),
    ] {
        assert_eq!(redacted(&aws, text), expected);
    }
}

#[test]
fn base64_that_holds_a_find_goes_as_a_whole() {
    let aws = bundle(&[AWS]);
    let encoded = encode(&format!("config: {KEY}\n"));
    assert_eq!(
        redacted(&aws, &format!("blob {encoded} end")),
        "blob [REDACTED:AWS_KEY] end"
    );
    let twice = encode(&encoded);
    assert_eq!(redacted(&aws, &twice), "[REDACTED:AWS_KEY]");
    let inner_json = encode(&format!(r#"{{"a":"{}"}}"#, KEY.replace('A', r"\u0041")));
    assert_eq!(redacted(&aws, &inner_json), "[REDACTED:AWS_KEY]");
    let binary = json::to_text(
        &Object::new()
            .with("data", encode(&format!("\u{1}\u{2}{KEY}")))
            .into(),
    );
    let judged = judge(&aws, &binary);
    let data = judged.replaced.as_ref().unwrap().get("data").unwrap();
    assert_eq!(data.as_str(), Some(&*encode("[REDACTED:AWS_KEY]")));
    assert_eq!(judged.findings[0].count, 1);
    assert_eq!(judge(&aws, &text_of(&judged)).replaced, None);
    // A key looks like base64, too.
    let bare = judge(&aws, &format!(r#"{{"data":"{KEY}"}}"#));
    assert_eq!(text_of(&bare), r#"{"data":"[REDACTED:AWS_KEY]"}"#);
}

#[test]
fn ten_thousand_decoys_do_not_hide_the_secret_behind_them() {
    let decoys: String = (0..10_000).map(|at| format!("AKIA{at:016} ")).collect();
    for aws in [
        bundle(&[AWS]),
        with(r#"{"class":"aws_key"},{"class":"email"},{"class":"us_ssn"}"#),
    ] {
        let text = redacted(&aws, &format!("{decoys}{KEY} end"));
        assert_eq!(text.matches("[REDACTED:AWS_KEY]").count(), 10_001);
        assert!(!text.contains("AKIA") && text.ends_with("[REDACTED:AWS_KEY] end"));
    }
    let wide = with(r#"{"class":"us_ssn"}"#);
    let numbers = "123-45-6789 é ".repeat(10_000);
    assert_eq!(
        redacted(&wide, &numbers),
        "[REDACTED:US_SSN] é ".repeat(10_000)
    );
}

#[test]
fn a_find_that_begins_inside_another_is_found() {
    let aws = bundle(&[AWS]);
    assert_eq!(
        redacted(&aws, &format!("xAKIAAAAAAAAA{KEY}y")),
        "x[REDACTED:AWS_KEY]y"
    );
    let both = with(r#"{"pattern":"abc","as":"ONE"},{"pattern":"bcde","as":"TWO"}"#);
    assert_eq!(
        redacted(&both, "xabcdey abc"),
        "x[REDACTED:ONE]y [REDACTED:ONE]"
    );
    let judged = judge(&both, r#"{"text":"abcde"}"#);
    assert_eq!(judged.findings.len(), 1);
}

#[test]
fn a_pattern_takes_out_all_that_it_matches() {
    for (pattern, text, expected) in [
        ("a+", "caaat", "c[REDACTED:X]t"),
        ("k-[a-z]{2,}", "k-abcdef 1", "[REDACTED:X] 1"),
        (".*end", "to the end.", "[REDACTED:X]."),
        ("(?i)strasse", "die Straße!", "die [REDACTED:X]!"),
        (r"\bid\b", "id kid é id", "[REDACTED:X] kid é [REDACTED:X]"),
        ("tail$", "a tail\n", "a [REDACTED:X]"),
        (
            "[A-Z]{5,}",
            "HELLO [REDACTED:X]",
            "[REDACTED:X] [REDACTED:X]",
        ),
        (r"b\S+", "a b[REDACTED:X]c", "a [REDACTED:X]"),
        (
            r"[ED]\]",
            "WORD] [REDACTED:ZED]",
            "WOR[REDACTED:X] [REDACTED:ZE[REDACTED:X]",
        ),
    ] {
        let quoted = json::to_text(&pattern.into());
        let bundle = with(&format!(r#"{{"pattern":{quoted},"as":"X"}}"#));
        assert_eq!(redacted(&bundle, text), expected, "{pattern}");
        assert_eq!(redacted(&bundle, expected), expected, "{pattern} again");
    }
}

#[test]
fn keys_that_become_alike_are_numbered() {
    let aws = bundle(&[AWS]);
    let content = format!(
        r#"{{"{KEY}":1,"{}":2,"[REDACTED:AWS_KEY]#2":3}}"#,
        KEY.replace('7', "8")
    );
    let judged = judge(&aws, &content);
    assert_eq!(
        text_of(&judged),
        r#"{"[REDACTED:AWS_KEY]":1,"[REDACTED:AWS_KEY]#3":2,"[REDACTED:AWS_KEY]#2":3}"#
    );
    assert_eq!(judge(&aws, &text_of(&judged)).replaced, None);
}

#[test]
fn policies_that_redact_add_up_and_one_that_blocks_wins() {
    let second = r#""response":{"action":"redact","redact":[{"pattern":"pin \\d+","as":"PIN"}]},"priority":-1"#;
    let stop = r#""response":{"action":"block","when":[{"condition":"any_text_matches_regex","pattern":"stop"}]},"priority":-2"#;
    let pass = r#""response":{"action":"allow","when":[{"condition":"any_text_matches_regex","pattern":"pass"}]},"priority":1"#;
    let all = bundle(&[AWS, second, stop, pass]);
    let judged = judge(&all, &format!(r#"{{"a":"{KEY} pin 1"}}"#));
    assert_eq!(
        text_of(&judged),
        r#"{"a":"[REDACTED:AWS_KEY] [REDACTED:PIN]"}"#
    );
    assert_eq!(judged.policies, ["p-0", "p-1"]);
    assert_eq!(judged.decision.reason, "key in read_file");
    let judged = judge(&all, &format!(r#"{{"a":"{KEY} pin 1 stop"}}"#));
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Block, None)
    );
    assert_eq!(judged.policies, ["p-2"]);
    let judged = judge(&all, &format!(r#"{{"a":"{KEY} pass stop"}}"#));
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Allow, None)
    );
    let judged = judge(&all, r#"{"a":"pin 1"}"#);
    assert_eq!(judged.policies, ["p-1"]);
}

#[test]
fn the_word_of_a_policy_behind_stands_beside_what_was_redacted() {
    let note = r#""response":{"action":"log_only"},"priority":-1"#;
    let both = bundle(&[AWS, note]);
    let judged = judge(&both, &format!(r#"{{"a":"{KEY}"}}"#));
    assert_eq!(
        (judged.decision.action, judged.policies.len()),
        (Action::Redact, 2)
    );
    let judged = judge(&both, r#"{"a":"b"}"#);
    assert_eq!(
        (judged.decision.action, judged.policies),
        (Action::LogOnly, vec!["p-1".to_owned()])
    );
}

#[test]
fn nothing_is_replaced_where_decisions_are_not_enforced() {
    let content = format!(r#"{{"a":"{KEY}"}}"#);
    let judged = judge(&bundle_in(Mode::LogOnly, &[AWS]), &content);
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Redact, None)
    );
    assert_eq!(judged.findings.len(), 1);
    let judged = judge(&bundle_in(Mode::Observation, &[AWS]), &content);
    assert_eq!(
        (judged.decision.action, judged.findings.len()),
        (Action::Allow, 0)
    );
}

#[test]
fn conditions_see_what_texts_carry_inside() {
    for arg in [
        r#""any_text_matches_regex""#,
        r#""arg_matches_regex","arg":"a""#,
    ] {
        let policy = format!(
            r#""response":{{"action":"block","when":[{{"condition":{arg},"pattern":"hostile words"}}]}}"#
        );
        let bundle = bundle(&[&policy]);
        let hidden = encode("these are hostile words");
        for text in [
            r#"{"x":"hostile\u0020words"}"#.to_owned(),
            format!("see {hidden}"),
            json::to_text(&Object::new().with("k", hidden.as_str()).into()),
            r#"Some: {"x":"hostile\u0020words"}"#.to_owned(),
        ] {
            let content = Object::new().with("a", text.as_str()).into();
            let judged = judge_as(&bundle, "tools/call", "t", &content);
            assert_eq!(judged.decision.action, Action::Block, "{text}");
        }
    }
}

#[test]
fn more_work_than_allowed_blocks_the_answer() {
    let aws = bundle(&[AWS]);
    let deep = (0..20).fold(KEY.to_owned(), |text, _| encode(&text));
    let content = Object::new().with("a", deep).into();
    let judged = judge_as(&aws, "tools/call", "t", &content);
    assert_eq!(judged.decision.code.as_str(), "budget_exceeded");
    let counted = with(r#"{"pattern":"a.{60}\\bé","as":"X"}"#);
    let text = "aé".repeat(400_000);
    let judged = judge_as(
        &counted,
        "tools/call",
        "t",
        &Object::new().with("a", text).into(),
    );
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Block, None)
    );
}

#[test]
fn an_anchored_pattern_is_found_in_every_text_of_an_answer() {
    let bundle = with(r#"{"pattern":"^start|\\bend$","as":"X"},{"class":"card_number"}"#);
    let judged = judge(
        &bundle,
        r#"{"a":["no start","start"],"b":{"c":"{\"d\":\"the end\"}"}}"#,
    );
    assert_eq!(
        text_of(&judged),
        r#"{"a":["no start","[REDACTED:X]"],"b":{"c":"{\"d\":\"the [REDACTED:X]\"}"}}"#
    );
}

#[test]
fn a_find_across_two_texts_is_none() {
    let bundle = with(r#"{"pattern":"one\\stwo","as":"X"}"#);
    let judged = judge(&bundle, r#"{"a":"one","b":["two","one"],"two":1}"#);
    assert_eq!(
        (judged.decision.action, judged.replaced),
        (Action::Allow, None)
    );
}
