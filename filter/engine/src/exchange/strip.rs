//! Takes what is for this gateway alone out of a message before it goes on: tokens and the user's words
//! in `params._meta`. A server that got them could show them to us as its own.
//!
//! Not what is in headers: those go with the other edits of the head.

use super::settings::{ReferenceFormats, Settings};
use super::world::Step;
use crate::json::{self, Object, Value};
use crate::mcp::Message;
use crate::taint::label;
use crate::taint::reference::CONTEXT_KEY;

/// How a message goes on: as the client's own bytes, if nothing had to be taken out.
pub(super) fn forward(message: &mut Message, settings: &Settings) -> Step {
    if strip(message, settings) {
        Step::Replace(json::to_text(&message.root).into_bytes())
    } else {
        Step::Forward
    }
}

/// The same for a batch.
pub(super) fn forward_batch<'a>(
    messages: impl Iterator<Item = &'a mut Message>,
    settings: &Settings,
) -> Step {
    let mut is_changed = false;
    let texts: Vec<&'a Message> = messages
        .map(|message| {
            is_changed |= strip(message, settings);
            &*message
        })
        .collect();
    if !is_changed {
        return Step::Forward;
    }
    let texts: Vec<String> = texts.iter().map(|it| json::to_text(&it.root)).collect();
    Step::Replace(format!("[{}]", texts.join(",")).into_bytes())
}

/// Whether something was taken out.
fn strip(message: &mut Message, settings: &Settings) -> bool {
    let Some(trust) = &settings.trust else {
        return false;
    };
    let params = object(&mut message.root).and_then(|root| root.get_mut("params"));
    let Some(params) = params.and_then(object) else {
        return false;
    };
    let Some(meta) = params.get_mut("_meta").and_then(object) else {
        return false;
    };
    let mut is_changed = label::strip_request(meta);
    if trust.reference_formats == ReferenceFormats::Read {
        is_changed |= meta.remove(CONTEXT_KEY).is_some();
    }
    if is_changed && meta.keys().len() == 0 {
        params.remove("_meta");
    }
    is_changed
}

const fn object(value: &mut Value) -> Option<&mut Object> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{StateKept, TrustSettings};
    use crate::mcp::{Era, Kind};
    use crate::taint::keys::{KeyRing, MasterKey};

    fn settings(reference_formats: ReferenceFormats) -> Settings {
        let key = MasterKey::new("k", &[1; 32]).unwrap();
        Settings {
            trust: Some(TrustSettings {
                audience: "gate".to_owned(),
                keys: KeyRing::new([key], Vec::new()).unwrap(),
                state: StateKept::Local,
                label_seconds: 600,
                reference_formats,
            }),
            ..Settings::default()
        }
    }

    fn message(text: &str) -> Message {
        Message {
            era: Era::Legacy,
            kind: Kind::Notification {
                method: "notifications/x".to_owned(),
            },
            session: None,
            root: json::parse(text.as_bytes()).unwrap(),
        }
    }

    fn text(step: Step) -> Option<String> {
        match step {
            Step::Replace(bytes) => Some(String::from_utf8(bytes).unwrap()),
            Step::Forward => None,
            step => panic!("{step:?}"),
        }
    }

    #[test]
    fn only_what_is_for_the_gateway_is_taken_out_and_the_rest_stays_as_it_was_written() {
        let context = format!(r#"{{"params":{{"_meta":{{"{CONTEXT_KEY}":{{}}}}}}}}"#);
        for (before, after) in [
            ("{}", None),
            (r#"{"params":[]}"#, None),
            (r#"{"params":{"_meta":null}}"#, None),
            (r#"{"params":{"_meta":{}}}"#, None),
            (r#"{"params":{"arguments":{"tessera/prompt":"a"}}}"#, None),
            (context.as_str(), None),
            (
                r#"{"id":1.50,"params":{"_meta":{"tessera/prompt":"a"},"b":"é"}}"#,
                Some(r#"{"id":1.50,"params":{"b":"é"}}"#),
            ),
            (
                r#"{"params":{"_meta":{"tessera/label":[],"z":1,"tessera/endorsement":"a",
                    "tessera/delegation":0,"tessera/prompt-text":"a","a":2}}}"#,
                Some(r#"{"params":{"_meta":{"z":1,"a":2}}}"#),
            ),
        ] {
            let step = forward(&mut message(before), &settings(ReferenceFormats::Ignored));
            assert_eq!(text(step).as_deref(), after, "{before}");
            let step = forward(&mut message(before), &Settings::default());
            assert_eq!(text(step), None, "without keys: {before}");
        }
        let step = forward(&mut message(&context), &settings(ReferenceFormats::Read));
        assert_eq!(text(step).as_deref(), Some(r#"{"params":{}}"#));
    }

    #[test]
    fn a_batch_is_written_anew_if_one_of_its_messages_is() {
        let settings = settings(ReferenceFormats::Ignored);
        let mut batch = [
            message(r#"{"a":1}"#),
            message(r#"{"params":{"_meta":{"tessera/prompt":"a"}}}"#),
        ];
        let step = forward_batch(batch.iter_mut(), &settings);
        assert_eq!(text(step).as_deref(), Some(r#"[{"a":1},{"params":{}}]"#));
        assert_eq!(forward_batch(batch.iter_mut(), &settings), Step::Forward);
    }
}
