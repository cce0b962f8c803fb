//! The values of a call's arguments, one by one, each with what it is to the call.

use super::names::{Suggested, names_somebody, suggested};
use super::schema::Schema;
use super::shape::{is_amount, is_date, is_name, is_url, is_word};
use crate::json::{self, Value};
use crate::limits;
use crate::taint::{Effect, Effects, Role, ToolRules};

/// One value of a call.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Keys and indices from the arguments down.
    pub(super) place: Vec<String>,
    /// The argument it is named by: the last key above it.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) role: Role,
    /// Whether it is a place on the web, so that who reads it tells something there.
    pub(super) is_url: bool,
    /// Whether it is a key: what it stands in names it.
    pub(super) is_key: bool,
}

/// What is known of a call while its values are listed.
pub(super) struct Listing<'a> {
    pub(super) rules: &'a ToolRules<'a>,
    pub(super) effects: Effects,
    pub(super) leaves: Vec<Leaf>,
    /// Whether there were more than [`limits::JUDGED_VALUES`].
    pub(super) is_cut: bool,
}

/// Where the walk is.
#[derive(Clone)]
struct Here<'a> {
    place: Vec<String>,
    keys: Vec<String>,
    schema: Schema<'a>,
    /// The strictest role of what it stands in; `None` if nothing above says anything.
    outer: Option<Role>,
    /// Levels of JSON in strings above.
    level: usize,
}

impl<'a> Listing<'a> {
    pub(super) const fn new(rules: &'a ToolRules<'a>, effects: Effects) -> Self {
        Self {
            rules,
            effects,
            leaves: Vec::new(),
            is_cut: false,
        }
    }

    /// Lists the values of the arguments.
    pub(super) fn arguments(&mut self, arguments: &Value, schema: Schema<'a>) {
        let root = Here {
            place: Vec::new(),
            keys: Vec::new(),
            schema,
            outer: None,
            level: 0,
        };
        match arguments {
            Value::Object(object) => {
                for (key, value) in object.iter() {
                    self.key(key, &root);
                    self.value(value, &root.member(key));
                }
            }
            other => self.value(other, &root),
        }
    }

