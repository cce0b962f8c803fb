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
