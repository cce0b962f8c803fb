//! What a call does, from the registry, from what servers say, or from the tool's name.

use super::words::words;
use crate::json::Value;
use crate::mcp::Definition;
use crate::taint::{Effect, Effects, Hints, Registry, ToolRules};

/// Verbs that only ask, where they lead a name.
const READING: [&str; 49] = [
    "get",
    "list",
    "read",
    "search",
    "find",
    "fetch",
    "query",
    "lookup",
    "look",
    "show",
    "view",
    "describe",
    "count",
    "check",
    "browse",
    "scan",
    "retrieve",
    "download",
    "inspect",
    "summarize",
    "summarise",
    "analyze",
    "analyse",
    "compare",
    "calculate",
    "compute",
    "translate",
    "validate",
    "verify",
    "preview",
    "peek",
    "head",
    "tail",
    "stat",
    "cat",
    "grep",
    "ls",
    "has",
    "is",
    "exist",
    "detect",
    "explain",
    "extract",
    "filter",
    "explore",
    "recall",
    "watch",
    "wait",
    "select",
];

/// Verbs that act wherever they stand in a name.
const ACTING: [(&str, Effect); 71] = [
    ("create", Effect::Write),
    ("add", Effect::Write),
    ("edit", Effect::Write),
    ("write", Effect::Write),
    ("append", Effect::Write),
    ("insert", Effect::Write),
    ("save", Effect::Write),
    ("rename", Effect::Write),
    ("modify", Effect::Write),
    ("overwrite", Effect::Write),
    ("replace", Effect::Write),
    ("assign", Effect::Write),
    ("enable", Effect::Write),
    ("configure", Effect::Write),
    ("register", Effect::Write),
    ("subscribe", Effect::Write),
    ("grant", Effect::Write),
    ("approve", Effect::Write),
    ("merge", Effect::Write),
    ("reschedule", Effect::Write),
    ("restore", Effect::Write),
    ("send", Effect::Send),
    ("forward", Effect::Send),
    ("publish", Effect::Send),
    ("notify", Effect::Send),
    ("submit", Effect::Send),
    ("upload", Effect::Send),
    ("push", Effect::Send),
    ("broadcast", Effect::Send),
    ("transmit", Effect::Send),
    ("deliver", Effect::Send),
    ("dispatch", Effect::Send),
    ("tweet", Effect::Send),
    ("delete", Effect::Destroy),
    ("remove", Effect::Destroy),
    ("purge", Effect::Destroy),
    ("destroy", Effect::Destroy),
    ("erase", Effect::Destroy),
    ("wipe", Effect::Destroy),
    ("truncate", Effect::Destroy),
    ("revoke", Effect::Destroy),
    ("cancel", Effect::Destroy),
    ("uninstall", Effect::Destroy),
    ("terminate", Effect::Destroy),
    ("kill", Effect::Destroy),
    ("unlink", Effect::Destroy),
    ("rm", Effect::Destroy),
    ("del", Effect::Destroy),
    ("discard", Effect::Destroy),
    ("prune", Effect::Destroy),
    ("deactivate", Effect::Destroy),
    ("shutdown", Effect::Destroy),
    ("unsubscribe", Effect::Destroy),
    ("pay", Effect::Pay),
    ("buy", Effect::Pay),
    ("checkout", Effect::Pay),
    ("donate", Effect::Pay),
    ("withdraw", Effect::Pay),
    ("wire", Effect::Pay),
    ("reserve", Effect::Pay),
    ("rent", Effect::Pay),
    ("hire", Effect::Pay),
    ("execute", Effect::Execute),
    ("exec", Effect::Execute),
    ("eval", Effect::Execute),
    ("evaluate", Effect::Execute),
    ("invoke", Effect::Execute),
    ("spawn", Effect::Execute),
    ("deploy", Effect::Execute),
    ("install", Effect::Execute),
    ("sudo", Effect::Execute),
];

