//! `tessera policy explain`: how every policy and condition comes out for one call.

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use tessera_engine::json::{self, Object, Value};
use tessera_engine::limits;
use tessera_engine::policy::{
    AnswerDecision, AnswerExplanation, Check, ConditionExplanation, Decision, Explanation, Finding,
    Looked, Path, PolicyExplanation, PolicyOutcome, Skip,
};

use super::call::WrittenCall;
use super::eval::{answer_decision, decision, names, now};
use super::load::{Directory, Settings, ZonePolicy};
use super::{Exit, Failure, Output, Tone};

/// Arguments of `tessera policy explain`.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  tessera policy explain --policy-dir policies call.json
  echo '{"tool":"aws_s3_put_object","arguments":{"region":"us-east-1"}}' |
    tessera policy explain --policy-dir policies --json

The call is one JSON object with the keys upstream, tool, method, arguments, _meta, now, caller
({"name", "scope"}) and sender (client or server); only tool is required. With the key answer (a
result, an error object, the params of a notification, or a text) the answer to the call is explained:
  echo '{"tool":"read_file","answer":"password of db: hunter2"}' | tessera policy explain
What conditions looked at is shown, so the output may hold what the call or the answer holds.

Exit 0: explained. Exit 2: the policies or the call cannot be used."#)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    directory: Directory,
    #[command(flatten)]
    settings: Settings,
    /// What a time zone nobody knows does.
    #[arg(long, value_enum, default_value = "never")]
    unknown_zone: ZonePolicy,
    /// The file with the call; `-` for standard input.
    #[arg(value_name = "CALL.json", default_value = "-")]
    call: PathBuf,
}

/// Explains one call.
pub(super) fn run(arguments: &ExplainArgs, output: &Output) -> Result<Exit, Failure> {
    let settings = arguments.settings.to_engine();
    let (_, bundle) = arguments
        .directory
        .compile(settings, arguments.unknown_zone, output)?;
    let call = read(&arguments.call)?;
    let now = now();
    let explained = match call.answer_at(now) {
        Some(answer) => Explained::of_answer(answer.tool, bundle.explain_answer(&answer)),
        None => Explained::of_call(bundle.explain(&call.at(now))),
    };
    if output.json() {
        output.raw(json::to_text(&to_json(&explained)).as_bytes());
    } else {
        print(&explained, output);
    }
    Ok(Exit::Done)
}

/// What is to be shown, of a call or of an answer.
struct Explained {
    decision: Decision,
    /// How the answer was judged, if it is one.
    answer: Option<AnswerDecision>,
    /// The tool that is explained: the call's own, or the one it runs.
    tool: String,
    inner_tools: Vec<String>,
    policies: Vec<PolicyExplanation>,
}

impl Explained {
    fn of_call(explanation: Explanation) -> Self {
        Self {
            decision: explanation.decision,
            answer: None,
            tool: explanation.tool,
            inner_tools: explanation.inner_tools,
            policies: explanation.policies,
        }
    }

    fn of_answer(tool: &str, explanation: AnswerExplanation) -> Self {
        Self {
            decision: explanation.judged.decision.clone(),
            answer: Some(explanation.judged),
            tool: tool.to_owned(),
            inner_tools: Vec::new(),
            policies: explanation.policies,
        }
    }
}

fn read(path: &std::path::Path) -> Result<WrittenCall, Failure> {
    let name = path.display().to_string();
    let in_file = |error: anyhow::Error| Failure::usage(error.context(format!("in `{name}`")));
    let mut bytes = Vec::new();
    let enough = limits::BODY_BYTES as u64 + 1;
    let read = if name == "-" {
        std::io::stdin().lock().take(enough).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(enough).read_to_end(&mut bytes))
    };
    read.map_err(|error| in_file(error.into()))?;
    let value = json::parse(&bytes).map_err(|error| in_file(error.into()))?;
    WrittenCall::read(&value, &Path::root()).map_err(|error| in_file(error.into()))
}

