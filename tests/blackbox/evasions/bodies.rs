//! Disguises in the body: what two readers of JSON or of JSON-RPC may read differently.

use super::request::{Era, Framing, Request, body};
use super::{Attempt, encodings, keys, legal, wild};

/// Every body disguise, under the family it belongs to.
pub(crate) fn all(era: Era, tool: &str) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut add = |family: &'static str, bodies: Vec<String>| {
        let request = |body: String| wild(family, Request::plain(era, tool).body(body));
        attempts.extend(bodies.into_iter().map(request));
    };
    add("duplicate keys", keys::duplicates(era, tool));
    add("look-alike keys", keys::look_alikes(era, tool));
    add("batches", batches(era, tool));
    add("hybrids", hybrids(era, tool));
    add("numbers", numbers(era, tool));
    add("data around it", encodings::around(era, tool));
    add("ids", ids(era, tool));
    add("look-alike names", names(era, tool));
    add("wrappings", wrappings(era, tool));
    attempts.extend(encodings::bytes(era, tool));
    attempts.extend(plain_spellings(era, tool));
    attempts
}

fn batches(era: Era, tool: &str) -> Vec<String> {
    let (plain, safe) = (
        body(era, tool),
        body(era, "safe").replace(r#""id":1"#, r#""id":2"#),
    );
    let ping = r#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#;
    let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    vec![
        format!("[{plain}]"),
        format!("[{ping},{plain}]"),
        format!("[{plain},{ping}]"),
        format!("[{told},{plain}]"),
        format!("[{safe},{plain}]"),
        format!("[{plain},{plain}]"),
        format!("[[{plain}]]"),
        format!("[[],{plain}]"),
        format!(" \n[{plain}]"),
        format!(r#"{{"0":{plain}}}"#),
        format!(r#"{{"batch":[{plain}],"jsonrpc":"2.0","id":1,"method":"ping"}}"#),
    ]
}

fn hybrids(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let mut bodies = Vec::new();
    for member in ["result", "error"] {
        for value in [
            "null",
            "{}",
            "0",
            r#""""#,
            "[]",
            r#"{"code":-1,"message":"m"}"#,
        ] {
            let end = plain.len() - 1;
            bodies.push(format!(r#"{{"{member}":{value},{}"#, &plain[1..]));
            bodies.push(format!(r#"{},"{member}":{value}}}"#, &plain[..end]));
        }
    }
    bodies
}

fn numbers(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let odd = [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x10",
        "1_000",
        "--1",
        "١",
        "1e400",
        "-NaN",
    ];
    let in_arguments = odd
        .iter()
        .map(|n| plain.replace(r#""x":"A""#, &format!(r#""x":"A","y":{n}"#)));
    let beside = odd
        .iter()
        .map(|n| plain.replace(r#""id":1"#, &format!(r#""id":1,"zz":{n}"#)));
    in_arguments.chain(beside).collect()
}

fn ids(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let long = "9".repeat(5000);
    let ids = [
        "null", "1.5", "true", "false", "{}", "[1]", "1.0", "1e2", "-0", "1e0", "[]", "00", &long,
    ];
    let mut bodies: Vec<String> = ids
        .iter()
        .map(|id| plain.replace(r#""id":1"#, &format!(r#""id":{id}"#)))
        .collect();
    bodies.push(plain.replace(r#""id":1,"#, ""));
    bodies.push(plain.replace(r#""jsonrpc":"2.0","#, ""));
    bodies.push(plain.replace("2.0", "1.0"));
    bodies.push(plain.replace(r#""2.0""#, "2.0"));
    bodies
}

/// Names and methods that are not the forbidden ones, unless somebody folds, trims or normalises them.
fn names(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let upper = tool.to_uppercase();
    let wide: String = tool
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    let tools = [
        upper.clone(),
        format!(" {tool}"),
        format!("{tool} "),
        format!("{tool}\\u0000"),
        format!("{tool}\\n"),
        format!("\u{200b}{tool}"),
        format!("{tool}\u{200d}"),
        wide,
        tool.replace('a', "\u{430}"),
        format!("fixture/{tool}"),
        format!("./{tool}"),
        format!("{tool}/"),
        format!("tools.{tool}"),
        format!("fixture:{tool}"),
        format!("{tool}?"),
        format!("safe,{tool}"),
        format!("\\ud800{tool}"),
    ];
    let methods = [
        "Tools/Call",
        "TOOLS/CALL",
        "tools/call ",
        " tools/call",
        "tools/call\\u0000",
        "tools//call",
        "tools/call/",
        "tools\\\\call",
        "tools.call",
        "tools/CALL",
        "notifications/tools/call",
        "tools/call\\n",
        "tools/execute",
        "\u{ff54}ools/call",
    ];
    let named = tools
        .iter()
        .map(|name| plain.replace(&format!(r#""{tool}""#), &format!(r#""{name}""#)));
    let called = methods
        .iter()
        .map(|method| plain.replace("tools/call", method));
    named.chain(called).collect()
}

fn wrappings(era: Era, tool: &str) -> Vec<String> {
    let plain = body(era, tool);
    let name = format!(r#""name":"{tool}""#);
    let call = |to: &str| plain.replace(&name, to);
    let deep = |levels: usize| {
        let nested = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        plain.replace(r#""x":"A""#, &format!(r#""x":"A","y":{nested}"#))
    };
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let params = &plain[plain.find(r#""params":"#).unwrap() + 9..plain.len() - 1];
    vec![
        call(&format!(r#""name":["{tool}"]"#)),
        call(&format!(r#""name":{{"name":"{tool}"}}"#)),
        call(&format!(r#""name":"\"{tool}\"""#)),
        call(&format!(r#"{name},"task":{{"ttl":60000}}"#)),
        call(&format!(
            r#"{name},"inputResponses":{{}},"requestState":"x""#
        )),
        call(&format!(r#"{name},"method":"tools/list""#)),
        call(&format!(r#"{name},"__proto__":{{"name":"safe"}}"#)),
        call(&format!(r#""params":{{{name}}}"#)),
        plain.replace(params, &format!("[{params}]")),
        plain.replace(params, &format!(r#""{}""#, quoted(params))),
        format!(r#""{}""#, quoted(&plain)),
        format!(r#"{{"message":{plain}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{plain}}}"#),
        plain.replace(r#"{"x":"A"}"#, "null"),
        plain.replace(r#"{"x":"A"}"#, r#""{\"x\":\"A\"}""#),
        plain.replace(r#"{"x":"A"}"#, "[]"),
        deep(60),
        deep(61),
        deep(62),
        deep(65),
        deep(120),
        deep(500),
        plain.replace(r#""jsonrpc""#, r#""x-unknown":{},"jsonrpc""#),
    ]
}

/// Spellings that every reader takes for the same: a filter must see through them, and let a harmless tool pass.
fn plain_spellings(era: Era, tool: &str) -> Vec<Attempt> {
    let plain = body(era, tool);
    let escaped = |text: &str| -> String {
        text.chars()
            .map(|c| format!("\\u{:04X}", u32::from(c)))
            .collect()
    };
    let end = plain.len() - 1;
    let params = plain.find(r#","params""#).unwrap();
    let spelt = vec![
        plain.clone(),
        plain.replace(tool, &escaped(tool)),
        plain.replace("tools/call", "tools\\/call"),
        plain.replace("tools/call", &escaped("tools/call")),
        plain.replace(r#""name""#, &format!(r#""{}""#, escaped("name"))),
        plain.replace(r#""method""#, &format!(r#""{}""#, escaped("method"))),
        plain.replace(r#""params""#, r#""param\u0073""#),
        format!("{{{},{}}}", &plain[params + 1..end], &plain[1..params]),
        format!(
            "\r\n\t {} \r\n\t",
            plain.replace(',', " ,\n").replace(r#"":"#, "\"\t: ")
        ),
        plain.replace(r#""id":1"#, r#""id":"one""#),
        plain.replace(r#""id":1"#, r#""id":0"#),
        plain.replace(r#""id":1"#, r#""id":-7"#),
        plain.replace(r#""A""#, &format!(r#""{}""#, "A".repeat(300_000))),
        plain.replace(r#""A""#, r#""\ud83d\ude00\u0000é""#),
    ];
    let mut attempts: Vec<Attempt> = spelt
        .into_iter()
        .map(|body| legal("spellings", Request::plain(era, tool).body(body)))
        .collect();
    attempts.push(legal(
        "spellings",
        Request::plain(era, tool).framed(Framing::Chunks(1, "", "")),
    ));
    attempts
}