/// Words that act where they lead a name or follow `and`, and are things elsewhere: `order` in
/// `order_pizza` and in `get_order`.
const ACTING_OR_THING: [(&str, Effect); 62] = [
    ("update", Effect::Write),
    ("set", Effect::Write),
    ("put", Effect::Write),
    ("patch", Effect::Write),
    ("change", Effect::Write),
    ("move", Effect::Write),
    ("copy", Effect::Write),
    ("mark", Effect::Write),
    ("tag", Effect::Write),
    ("label", Effect::Write),
    ("archive", Effect::Write),
    ("comment", Effect::Write),
    ("note", Effect::Write),
    ("record", Effect::Write),
    ("log", Effect::Write),
    ("start", Effect::Write),
    ("stop", Effect::Write),
    ("open", Effect::Write),
    ("close", Effect::Write),
    ("import", Effect::Write),
    ("build", Effect::Write),
    ("make", Effect::Write),
    ("upsert", Effect::Write),
    ("sync", Effect::Write),
    ("store", Effect::Write),
    ("like", Effect::Write),
    ("follow", Effect::Write),
    ("join", Effect::Write),
    ("email", Effect::Send),
    ("mail", Effect::Send),
    ("message", Effect::Send),
    ("post", Effect::Send),
    ("share", Effect::Send),
    ("invite", Effect::Send),
    ("reply", Effect::Send),
    ("respond", Effect::Send),
    ("export", Effect::Send),
    ("call", Effect::Send),
    ("sm", Effect::Send),
    ("sms", Effect::Send),
    ("dm", Effect::Send),
    ("report", Effect::Send),
    ("answer", Effect::Send),
    ("drop", Effect::Destroy),
    ("clear", Effect::Destroy),
    ("empty", Effect::Destroy),
    ("trash", Effect::Destroy),
    ("reset", Effect::Destroy),
    ("block", Effect::Destroy),
    ("ban", Effect::Destroy),
    ("kick", Effect::Destroy),
    ("order", Effect::Pay),
    ("book", Effect::Pay),
    ("schedule", Effect::Pay),
    ("transfer", Effect::Pay),
    ("purchase", Effect::Pay),
    ("charge", Effect::Pay),
    ("refund", Effect::Pay),
    ("trade", Effect::Pay),
    ("bid", Effect::Pay),
    ("sell", Effect::Pay),
    ("run", Effect::Execute),
];

/// Things that are money: to write or send one is to pay.
const MONEY: [&str; 10] = [
    "money",
    "payment",
    "transaction",
    "fund",
    "cash",
    "transfer",
    "purchase",
    "invoice",
    "crypto",
    "donation",
];

/// Places where whatever is given is run.
const RUNNING: [&str; 9] = [
    "shell",
    "bash",
    "terminal",
    "powershell",
    "cmd",
    "ssh",
    "command",
    "sql",
    "python",
];

/// Words after which another verb follows.
const AND: [&str; 4] = ["and", "then", "or", "to"];

/// What a call does, and whether anybody but its name says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) effects: Effects,
    pub(super) by: By,
}

/// Who says what a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The operator.
    Registry,
    /// The tool's server, which the operator trusts or which only raises.
    Server,
    /// The protocol: it is no call of a tool.
    Method,
    /// The tool's name.
    Name,
    /// Nobody: it is taken to write and to send.
    Nobody,
}

/// What a call does.
pub(super) fn told(
    registry: &Registry,
    rules: &ToolRules<'_>,
    upstream: &str,
    method: &str,
    tool: &str,
    definition: Option<&Definition>,
) -> Told {
    if let Some(effects) = rules.effects {
        let by = By::Registry;
        return Told { effects, by };
    }
    if method != "tools/call" {
        let effects = of_method(method);
        let by = By::Method;
        return Told { effects, by };
    }
    let hints = rules.annotations.or(hints(definition));
    let trusted = registry.trusts_server(upstream);
    if hints.read_only == Some(true) && hints.destructive != Some(true) && trusted {
        let effects = Effects::READ;
        let by = By::Server;
        return Told { effects, by };
    }
    let named = of_name(tool);
    let told = Told {
        effects: named.unwrap_or(UNKNOWN),
        by: if named.is_some() {
            By::Name
        } else {
            By::Nobody
        },
    };
    raised(told, hints)
}

/// What a tool nobody describes is taken to do.
const UNKNOWN: Effects = Effects::NONE.with(Effect::Write).with(Effect::Send);

/// What anybody may say: that a tool does more than its name does.
fn raised(told: Told, hints: Hints) -> Told {
    let mut effects = told.effects;
    if hints.destructive == Some(true) {
        effects = effects.with(Effect::Destroy);
    }
    if hints.read_only == Some(false) && effects.only_reads() {
        effects = effects.with(Effect::Write);
    }
    if effects == told.effects {
        return told;
    }
    let by = By::Server;
    Told { effects, by }
}