fn print(explanation: &Explained, output: &Output) {
    let decision = &explanation.decision;
    let tone = if decision.action.lets_pass() {
        Tone::Good
    } else {
        Tone::Bad
    };
    let by = match &decision.policy_id {
        Some(id) => format!(" by policy `{id}`"),
        None => String::new(),
    };
    let action = output.paint(tone, decision.action.as_str());
    output.line(format!(
        "{action}{by} ({}): {}",
        decision.code.as_str(),
        decision.reason
    ));
    if !explanation.inner_tools.is_empty() {
        let inner = explanation.inner_tools.join(", ");
        output.line(format!("runs: {inner}; explained as: {}", explanation.tool));
    }
    let stages: Vec<_> = decision.checks.iter().map(stage).collect();
    output.line(format!("stages: {}", stages.join(", ")));
    if let Some(judged) = explanation
        .answer
        .as_ref()
        .filter(|a| !a.findings.is_empty())
    {
        let one = |finding: &Finding| format!("{} {}", finding.count, finding.kind);
        let found: Vec<_> = judged.findings.iter().map(one).collect();
        output.line(format!("found: {}", found.join(", ")));
    }
    if explanation.policies.is_empty() {
        return;
    }
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(["POLICY / CONDITION", "ACTION", "RESULT", "LOOKED AT"]);
    for policy in &explanation.policies {
        let outcome = outcome(policy);
        table.add_row([
            policy.id.as_str(),
            policy.action.as_str(),
            outcome.as_str(),
            "",
        ]);
        add_conditions(&policy.conditions, 1, &mut table);
    }
    output.line("");
    output.line(table.trim_fmt());
}

fn stage(check: &Check) -> String {
    format!("{} {}", check.stage.as_str(), check.outcome.as_str())
}

fn outcome(policy: &PolicyExplanation) -> String {
    match policy.outcome {
        PolicyOutcome::Decides => "decides".to_owned(),
        PolicyOutcome::MatchesLater => "matches, an earlier one decides".to_owned(),
        PolicyOutcome::Redacts => "redacts".to_owned(),
        PolicyOutcome::FindsNothing => "matches, finds nothing to redact".to_owned(),
        PolicyOutcome::Skipped(Skip::Intent) => "skipped: no intent".to_owned(),
        PolicyOutcome::Skipped(skip) => format!("skipped: another {}", skip.as_str()),
        PolicyOutcome::ConditionFalse(at) => format!("when[{at}] does not hold"),
    }
}

fn add_conditions(conditions: &[ConditionExplanation], level: usize, table: &mut Table) {
    for condition in conditions {
        let name = format!(
            "{}{} {}",
            "  ".repeat(level),
            condition.path,
            condition.name
        );
        let looked: Vec<_> = condition.looked_at.iter().map(looked).collect();
        let holds = if condition.holds { "true" } else { "false" };
        table.add_row([name.as_str(), "", holds, looked.join("\n").as_str()]);
        add_conditions(&condition.children, level.saturating_add(1), table);
    }
}

fn looked(looked: &Looked) -> String {
    format!("{}: {}", looked.what, looked.value)
}

fn to_json(explanation: &Explained) -> Value {
    let checks: Vec<Value> = explanation
        .decision
        .checks
        .iter()
        .map(|check| {
            Object::new()
                .with("stage", check.stage.as_str())
                .with("outcome", check.outcome.as_str())
                .with("tried", check.tried as u64)
                .into()
        })
        .collect();
    let policies: Vec<Value> = explanation.policies.iter().map(policy_json).collect();
    let shown = match &explanation.answer {
        Some(judged) => answer_decision(judged),
        None => decision(&explanation.decision),
    };
    Value::Object(
        Object::new()
            .with("decision", shown)
            .with("tool", explanation.tool.as_str())
            .with("inner_tools", names(&explanation.inner_tools))
            .with("checks", checks)
            .with("policies", policies),
    )
}

fn policy_json(policy: &PolicyExplanation) -> Value {
    let (word, skipped, first_false) = match policy.outcome {
        PolicyOutcome::Decides => ("decides", None, None),
        PolicyOutcome::MatchesLater => ("matches_later", None, None),
        PolicyOutcome::Redacts => ("redacts", None, None),
        PolicyOutcome::FindsNothing => ("finds_nothing", None, None),
        PolicyOutcome::Skipped(skip) => ("skipped", Some(skip.as_str()), None),
        PolicyOutcome::ConditionFalse(at) => ("condition_false", None, Some(at as u64)),
    };
    Value::Object(
        Object::new()
            .with("id", policy.id.as_str())
            .with("action", policy.action.as_str())
            .with("outcome", word)
            .with("skipped_because_of", skipped)
            .with("first_false", first_false)
            .with(
                "conditions",
                policy
                    .conditions
                    .iter()
                    .map(condition_json)
                    .collect::<Vec<_>>(),
            ),
    )
}

fn condition_json(condition: &ConditionExplanation) -> Value {
    let looked: Vec<Value> = condition
        .looked_at
        .iter()
        .map(|looked| {
            Object::new()
                .with("what", looked.what)
                .with("value", looked.value.as_str())
                .into()
        })
        .collect();
    Value::Object(
        Object::new()
            .with("path", condition.path.to_string())
            .with("condition", condition.name)
            .with("holds", condition.holds)
            .with("looked_at", looked)
            .with(
                "conditions",
                condition
                    .children
                    .iter()
                    .map(condition_json)
                    .collect::<Vec<_>>(),
            ),
    )
}
