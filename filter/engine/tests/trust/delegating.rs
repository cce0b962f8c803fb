//! Delegations: what they hand on (`delegation.json`), and their members in other files.

use std::collections::BTreeSet;
use tessera_engine::json::{Object, Value};
use tessera_engine::taint::delegation::{Child, Constraints, Delegation, narrow};
use tessera_engine::time::UnixMillis;

/// One hand-over; what is signed of a token is not this runner's.
pub(crate) fn hand_on(input: &Value) -> Option<Object> {
    if input.get("op")?.as_str() != Some("delegation_narrow") {
        return None;
    }
    let parent = delegation(input.get("parent").unwrap());
    let asked = input.get("child").unwrap();
    let child = Child {
        delegate: text(asked, "delegate").unwrap(),
        authorized_actions: asked.get("authorized_actions").map(names),
        constraints: constraints(asked),
        session_id: text(asked, "session_id"),
        expires_at: expiry(asked),
    };
    Some(match narrow(&parent, &child) {
        Ok(child) => Object::new().with("child", written(&child)),
        Err(violation) => Object::new().with("violation", violation.to_string()),
    })
}

/// A delegation as the vectors write it.
pub(crate) fn delegation(value: &Value) -> Delegation {
    Delegation {
        subject: text(value, "subject").unwrap(),
        delegate: text(value, "delegate"),
        audience: text(value, "audience").unwrap(),
        authorized_actions: names(value.get("authorized_actions").unwrap()),
        constraints: constraints(value),
        session_id: text(value, "session_id").unwrap(),
        expires_at: expiry(value),
    }
}

fn written(delegation: &Delegation) -> Object {
    let actions = delegation.authorized_actions.iter();
    let actions = actions.map(|name| name.as_str().into()).collect();
    let expires_at = delegation.expires_at.unwrap().to_rfc3339();
    Object::new()
        .with("audience", delegation.audience.clone())
        .with("authorized_actions", Value::Array(actions))
        .with("constraints", delegation.constraints.to_object())
        .with("delegate", delegation.delegate.clone())
        .with("expires_at", expires_at.replace(".000Z", "+00:00"))
        .with("session_id", delegation.session_id.clone())
        .with("subject", delegation.subject.clone())
}

fn constraints(value: &Value) -> Constraints {
    let object = value.get("constraints").and_then(Value::as_object);
    object.map(Constraints::new).unwrap_or_default()
}

fn expiry(value: &Value) -> Option<UnixMillis> {
    let text = text(value, "expires_at")?;
    Some(UnixMillis::from_rfc3339(&text).unwrap())
}

fn names(value: &Value) -> BTreeSet<String> {
    let names = value.as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}
