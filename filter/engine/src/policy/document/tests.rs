//! What is accepted, refused and coerced, and that nothing is lost on the way back.

use super::*;
use crate::json;

fn decode(text: &str) -> Result<Document, Vec<String>> {
    let value = json::parse(text.as_bytes()).unwrap();
    Document::decode(&value)
        .map_err(|errors| errors.into_iter().map(|error| error.to_string()).collect())
}

fn with(rest: &str) -> Result<Document, Vec<String>> {
    decode(&format!(
        r#"{{"id":"p","name":"n","action":"block",{rest}}}"#
    ))
}

#[test]
fn every_error_is_reported_with_its_place() {
    let errors = decode(
        r#"{"id":"A","actoin":"block","priority":1.5,"match":{"tools":"x","tool":"a","tool_pattern":"b"},
            "when":[{"condition":"arg_equal","arg":"a"},{"condition":"arg_in_set","values":[],"arg":"a","x":1},
                    {"condition":"none_of","conditions":[{"condition":"arg_matches_regex","arg":"a","pattern":"("}]}]}"#,
    )
    .unwrap_err();
    let starts = [
        "`id`: `A` is not an id",
        "the key `name` is missing",
        "`match`: `tool` and `tool_pattern` exclude each other",
        "`match.tools`: unknown key `tools`, expected one of `upstream`, `method`, `sender`, `caller`, `scope`, `tool`, `tool_pattern`, `require_intent`; did you mean `tool`?",
        "`when[0].condition`: unknown condition `arg_equal`",
        "`when[1].x`: unknown key `x`",
        "`when[2].conditions[0].pattern`: bad pattern: ",
        "the key `action` is missing",
        "`priority`: expected an integer, got a number",
        "`actoin`: unknown key `actoin`",
    ];
    assert_eq!(errors.len(), starts.len(), "{errors:#?}");
    for (error, start) in errors.iter().zip(starts) {
        assert!(error.starts_with(start), "{error} / {start}");
    }
}