/// What a definition's annotations say.
fn hints(definition: Option<&Definition>) -> Hints {
    let annotations = definition.and_then(|definition| definition.members().get("annotations"));
    let hint = |key| {
        let annotations = annotations.and_then(Value::as_object)?;
        annotations.get(key).and_then(Value::as_bool)
    };
    Hints {
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        open_world: hint("openWorldHint"),
        idempotent: hint("idempotentHint"),
    }
}

/// What a method other than `tools/call` does. Ending a task of one's own takes nothing away from
/// anybody.
fn of_method(method: &str) -> Effects {
    match method {
        "resources/read"
        | "resources/subscribe"
        | "resources/unsubscribe"
        | "prompts/get"
        | "completion/complete"
        | "tasks/get"
        | "tasks/result"
        | "tasks/cancel" => Effects::READ,
        _ => UNKNOWN,
    }
}

/// What a tool's name says it does; `None` if it has no verb that is known.
pub(super) fn of_name(tool: &str) -> Option<Effects> {
    let words = words(tool);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let acting = acting(&words);
    if acting.is_empty() {
        return (leads_reading(&words) || reads_behind_a_prefix(&words)).then_some(Effects::READ);
    }
    let pays = acting.has(Effect::Write) || acting.has(Effect::Send);
    let money = words.iter().any(|word| MONEY.contains(word));
    Some(if pays && money {
        acting.with(Effect::Pay)
    } else {
        acting
    })
}

fn acting(words: &[&str]) -> Effects {
    let mut effects = Effects::NONE;
    let effect = |list: &[(&str, Effect)], word: &str| {
        let found = list.iter().find(|(known, _)| *known == word);
        found.map(|(_, effect)| *effect)
    };
    let mut things = Effects::NONE;
    let mut before = "and";
    for word in words {
        if let Some(found) = effect(&ACTING, word) {
            effects = effects.with(found);
        } else if let Some(found) = effect(&ACTING_OR_THING, word) {
            if AND.contains(&before) {
                effects = effects.with(found);
            } else {
                things = things.with(found);
            }
        }
        before = word;
    }
    let reads = words.iter().any(|word| READING.contains(word));
    if effects.is_empty() && !reads {
        // `slack_post_message`: nothing else in the name is a verb.
        effects = things;
    }
    let runs = words.iter().any(|word| RUNNING.contains(word));
    if runs && (!reads || effects.has(Effect::Execute)) {
        effects = effects.with(Effect::Execute);
    }
    if runs && words.contains(&"query") {
        effects = effects.with(Effect::Execute);
    }
    effects
}

fn leads_reading(words: &[&str]) -> bool {
    words.first().is_some_and(|word| READING.contains(word))
}

/// `slack_list_channels`: one word of whose tool it is, then a verb that only reads.
fn reads_behind_a_prefix(words: &[&str]) -> bool {
    match words {
        [_, second, ..] => READING.contains(second),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_tools_do() {
        use Effect::{Destroy, Execute, Pay, Read, Send, Write};
        for (tool, expected) in [
            ("get_webpage", vec![Read]),
            ("search_emails", vec![Read]),
            ("get_order", vec![Read]),
            ("list_comments", vec![Read]),
            ("check_email", vec![Read]),
            ("get_scheduled_transactions", vec![Read]),
            ("slack_list_channels", vec![Read]),
            ("read_and_forward", vec![Send]),
            ("getAndOrder", vec![Pay]),
            ("fetch_then_post", vec![Send]),
            ("send_email", vec![Send]),
            ("slack_post_message", vec![Send]),
            ("post_webpage", vec![Send]),
            ("deleteFile", vec![Destroy]),
            ("purge_all", vec![Destroy]),
            ("cancel_calendar_event", vec![Destroy]),
            ("move_item", vec![Write]),
            ("update_password", vec![Write]),
            ("create_calendar_event", vec![Write]),
            ("reschedule_calendar_event", vec![Write]),
            ("send_money", vec![Send, Pay]),
            ("schedule_transaction", vec![Pay]),
            ("update_scheduled_transaction", vec![Write, Pay]),
            ("reserve_hotel", vec![Pay]),
            ("execute_statement", vec![Execute]),
            ("run_query", vec![Execute]),
            ("query_sql", vec![Execute]),
            ("bash", vec![Execute]),
        ] {
            let effects: Vec<_> = of_name(tool).unwrap_or_default().iter().collect();
            assert_eq!(effects, expected, "{tool}");
        }
        for tool in ["frobnicate", "nuke_and_list_all", "x", "", "日本"] {
            assert_eq!(of_name(tool), None, "{tool}");
        }
    }
}
