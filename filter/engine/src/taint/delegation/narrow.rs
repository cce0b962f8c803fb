//! What may be handed on of a delegation: as much as there is, or less (defect B18 of
//! `trust-engine.md` section 11).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Delegation;
use super::constraint::{
    ALLOWED_DOMAINS, ALLOWED_TOOLS, Constraints, DENIED_DOMAINS, DENIED_TOOLS, MAX_COST_USD,
    READ_ONLY, REQUIRES_HUMAN_FOR,
};
use super::decide::Refusal;
use super::destination::is_within;
use crate::json::Value;
use crate::time::UnixMillis;

/// What is asked to be handed on; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Child {
    /// To whom.
    pub delegate: String,
    /// The tools.
    pub authorized_actions: Option<BTreeSet<String>>,
    /// Further constraints; those of the parent hold on.
    pub constraints: Constraints,
    /// The session or conversation.
    pub session_id: Option<String>,
    /// When it ends.
    pub expires_at: Option<UnixMillis>,
}

/// Why more is asked for than there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A tool the parent has not.
    #[error("the action {0:?} is not among the parent's")]
    Action(String),
    /// It ends later.
    #[error("it would end later than its parent")]
    Expiry,
    /// It is bound to another session.
    #[error("it would be bound to another session than its parent")]
    Session,
    /// A constraint would be wider.
    #[error("the constraint {0} would be wider than the parent's")]
    Wider(String),
    /// A constraint that cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Refusal),
}

/// What `parent` hands on when `child` is asked for. It has to be signed by whoever hands it on.
///
/// # Errors
/// [`Violation`] if the child asks for more than the parent has.
pub fn narrow(parent: &Delegation, child: &Child) -> Result<Delegation, Violation> {
    let actions = child.authorized_actions.as_ref();
    let actions = actions.unwrap_or(&parent.authorized_actions);
    if let Some(action) = actions.difference(&parent.authorized_actions).next() {
        return Err(Violation::Action(action.clone()));
    }
    let expires_at = child.expires_at.or(parent.expires_at);
    if parent.expires_at.is_some_and(|end| expires_at > Some(end)) {
        return Err(Violation::Expiry);
    }
    let session_id = child.session_id.as_ref().unwrap_or(&parent.session_id);
    if !parent.session_id.is_empty() && *session_id != parent.session_id {
        return Err(Violation::Session);
    }
    Ok(Delegation {
        subject: parent.subject.clone(),
        delegate: Some(child.delegate.clone()),
        audience: parent.audience.clone(),
        authorized_actions: actions.clone(),
        constraints: tighten(&parent.constraints, &child.constraints)?,
        session_id: session_id.clone(),
        expires_at,
    })
}

/// Both sets of constraints at once.
fn tighten(parent: &Constraints, child: &Constraints) -> Result<Constraints, Violation> {
    let mut both = parent.clone();
    for name in [DENIED_TOOLS, REQUIRES_HUMAN_FOR, DENIED_DOMAINS] {
        if let Some(more) = child.names(name)? {
            let mut names = parent.names(name)?.unwrap_or_default();
            names.extend(more);
            both.set(name, list(names));
        }
    }
    if let Some(names) = child.names(ALLOWED_TOOLS)? {
        let allowed = parent.names(ALLOWED_TOOLS)?;
        refuse_if(
            allowed.is_some_and(|allowed| !names.is_subset(&allowed)),
            ALLOWED_TOOLS,
        )?;
        both.set(ALLOWED_TOOLS, list(names));
    }
    if let Some(hosts) = child.hosts(ALLOWED_DOMAINS)? {
        let allowed = parent.hosts(ALLOWED_DOMAINS)?;
        let is_outside = |allowed: BTreeSet<String>| hosts.iter().any(|h| !is_within(h, &allowed));
        refuse_if(allowed.is_some_and(is_outside), ALLOWED_DOMAINS)?;
        both.set(
            ALLOWED_DOMAINS,
            list(hosts.iter().map(String::as_str).collect()),
        );
    }
    if let Some(cost) = child.cost()? {
        let limit = parent.cost()?;
        let is_more = limit.is_some_and(|limit| cost.compare(limit) == Ordering::Greater);
        refuse_if(is_more, MAX_COST_USD)?;
        both.set(MAX_COST_USD, Value::Number(cost.clone()));
    }
    if child.get(READ_ONLY).is_some() || parent.get(READ_ONLY).is_some() {
        both.set(READ_ONLY, child.read_only()? || parent.read_only()?);
    }
    for (name, value) in child.unknown() {
        refuse_if(parent.get(name).is_some_and(|kept| kept != value), name)?;
        both.set(name, value.clone());
    }
    Ok(both)
}

fn refuse_if(wider: bool, name: &str) -> Result<(), Violation> {
    if wider {
        return Err(Violation::Wider(name.to_owned()));
    }
    Ok(())
}

fn list(names: BTreeSet<&str>) -> Value {
    Value::Array(names.into_iter().map(Value::from).collect())
}
