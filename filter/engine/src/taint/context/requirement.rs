//! What a tool, a prompt or a resource needs of the context it is used in.

use crate::taint::TrustLevel;

/// What a requirement is about (`trust-engine.md` section 7): one of the three things MCP serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ResourceType {
    /// `tools/call`, by the tool's name.
    #[default]
    Tool,
    /// `prompts/get`, by the prompt's name.
    Prompt,
    /// `resources/read` and what else takes an URI, by the URI.
    Resource,
}

impl ResourceType {
    /// Every type.
    pub const ALL: [Self; 3] = [Self::Tool, Self::Prompt, Self::Resource];

    /// The word used in documents and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Who wrote a scope of requirements; the first is the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tier {
    /// The whole mesh.
    Mesh,
    /// One team.
    Team,
    /// One agent.
    #[default]
    Agent,
}

impl Tier {
    /// Every tier, the widest first.
    pub const ALL: [Self; 3] = [Self::Mesh, Self::Team, Self::Agent];

    /// The word used in documents and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mesh => "mesh",
            Self::Team => "team",
            Self::Agent => "agent",
        }
    }

    /// The tier of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == name)
    }
}

/// One requirement as an operator writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// A name, or a glob over names.
    pub name: String,
    /// What it is a name of.
    pub resource: ResourceType,
    /// What the floor has to be at the least.
    pub required: TrustLevel,
    /// Whether it changes anything. What does not is exempt from the floor.
    pub has_side_effects: bool,
    /// Arguments whose values have to come from the user.
    pub critical_args: Vec<String>,
}

/// What all scopes together need for one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What the floor has to be at the least; untrusted if nothing is needed.
    pub level: TrustLevel,
    /// Whether it changes anything, as far as the scopes say.
    pub has_side_effects: bool,
    /// Arguments whose values have to come from the user, sorted.
    pub critical_args: Vec<String>,
    /// Whether a human has to agree to every use.
    pub needs_approval: bool,
}