#[test]
fn what_the_reference_refuses_or_should_refuse_is_refused() {
    for rest in [
        r#""enabled":true"#,
        r#""match":{"compiled_tool_pattern":"x"}"#,
        r#""match":{"method":1}"#,
        r#""when":[{"condition":"arg_equals","arg":"a","arg_path":"a","value":1}]"#,
        r#""when":[{"condition":"arg_equals","value":1}]"#,
        r#""when":[{"condition":"arg_equals","arg":1,"value":1}]"#,
        r#""when":[{"condition":"arg_equals","arg_path":"\"a","value":1}]"#,
        r#""when":[{"condition":"arg_path_matches_regex","arg":"a","pattern":"x"}]"#,
        r#""when":[{"condition":"arg_size_greater_than","arg":"a","bytes":1.5}]"#,
        r#""when":[{"condition":"time_of_day_outside","start":"24:00","end":"17:00","tz":"UTC"}]"#,
        r#""when":[{"condition":"time_of_day_outside","start":"09:00","end":"17:00"}]"#,
        r#""when":[{"condition":"predicted_cost","usd_threshold":1}]"#,
        r#""when":[{"condition":"combination_anything"}]"#,
        r#""when":[{"condition":"data_volume","bytes_threshold":1,"estimator":"s3_get_byte_estimate"}]"#,
        r#""when":[{"condition":"data_volume","bytes_threshold":1,"operator":"equals"}]"#,
        r#""when":[{"condition":"affected_resource_count","arg":"items[*].id","count_threshold":1}]"#,
        r#""when":["arg_equals"]"#,
    ] {
        assert!(with(rest).is_err(), "{rest}");
    }
    assert!(decode("[]").is_err());
    assert!(decode(r#"{"id":"p\n","name":"n","action":"block"}"#).is_err());
}

#[test]
fn too_many_too_deep_conditions_are_refused() {
    let one = r#"{"condition":"tool_name_in","values":[]}"#;
    let many = vec![one; limits::POLICY_CONDITIONS + 1].join(",");
    assert!(with(&format!(r#""when":[{many}]"#)).is_err());
    let nested = |depth: usize| {
        let open = r#"{"condition":"any_of","conditions":["#.repeat(depth);
        format!(r#""when":[{open}{}]"#, "]}".repeat(depth))
    };
    assert!(with(&nested(limits::GROUP_DEPTH)).is_ok());
    assert!(with(&nested(limits::GROUP_DEPTH + 1)).is_err());
    assert!(with(&nested(limits::DOCUMENT_DEPTH / 2)).is_err());
}

#[test]
fn a_policy_in_normal_form_is_read_back_equal() {
    let text = r#"{"id":"p","name":"n","action":"log_only","description":"d","reason":"r ${tool}","priority":"-7",
        "match":{"upstream":"u","method":"tools/*","tool_pattern":"^x","require_intent":"on"},
        "when":[
          {"condition":"arg_equals","arg":"*","value":null},
          {"condition":"arg_greater_than","arg_path":"a.\"b.c\".*.0","value":"1e3"},
          {"condition":"arg_less_than","arg":"a.b","value":1.50},
          {"condition":"arg_matches_regex","arg":"a","pattern":"x$"},
          {"condition":"arg_contains_pattern","arg":"a","pattern":"x"},
          {"condition":"arg_path_matches_regex","arg_path":"a.b","pattern":""},
          {"condition":"arg_in_set","arg":"a","values":[1,[2],{"k":true}]},
          {"condition":"arg_size_greater_than","arg":"a","bytes":"9"},
          {"condition":"tool_name_in","values":["x"]},
          {"condition":"action_class_in","values":["write.delete","nope"]},
          {"condition":"intent_class_in","values":[]},
          {"condition":"intent_purpose_matches","pattern":"p"},
          {"condition":"region_in","arg":"r","regions":["eu-"]},
          {"condition":"time_of_day_outside","start":" 9 : 00 ","end":"17:00:59","tz":"Europe/London"},
          {"condition":"meta_field_equals","key":"a.","value":[]},
          {"condition":"affected_resource_count","arg":"o.ids","count_threshold":2},
          {"condition":"data_volume","bytes_threshold":10,"operator":"less_than"},
          {"condition":"sts_chain_depth_greater_than","threshold":-1},
          {"condition":"none_of","conditions":[{"condition":"any_of","conditions":[]}]}
        ]}"#;
    let document = decode(text).unwrap();
    let normal = document.to_value();
    assert_eq!(Document::decode(&normal).unwrap(), document);
    assert_eq!(Document::decode(&normal).unwrap().to_value(), normal);
    assert_eq!(document.when.len(), 19);
}

#[test]
fn what_is_wrong_with_a_redaction_is_said_where_it_stands() {
    for (response, expected) in [
        (
            r#""action":"redact""#,
            "`response`: the key `redact` is missing",
        ),
        (
            r#""action":"block","redact":[{"class":"jwt"}]"#,
            "`response.redact`: `redact` goes with `action: redact`, not with `block`",
        ),
        (
            r#""action":"redact","redact":[]"#,
            "`response.redact`: expected at least one redaction, got an array",
        ),
        (
            r#""action":"redact","redact":[{"class":"aws_keys"}]"#,
            "`response.redact[0].class`: unknown class `aws_keys`, expected one of `aws_key`",
        ),
        (
            r#""action":"redact","redact":[{"class":"jwt","as":"X"}]"#,
            "`response.redact[0].as`: unknown key `as`",
        ),
        (
            r#""action":"redact","redact":[{"class":"jwt"},{"clas":"jwt"}]"#,
            "`response.redact[1]`: a redaction has either `class`, or `pattern` and `as`",
        ),
        (
            r#""action":"redact","redact":[{"pattern":"x"}]"#,
            "`response.redact[0]`: the key `as` is missing",
        ),
        (
            r#""action":"redact","redact":[{"pattern":"x","as":"Key]"}]"#,
            "`response.redact[0].as`: `Key]` is not a name for a placeholder: 1 to 32 of A-Z, 0-9 and `_`",
        ),
        (
            r#""action":"redact","redact":[{"pattern":"a(","as":"X"}]"#,
            "`response.redact[0].pattern`: bad pattern: ",
        ),
        (
            r#""action":"redact","redact":[{"pattern":"a*","as":"X"}]"#,
            "`response.redact[0].pattern`: the pattern also matches nothing at all",
        ),
        (
            r#""action":"redcat","redact":[{"class":"jwt"}]"#,
            "`response.action`: unknown action `redcat`, expected one of `redact`, `block`, `log_only`, `allow`; did you mean `redact`?",
        ),
    ] {
        let errors = decode(&format!(
            r#"{{"id":"p","name":"n","response":{{{response}}}}}"#
        ))
        .unwrap_err();
        let start = errors.first().unwrap();
        assert!(start.starts_with(expected), "{errors:#?} / {expected}");
    }
    let errors = decode(r#"{"id":"p","name":"n","action":"redact","redact":[{"class":"jwt"}]}"#);
    let expected = "`action`: `action: redact` is not supported: only answers are redacted";
    assert!(
        errors.as_ref().unwrap_err()[0].starts_with(expected),
        "{errors:?}"
    );
}

#[test]
fn a_policy_that_redacts_is_given_back_as_it_was() {
    let text = r#"{"id":"p","name":"n","response":{"action":"redact","redact":[{"class":"jwt"},{"pattern":"(?i)pin \\d+","as":"PIN"}],"reason":"r"}}"#;
    let document = decode(text).unwrap();
    assert_eq!(json::to_text(&document.to_value()), text);
    assert_eq!(document.redact[1].name(), "PIN");
}
