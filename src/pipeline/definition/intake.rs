//! What is heard.

use crate::model::time::Span;
use crate::pipeline::template::{Expression, Template};

#[derive(Clone, Debug)]
pub struct Intake {
    pub name: String,
    pub title: String,
    pub about: String,
    pub source: Source,
    /// Only events for which it holds are wanted.
    pub when: Option<Expression>,
    /// What the row's key is.
    pub key: Template,
    /// Whether an unknown key makes a row.
    pub create: bool,
    pub set: Vec<(String, Template)>,
    /// Columns that stay as they are once set.
    pub keep: Vec<String>,
    /// What makes two events the same; default: the hash of the body.
    pub dedupe: Option<Template>,
    /// How one row is read afresh through the same mapping.
    pub refresh: Option<Refresh>,
}

#[derive(Clone, Debug)]
pub enum Source {
    Webhook {
        path: String,
        reply: u16,
        busy: u16,
    },
    /// Calls an action that answers `items` (a list), and optionally `cursor` (given back as the input `cursor` next
    /// time, kept in the store) and `more` (call again at once).
    Poll {
        call: String,
        with: Vec<(String, Template)>,
        rhythm: Rhythm,
    },
}

#[derive(Clone, Debug)]
pub enum Rhythm {
    Every(Span),
    At(Cron),
}

/// A cron expression, read in the pipeline's zone.
#[derive(Clone, Debug)]
pub struct Cron {
    pub text: String,
    pub timezone: chrono_tz::Tz,
    pub(in crate::pipeline) inner: Box<croner::Cron>,
}

#[derive(Clone, Debug)]
pub struct Refresh {
    pub call: String,
    pub with: Vec<(String, Template)>,
}