    fn value(&mut self, value: &Value, here: &Here<'a>) {
        if self.leaves.len() >= limits::JUDGED_VALUES {
            self.is_cut = true;
            return;
        }
        match value {
            Value::String(text) => self.text(text, here),
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    self.value(element, &here.element(at));
                }
            }
            Value::Object(object) => {
                let here = here.inside(self);
                for (key, value) in object.iter() {
                    self.key(key, &here);
                    self.value(value, &here.member(key));
                }
            }
            Value::Number(number) => self.number(number.literal(), here),
            Value::Bool(truth) => {
                let text = if *truth { "true" } else { "false" };
                self.push(text, Role::Scalar, here, false);
            }
            // No value.
            Value::Null => {}
        }
    }

    fn number(&mut self, literal: &str, here: &Here<'a>) {
        let said = self.said(here);
        let role = match said {
            Some(Role::Payload) | None => {
                let named = names_somebody(here.name()).unwrap_or(Role::Scalar);
                named.max(inherited(here.outer, named))
            }
            Some(role) => role,
        };
        self.push(literal, role, here, false);
    }

    fn text(&mut self, text: &str, here: &Here<'a>) {
        let (role, is_url) = self.role(text, here);
        if role == Role::Payload {
            return self.payload(text, here);
        }
        self.push(text, role, here, is_url);
        if !is_url && self.effects.only_reads() {
            self.urls(text, here, here.level);
        }
    }

    /// URLs in JSON in a string: a tool that opens it reads them, whatever it is called.
    fn urls(&mut self, text: &str, here: &Here<'a>, level: usize) {
        let may_be_json = text.trim_start().starts_with(['[', '{']);
        if !may_be_json || level >= limits::JUDGED_LEVELS {
            return;
        }
        if let Ok(value) = json::parse(text.as_bytes()) {
            self.urls_of(&value, here, level);
        }
    }

    fn urls_of(&mut self, value: &Value, here: &Here<'a>, level: usize) {
        if self.leaves.len() >= limits::JUDGED_VALUES {
            self.is_cut = true;
            return;
        }
        match value {
            Value::String(text) if is_url(text) => self.push(text, Role::Target, here, true),
            Value::String(text) => self.urls(text, here, level + 1),
            Value::Array(elements) => {
                for element in elements {
                    self.urls_of(element, here, level);
                }
            }
            Value::Object(object) => {
                for (_, member) in object.iter() {
                    self.urls_of(member, here, level);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// JSON in a string, every member judged under its own name; what is none is an object.
    fn payload(&mut self, text: &str, here: &Here<'a>) {
        let opened = (here.level < limits::JUDGED_LEVELS)
            .then(|| json::parse(text.as_bytes()).ok())
            .flatten();
        match opened {
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                let here = Here {
                    outer: None,
                    level: here.level + 1,
                    ..here.clone()
                };
                self.value(&value, &here);
            }
            _ => self.push(text, Role::Object, here, false),
        }
    }

    /// A key that is not a name is a value the model chose; under somebody's role, so is every key
    /// nobody knows.
    fn key(&mut self, key: &str, here: &Here<'a>) {
        let known = || {
            let suggested = suggested(key);
            suggested.role.is_some()
                || suggested.is_constant
                || suggested.is_scalar
                || here.schema.member(key).is_known()
                || self.said(&here.member(key)).is_some()
        };
        let role = match here.outer {
            Some(role @ (Role::Target | Role::Credential)) if !known() => role,
            outer if !is_name(key) => Role::Object.max(inherited(outer, Role::Object)),
            // Carries nothing by where it came from, but may be a secret.
            _ => Role::Constant,
        };
        let at = here.member(key);
        let before = self.leaves.len();
        self.push(key, role, &at, false);
        if let Some(leaf) = self.leaves.get_mut(before) {
            leaf.is_key = true;
            leaf.name = here.name().to_owned();
        }
    }

    fn push(&mut self, text: &str, role: Role, here: &Here<'a>, is_url: bool) {
        self.leaves.push(Leaf {
            place: here.place.clone(),
            name: here.name().to_owned(),
            text: text.to_owned(),
            role,
            is_url,
            is_key: false,
        });
    }

    /// The role the operator gives what stands here.
    fn said(&self, here: &Here<'_>) -> Option<Role> {
        let keys: Vec<&str> = here.keys.iter().map(String::as_str).collect();
        self.rules.role(&keys)
    }

    /// The role of a text, and whether it is a place on the web.
    fn role(&self, text: &str, here: &Here<'a>) -> (Role, bool) {
        let named = suggested(here.name());
        let looks_like_url = is_url(text);
        // Held against the text one by one: a mild role that does not fit is stricter than it looks.
        let keys: Vec<&str> = here.keys.iter().map(String::as_str).collect();
        let said = self.rules.roles(&keys);
        if let Some(role) = said.map(|said| self.checked(said, text, here)).max() {
            // Who calls an argument of a reading tool a target, or more, says that it leads somewhere.
            let is_url = named.is_url || looks_like_url || role >= Role::Target;
            return (role, is_url);
        }
        let (own, is_url) = self.guessed(text, &named, here);
        let role = own.max(inherited(here.outer, own));
        let role = if self.effects.has(Effect::Execute) && role == Role::Content {
            Role::Object
        } else {
            role
        };
        (role, is_url || looks_like_url)
    }

    /// A role the operator gives, held against the text: what is said to be a number or a fixed word
    /// and is none, is judged as what it may be instead.
    fn checked(&self, said: Role, text: &str, here: &Here<'_>) -> Role {
        let fits = match said {
            Role::Constant => here.schema.fixes(text) || is_word(text),
            Role::Scalar => is_date(text) || is_amount(text) || here.schema.fixes(text),
            Role::Content => !self.effects.has(Effect::Execute),
            _ => true,
        };
        if fits { said } else { Role::Object }
    }

    fn guessed(&self, text: &str, named: &Suggested, here: &Here<'a>) -> (Role, bool) {
        // What is said to be a date and is none may be anything.
        let format = here.schema.format();
        let format = format.filter(|(role, _)| *role != Role::Scalar || is_date(text));
        let powerful = matches!(named.role, Some(Role::Target | Role::Credential));
        if here.schema.fixes(text) && !powerful {
            return (Role::Constant, false);
        }
        let runs = self.effects.has(Effect::Execute);
        let takes = runs || self.effects.has(Effect::Destroy);
        let is_plain_date = is_date(text) && (named.role.is_none() && !takes);
        let is_plain_amount = named.is_scalar && (is_date(text) || is_amount(text));
        match (format, named.role) {
            (Some((Role::Scalar, _)), _) => (Role::Scalar, false),
            (None, Some(role)) => (role, named.is_url),
            (Some((format, is_url)), role) => {
                let stricter = role.filter(|role| *role > Role::Content);
                let role = stricter.map_or(format, |role| role.max(format));
                (role, is_url || named.is_url)
            }
            (None, None) if is_plain_date || is_plain_amount => (Role::Scalar, false),
            (None, None) if named.is_constant && is_word(text) && !runs => (Role::Constant, false),
            (None, None) => {
                let described = here.schema.described();
                (self.unnamed().max(described.unwrap_or(Role::Object)), false)
            }
        }
    }

    /// What a text is whose name says nothing: an object, and what is bought or booked in a call
    /// that commits.
    fn unnamed(&self) -> Role {
        if self.effects.has(Effect::Pay) {
            Role::Target
        } else {
            Role::Object
        }
    }
}

/// What the role of the outer argument makes of an inner value at least. Fixed words and numbers
/// stay what they are: `{"type": "file"}` in a list of attachments.
fn inherited(outer: Option<Role>, inner: Role) -> Role {
    match (outer, inner) {
        (_, Role::Constant | Role::Scalar) | (None, _) => inner,
        (Some(outer), _) => outer,
    }
}

impl<'a> Here<'a> {
    fn name(&self) -> &str {
        self.keys.last().map_or("", String::as_str)
    }

    fn member(&self, key: &str) -> Self {
        let mut here = self.clone();
        here.place.push(key.to_owned());
        here.keys.push(key.to_owned());
        here.schema = self.schema.member(key);
        here
    }

    fn element(&self, at: usize) -> Self {
        let mut here = self.clone();
        here.place.push(at.to_string());
        here.schema = self.schema.element();
        here
    }

    /// Into an object: what it is called counts for what is in it.
    fn inside(&self, listing: &Listing<'_>) -> Self {
        let own = listing.said(self).or_else(|| suggested(self.name()).role);
        let own = own.filter(|role| *role != Role::Payload);
        Self {
            outer: own.max(self.outer),
            ..self.clone()
        }
    }
}
