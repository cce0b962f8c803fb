//! The `settings` of a trust document.

use crate::json::Value;
use crate::limits;
use crate::policy::document::fields::{Errors, Fields, unknown_name, wrong_type};
use crate::policy::place::Path;
use crate::policy::trust::values::{
    ANSWERS, SENSITIVITIES, STAGES, members, texts, trust_level, truth, word,
};
use crate::taint::context::{FloorSettings, Steps};
use crate::taint::{FlowCode, Prompts, Settings, UnknownConversation, UnlistedResult, Verdict};

const CONVERSATIONS: [(&str, UnknownConversation); 2] = [
    ("tainted", UnknownConversation::Tainted),
    ("fresh", UnknownConversation::Fresh),
];

const RESULTS: [(&str, UnlistedResult); 2] = [
    ("leaves", UnlistedResult::Leaves),
    ("text", UnlistedResult::Text),
];

/// The settings as read.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) settings: Settings,
}

impl Decoded {
    /// What they say about floors.
    pub(super) fn floor_settings(&self, steps: Steps, has_scopes: bool) -> FloorSettings {
        let settings = &self.settings;
        let below = match settings.floor {
            Some(verdict) => verdict,
            None if has_scopes => Verdict::Block,
            None => Verdict::Allow,
        };
        FloorSettings {
            unknown_floor: settings.unknown_floor,
            steps,
            below: settings.reachable(below),
            readers: settings.reachable(settings.readers),
            sensitivity: settings.reachable(settings.sensitivity),
            unlisted_ceiling: settings.unlisted_ceiling,
        }
    }
}

/// Reads the settings; what is absent has its default.
pub(super) fn decode(value: &Value, place: Path, errors: &mut Errors) -> Decoded {
    let default = Settings::default();
    let Some(mut fields) = Fields::of(value, place, errors) else {
        return Decoded::default();
    };
    let answer = |key, fields: &mut Fields<'_>, errors: &mut Errors| {
        word(fields, key, "answer", &STAGES, errors)
    };
    let settings = Settings {
        flow: answer("flow", &mut fields, errors).unwrap_or(default.flow),
        floor: answer("floor", &mut fields, errors),
        readers: answer("readers", &mut fields, errors).unwrap_or(default.readers),
        sensitivity: answer("sensitivity", &mut fields, errors).unwrap_or(default.sensitivity),
        unlisted_ceiling: word(
            &mut fields,
            "unlisted_ceiling",
            "class",
            &SENSITIVITIES,
            errors,
        )
        .unwrap_or(default.unlisted_ceiling),
        unknown_floor: trust_level(&mut fields, "unknown_floor", errors)
            .unwrap_or(default.unknown_floor),
        unknown_conversation: word(
            &mut fields,
            "unknown_conversation",
            "conversation",
            &CONVERSATIONS,
            errors,
        )
        .unwrap_or_default(),
        unlisted_result: word(&mut fields, "unlisted_result", "record", &RESULTS, errors)
            .unwrap_or_default(),
        approvals: truth(&mut fields, "approvals", errors).unwrap_or(default.approvals),
        prompts: prompts(&mut fields, errors),
        on: on(&mut fields, errors),
    };
    fields.finish(errors);
    Decoded { settings }
}

fn prompts(fields: &mut Fields<'_>, errors: &mut Errors) -> Prompts {
    let Some(value) = fields.optional("prompts") else {
        return Prompts::Signed;
    };
    let place = fields.place("prompts");
    match value {
        Value::String(word) if word == "signed" => {}
        Value::String(word) => {
            errors.push(unknown_name(place, "kind of prompts", word, vec!["signed"]));
        }
        Value::Array(_) => {
            let callers = texts(value, &place, "caller", limits::TRUST_VALUES, errors);
            return Prompts::From(callers);
        }
        other => errors.push(wrong_type(place, "`signed` or a list of callers", other)),
    }
    Prompts::Signed
}

fn on(fields: &mut Fields<'_>, errors: &mut Errors) -> Vec<(FlowCode, Verdict)> {
    let mut answers = Vec::new();
    let codes = || FlowCode::ANSWERED.map(FlowCode::as_str).to_vec();
    for (name, value, place) in members(fields, "on", FlowCode::ALL.len(), errors) {
        let code = FlowCode::from_name(name).filter(|code| FlowCode::ANSWERED.contains(code));
        let answer = value.as_str().map(|word| {
            let known = ANSWERS.iter().find(|(known, _)| *known == word);
            (word, known.map(|(_, answer)| *answer))
        });
        match (code, answer) {
            (Some(code), Some((_, Some(answer)))) => answers.push((code, answer)),
            (None, _) => errors.push(unknown_name(place, "code", name, codes())),
            (_, Some((word, None))) => {
                let words = ANSWERS.map(|(word, _)| word).to_vec();
                errors.push(unknown_name(place, "answer", word, words));
            }
            (_, None) => errors.push(wrong_type(place, "`ask` or `block`", value)),
        }
    }
    answers.sort_unstable();
    answers
}
