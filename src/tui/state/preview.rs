//! An act before it is asked: a frozen list, a reason, and two buttons of which the harmless one has the focus.

use crate::control::protocol::Request;
use crate::model::row::RowId;
use crate::tui::data::{MembersWant, RowVerb};
use std::sync::Arc;
use tui_input::Input;

/// From this many rows on, trying again asks for the count to be typed: what is tried again may not be to undo.
const COUNT_TYPED_FROM: usize = 10;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Rows {
        verb: RowVerb,
        rows: Arc<Vec<RowId>>,
    },
    Stop,
    Resume,
}

impl Act {
    /// As the button says it.
    pub fn title(&self) -> String {
        match self {
            Self::Rows { verb, rows } => format!("{} {}", super::verb_title(*verb), rows.len()),
            Self::Stop => "Stop all sending".into(),
            Self::Resume => "Go on sending".into(),
        }
    }

    /// As the flash line names it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Rows {
                verb: RowVerb::Retry,
                ..
            } => "retry",
            Self::Rows {
                verb: RowVerb::Hold,
                ..
            } => "hold",
            Self::Rows {
                verb: RowVerb::Release,
                ..
            } => "release",
            Self::Rows {
                verb: RowVerb::Refresh,
                ..
            } => "refresh",
            Self::Stop => "stop",
            Self::Resume => "resume",
        }
    }

    pub fn request(&self, reason: &str) -> Request {
        let reason = reason.to_owned();
        match self {
            Self::Stop => Request::Stop { reason },
            Self::Resume => Request::Resume { reason },
            Self::Rows { verb, rows } => {
                let rows = rows.to_vec();
                match verb {
                    RowVerb::Retry => Request::Retry {
                        rows,
                        stage: None,
                        from_start: false,
                        reason,
                    },
                    RowVerb::Hold => Request::Hold {
                        rows,
                        stage: None,
                        reason,
                    },
                    RowVerb::Release => Request::Release {
                        rows,
                        stage: None,
                        reason,
                    },
                    RowVerb::Refresh => Request::Refresh { rows, reason },
                }
            }
        }
    }

    /// The count that must be typed first.
    pub fn typed_count(&self) -> Option<usize> {
        match self {
            Self::Rows {
                verb: RowVerb::Retry | RowVerb::Release,
                rows,
            } => Some(rows.len()).filter(|count| *count >= COUNT_TYPED_FROM),
            _ => None,
        }
    }
}

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Cancel,
    Reason,
    Count,
    Go,
}

/// The preview.
#[derive(Clone, Debug)]
pub struct Preview {
    pub number: u64,
    pub act: Act,
    /// Rows of the list that the filter does not show.
    pub hidden: usize,
    pub reason: Input,
    pub count: Input,
    pub field: Field,
    pub scroll: usize,
}

impl Preview {
    pub fn new(number: u64, act: Act, hidden: usize) -> Self {
        Self {
            number,
            act,
            hidden,
            reason: Input::default(),
            count: Input::default(),
            field: Field::Cancel,
            scroll: 0,
        }
    }

    pub fn want(&self) -> Option<MembersWant> {
        match &self.act {
            Act::Rows { verb, rows } => Some(MembersWant {
                number: self.number,
                verb: *verb,
                rows: rows.clone(),
            }),
            Act::Stop | Act::Resume => None,
        }
    }

    fn fields(&self) -> &'static [Field] {
        if self.act.typed_count().is_some() {
            &[Field::Reason, Field::Count, Field::Go, Field::Cancel]
        } else {
            &[Field::Reason, Field::Go, Field::Cancel]
        }
    }

    pub fn move_focus(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields
            .iter()
            .position(|field| *field == self.field)
            .unwrap_or(0);
        let count = fields.len();
        self.field = fields[if forward {
            (at + 1) % count
        } else {
            (at + count - 1) % count
        }];
    }

    /// The line being typed into. Typing with a button in focus begins the reason.
    pub fn line(&mut self) -> &mut Input {
        if self.field == Field::Count {
            return &mut self.count;
        }
        self.field = Field::Reason;
        &mut self.reason
    }

    /// What is still missing; `None` when it may be asked.
    pub fn missing(&self) -> Option<(Field, String)> {
        if self.reason.value().trim().is_empty() {
            return Some((
                Field::Reason,
                "say why: the reason is kept in the journal".into(),
            ));
        }
        let count = self.act.typed_count()?;
        (self.count.value().trim() != count.to_string()).then(|| {
            (
                Field::Count,
                format!("type {count}, the number of rows, to go on"),
            )
        })
    }
}
