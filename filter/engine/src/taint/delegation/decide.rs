//! Whether a call is within what was delegated.

use std::cmp::Ordering;

use super::Delegation;
use super::constraint::{
    ALLOWED_DOMAINS, ALLOWED_TOOLS, DENIED_DOMAINS, DENIED_TOOLS, MAX_COST_USD, READ_ONLY,
    REQUIRES_HUMAN_FOR, amount,
};
use super::destination::{destinations, is_within};
use crate::json::{Object, Value};
use crate::time::UnixMillis;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// It only reads.
    Reads,
    /// It may change something.
    Changes,
}

/// In whose name a call is made, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Delegated<'a> {
    /// What was delegated; its token is verified already.
    pub delegation: &'a Delegation,
    /// Who the caller is, authenticated; `None` if nobody knows.
    pub identity: Option<&'a str>,
    /// Whether the call changes anything.
    pub acting: Acting,
}

/// Why a call is not within what was delegated. The texts hold no value of an argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody knows who calls.
    #[error("the delegation names who may act, and the caller has no identity to compare")]
    NoIdentity,
    /// The caller is somebody else.
    #[error("the delegation is for another agent")]
    OtherDelegate,
    /// It has ended.
    #[error("the delegation has expired")]
    Expired,
    /// The tool is not among the authorized actions.
    #[error("the delegation does not authorize this tool")]
    NotAuthorized,
    /// A constraint nobody here knows.
    #[error("the delegation has the constraint {0:?}, which is not known here")]
    Unknown(String),
    /// A constraint whose value is not of its type.
    #[error("the delegation's constraint {0} is not valid")]
    Invalid(&'static str),
    /// A constraint that forbids the call.
    #[error("the delegation's constraint {0} forbids this call")]
    Forbidden(&'static str),
    /// A constraint that cannot be held against the call: an argument is missing or unreadable.
    #[error("the delegation's constraint {0} cannot be held against this call's arguments")]
    Unevaluated(&'static str),
}

/// Whether a call is within what was delegated.
///
/// # Errors
/// [`Refusal`]: the first reason in the order of `trust-engine.md` section 3.1.
pub fn decide(
    delegated: &Delegated<'_>,
    tool: &str,
    arguments: Option<&Object>,
    now: UnixMillis,
) -> Result<(), Refusal> {
    let delegation = delegated.delegation;
    if let Some(delegate) = &delegation.delegate {
        let identity = delegated.identity.ok_or(Refusal::NoIdentity)?;
        refuse_if(identity != delegate, Refusal::OtherDelegate)?;
    }
    let is_over = delegation.expires_at.is_some_and(|end| end <= now);
    refuse_if(is_over, Refusal::Expired)?;
    refuse_if(
        !delegation.authorized_actions.contains(tool),
        Refusal::NotAuthorized,
    )?;
    delegation.constraints.check()?;
    tools(delegation, tool)?;
    let read_only = delegation.constraints.read_only()?;
    refuse_if(
        read_only && delegated.acting == Acting::Changes,
        Refusal::Forbidden(READ_ONLY),
    )?;
    domains(delegation, arguments)?;
    cost(delegation, arguments)
}

fn refuse_if(wrong: bool, refusal: Refusal) -> Result<(), Refusal> {
    if wrong { Err(refusal) } else { Ok(()) }
}

fn tools(delegation: &Delegation, tool: &str) -> Result<(), Refusal> {
    let constraints = &delegation.constraints;
    let allowed = constraints.names(ALLOWED_TOOLS)?;
    refuse_if(
        allowed.is_some_and(|names| !names.contains(tool)),
        Refusal::Forbidden(ALLOWED_TOOLS),
    )?;
    for name in [DENIED_TOOLS, REQUIRES_HUMAN_FOR] {
        let names = constraints.names(name)?;
        refuse_if(
            names.is_some_and(|names| names.contains(tool)),
            Refusal::Forbidden(name),
        )?;
    }
    Ok(())
}

fn domains(delegation: &Delegation, arguments: Option<&Object>) -> Result<(), Refusal> {
    let denied = delegation.constraints.hosts(DENIED_DOMAINS)?;
    let allowed = delegation.constraints.hosts(ALLOWED_DOMAINS)?;
    if denied.is_none() && allowed.is_none() {
        return Ok(());
    }
    let name = if allowed.is_some() {
        ALLOWED_DOMAINS
    } else {
        DENIED_DOMAINS
    };
    let hosts = destinations(arguments).ok_or(Refusal::Unevaluated(name))?;
    if let Some(denied) = denied {
        let hits = hosts.iter().any(|host| is_within(host, &denied));
        refuse_if(hits, Refusal::Forbidden(DENIED_DOMAINS))?;
    }
    if let Some(allowed) = allowed {
        let misses = hosts.iter().any(|host| !is_within(host, &allowed));
        refuse_if(misses, Refusal::Forbidden(ALLOWED_DOMAINS))?;
    }
    Ok(())
}

fn cost(delegation: &Delegation, arguments: Option<&Object>) -> Result<(), Refusal> {
    let Some(limit) = delegation.constraints.cost()? else {
        return Ok(());
    };
    let mut costs = Vec::new();
    if let Some(arguments) = arguments {
        collect_costs(arguments, &mut costs);
    }
    refuse_if(costs.is_empty(), Refusal::Unevaluated(MAX_COST_USD))?;
    for cost in costs {
        let cost = amount(cost).ok_or(Refusal::Unevaluated(MAX_COST_USD))?;
        refuse_if(
            cost.compare(limit) == Ordering::Greater,
            Refusal::Forbidden(MAX_COST_USD),
        )?;
    }
    Ok(())
}

/// Every cost a call states, wherever: the greatest has to be within the limit.
fn collect_costs<'a>(object: &'a Object, costs: &mut Vec<&'a Value>) {
    for (key, value) in object.iter() {
        if matches!(key, "cost_usd" | "estimated_cost_usd") {
            costs.push(value);
        } else {
            collect_below(value, costs);
        }
    }
}

fn collect_below<'a>(value: &'a Value, costs: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => collect_costs(object, costs),
        Value::Array(elements) => {
            for element in elements {
                collect_below(element, costs);
            }
        }
        _ => {}
    }
}
