//! Who is external, what may leave, what is sensitive: `registry.json`, `outbound.json` and
//! `scan-sensitivity.json`.

use std::collections::BTreeSet;
use tessera_engine::json::{Object, Value};
use tessera_engine::scan;
use tessera_engine::taint::context::{
    FloorCall, FloorSettings, Floors, Fold, Leaving, Listing, Recipients, ResourceType, Segment,
    result_trust, sensitivity_of,
};
use tessera_engine::taint::{
    Level, Origin, Registry, ResultRow, Sensitivity, ToolRow, TrustLevel, Verdict,
};
use tessera_engine::time::UnixMillis;

/// Whether a tool's results come from outside. What the reference lists as external is listed here
/// with results at the level of the web.
pub(crate) fn registry(input: &Value) -> Option<Object> {
    let lists = ["external", "local"].map(|key| input.get(key));
    let names = |list: Option<&Value>| -> Option<Vec<String>> {
        let names = list.map_or(Some(&[][..]), Value::as_array)?.iter();
        names.map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let Some([external, local]) = lists
        .map(names)
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .and_then(|lists| <[Vec<String>; 2]>::try_from(lists).ok())
    else {
        return Some(Object::new().with("error", true));
    };
    let listed: BTreeSet<String> = external.into_iter().chain(local).collect();
    let row = |name: &String| ToolRow {
        result: Some(ResultRow {
            level: Some(Level::Web),
            ..ResultRow::default()
        }),
        ..ToolRow::new(name)
    };
    let registry = Registry {
        tools: listed.iter().map(row).collect(),
        ..Registry::default()
    };
    let rules = registry.rules("any", input.get("tool")?.as_str()?);
    let listing = if rules.listed {
        Listing::Listed
    } else {
        Listing::Unlisted
    };
    let (_, level) = result_trust(listing, rules.result.level.unwrap_or(Level::Tool));
    let names = listed.into_iter().map(Value::from).collect();
    Some(
        Object::new()
            .with("effective", Value::Array(names))
            .with("external", level == TrustLevel::Untrusted),
    )
}

/// Whether a call may take out what its conversation has seen.
pub(crate) fn outbound(input: &Value) -> Option<Object> {
    let tool = input.get("tool")?.as_str()?;
    let row = input.get("registry")?.get(tool);
    let declared = row.and_then(|row| row.get("max")).and_then(Value::as_str);
    let settings = FloorSettings::default();
    // Its name says that it sends.
    let ceiling = settings.ceiling(declared.map(class), Leaving::Leaves);
    let mut fold = Fold::new();
    fold.add(&Segment {
        level: TrustLevel::User,
        origin: Origin::User,
        principal: "p",
        readers: None,
        sensitivity: class(input.get("hwm")?.as_str()?),
        at: UnixMillis(0),
    });
    let call = FloorCall {
        name: tool,
        resource: ResourceType::Tool,
        arguments: None,
        recipients: Recipients::ByName,
        ceiling,
        delegated: None,
    };
    let floors = Floors::compile(Vec::new(), settings).unwrap();
    let decision = floors.decide(&fold, &call, UnixMillis(0));
    Some(Object::new().with("allowed", decision.verdict == Verdict::Allow))
}

/// The class of a text, and the rules that found something.
pub(crate) fn sensitivity(input: &Value) -> Option<Object> {
    let text = input.get("text")?.as_str()?;
    let rules = scan::sensitive(text).into_iter();
    let rules = rules.map(|rule| rule.as_str().into()).collect();
    let label = sensitivity_of(text).as_str().to_uppercase();
    Some(
        Object::new()
            .with("label", label)
            .with("rules", Value::Array(rules)),
    )
}

fn class(name: &str) -> Sensitivity {
    Sensitivity::from_name(name).unwrap()
}
