//! What a connector can do, as data: for the pipeline's checker, for `drover pipeline help` and for the engine.

use super::time::Span;
use super::value::ValueType;

/// How an action may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Changes nothing outside.
    Read,
    /// Repeating it leaves the outside as one call would.
    Repeatable,
    /// Must land at most once. After an unknown outcome it is probed, never blindly resent.
    Once,
}

impl Nature {
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Repeatable => "repeatable",
            Self::Once => "once",
        }
    }

    pub fn mutates(self) -> bool {
        self != Self::Read
    }
}

/// One input or output of an action.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    /// `Json` stands for lists and objects.
    pub kind: ValueType,
    pub required: bool,
    pub about: &'static str,
}

impl Field {
    pub const fn required(name: &'static str, kind: ValueType, about: &'static str) -> Self {
        Self {
            name,
            kind,
            required: true,
            about,
        }
    }

    pub const fn optional(name: &'static str, kind: ValueType, about: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            about,
        }
    }
}

/// One action of a connector.
#[derive(Clone, Copy, Debug)]
pub struct ActionSpec {
    /// `connector.action`: `fleet.transfer_host`.
    pub name: &'static str,
    /// One sentence for `drover pipeline help`.
    pub about: &'static str,
    pub nature: Nature,
    pub inputs: &'static [Field],
    /// What `steps.NAME` has afterwards. Required here means "never null".
    pub outputs: &'static [Field],
    /// Cannot be undone from here: bulk acts ask for the count to be typed.
    pub destructive: bool,
    /// After an unknown outcome, how long the service may still be working on it, in engine time, before "not there" can
    /// mean anything (`reliability.md` §3.3). Zero for reads.
    pub settle: Span,
    /// Whether the connector can look if a call landed. Only asked for when `nature` is `Once`.
    pub probe: bool,
}

impl ActionSpec {
    /// The part before the dot.
    pub fn connector(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(connector, _)| connector)
    }

    pub fn input(&self, name: &str) -> Option<&'static Field> {
        self.inputs.iter().find(|field| field.name == name)
    }
}

/// Every action known to this build.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(Vec<&'static ActionSpec>);

impl Catalogue {
    pub fn new(actions: impl IntoIterator<Item = &'static ActionSpec>) -> Self {
        Self(actions.into_iter().collect())
    }

    pub fn get(&self, name: &str) -> Option<&'static ActionSpec> {
        self.0.iter().copied().find(|action| action.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static ActionSpec> {
        self.0.iter().copied()
    }
}
