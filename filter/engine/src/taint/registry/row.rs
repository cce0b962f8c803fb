//! What one row of the registry says about the tools it is for. What it leaves out is `None` or
//! empty, so that other rows, or what is told from names, can say it.

use super::{ArgumentPlace, Effects, Role};
use crate::glob::Glob;
use crate::json::Value;
use crate::taint::{Level, Sensitivity};

/// The tools a row is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRowName {
    glob: Glob,
    literal: Option<String>,
}

impl ToolRowName {
    /// The tools that `written`, a name or a glob, matches.
    #[must_use]
    pub fn new(written: &str) -> Self {
        let glob = Glob::new(written);
        let literal = glob.as_literal();
        Self { glob, literal }
    }

    /// The name as written.
    #[must_use]
    pub fn written(&self) -> &str {
        self.glob.written()
    }

    /// The one tool it names, if it has no wildcard.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// Whether it names the tool without a wildcard.
    #[must_use]
    pub fn is_exactly(&self, tool: &str) -> bool {
        self.as_literal() == Some(tool)
    }

    /// Whether it has a wildcard and matches the tool.
    #[must_use]
    pub fn covers(&self, tool: &str) -> bool {
        self.literal.is_none() && self.glob.matches(tool)
    }
}

/// The rows for the tools of some upstreams.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamRows {
    /// The upstreams.
    pub upstream: Glob,
    /// Their rows.
    pub tools: Vec<ToolRow>,
}

/// What one row says about the tools it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRow {
    /// Which tools.
    pub name: ToolRowName,
    /// What they do; `None` leaves it to others.
    pub effects: Option<Effects>,
    /// What their arguments are.
    pub arguments: Vec<ArgumentRow>,
    /// How their results are recorded.
    pub result: Option<ResultRow>,
    /// The most secret content that may leave by them.
    pub outbound: Option<Sensitivity>,
    /// Their input schema, where it is not taken from approved definitions.
    pub schema: Option<Value>,
    /// What their server says about them, where it is not taken from approved definitions.
    pub annotations: Hints,
}

impl ToolRow {
    /// A row that says nothing yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: ToolRowName::new(name),
            effects: None,
            arguments: Vec::new(),
            result: None,
            outbound: None,
            schema: None,
            annotations: Hints::default(),
        }
    }
}

/// What an argument is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentRow {
    /// Which argument.
    pub place: ArgumentPlace,
    /// What it is.
    pub role: Role,
}

/// How results are recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultRow {
    /// The level of identifiers; tool if nobody says another.
    pub level: Option<Level>,
    /// The level of free text; web if nobody says another.
    pub text_level: Option<Level>,
    /// What single fields are.
    pub fields: Vec<FieldRow>,
    /// Whether every value is secret.
    pub secret: Option<bool>,
    /// Whether text that is JSON is structure; told from the tool's name if nobody says.
    pub structured: Option<bool>,
    /// Who may read the results; `None` is everybody, an empty list is nobody.
    pub readers: Option<Vec<String>>,
    /// How secret the results are at least.
    pub sensitivity: Option<Sensitivity>,
}

/// What a field of results is, wherever it stands in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRow {
    /// Its key.
    pub name: String,
    /// What it is.
    pub rule: FieldRule,
}

/// What a field of results is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRule {
    /// Free text, however short.
    Text,
    /// Identifiers if they are short, although the name is one of free text.
    Leaf,
    /// Values of this level.
    Level(Level),
    /// Secret.
    Secret,
}

/// What a server says about a tool (`mcp-wire.md` section 5). `None` is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// `readOnlyHint`: lowers what a call needs, so only trusted servers are believed.
    pub read_only: Option<bool>,
    /// `destructiveHint`: true raises what a call needs, so anybody is believed.
    pub destructive: Option<bool>,
    /// `openWorldHint`: false would lower how results are recorded, true raises nothing.
    pub open_world: Option<bool>,
    /// `idempotentHint`: says nothing about trust, kept to be written back.
    pub idempotent: Option<bool>,
}
