//! An act before it is asked: a frozen list, a reason, and buttons of which the harmless one has the focus.

use super::{Act, Chosen};
use crate::control::deed::Deed;
use crate::tui::data::{Members, MembersWant};
use tui_input::Input;

/// From this many rows on, what sends asks for the count to be typed, whatever it sends.
const COUNT_TYPED_FROM: usize = 10;
/// From this many on where something of it cannot be undone.
const LASTING_TYPED_FROM: usize = 2;

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Cancel,
    Reason,
    Count,
    Go,
    /// Leaves out the rows that the filter does not show.
    Shown,
}

/// The preview.
#[derive(Clone, Debug)]
pub struct Preview {
    pub number: u64,
    pub act: Act,
    pub reason: Input,
    pub count: Input,
    pub field: Field,
    pub scroll: usize,
}

impl Preview {
    pub fn new(number: u64, act: Act) -> Self {
        Self {
            number,
            act,
            reason: Input::default(),
            count: Input::default(),
            field: Field::Cancel,
            scroll: 0,
        }
    }

    pub fn want(&self) -> Option<MembersWant> {
        let (deed, chosen) = self.act.rows()?;
        Some(MembersWant {
            number: self.number,
            deed: deed.clone(),
            rows: chosen.rows.clone(),
            hidden: chosen.hidden.clone(),
        })
    }

    /// The wave whose rows are to be counted for it.
    pub fn wave(&self) -> Option<String> {
        match &self.act {
            Act::Wave { wave, .. } => Some(wave.clone()),
            _ => None,
        }
    }

    /// Some of its rows are hidden by the filter, and can be left out.
    pub fn can_leave_out(&self) -> bool {
        let chosen = self.chosen();
        chosen.is_some_and(|chosen| {
            !chosen.hidden.is_empty() && chosen.hidden.len() < chosen.rows.len()
        })
    }

    /// Only what is shown from now on. It is another list, so it is looked at again.
    pub fn leave_out_hidden(&mut self, number: u64) {
        if let Act::Rows { chosen, .. } = &mut self.act {
            *chosen = chosen.shown();
            self.number = number;
            self.count = Input::default();
            self.scroll = 0;
        }
        self.field = Field::Cancel;
    }

    fn chosen(&self) -> Option<&Chosen> {
        match &self.act {
            Act::Rows { chosen, .. } => Some(chosen),
            _ => None,
        }
    }

    /// The count that must be typed first: that of the rows it will do something to.
    pub fn typed_count(&self, members: Option<&Members>) -> Option<usize> {
        let (deed, _) = self.act.rows()?;
        let members = members?;
        if let Act::Word { agree: false, .. } = self.act {
            return None;
        }
        let from = if !members.outlay.lasting.is_empty() {
            LASTING_TYPED_FROM
        } else if matches!(deed, Deed::Hold { .. } | Deed::Refresh) {
            return None;
        } else {
            COUNT_TYPED_FROM
        };
        Some(members.will).filter(|count| *count >= from)
    }

    /// Its fields and buttons, in the order of the tab key.
    pub fn fields(&self, members: Option<&Members>) -> Vec<Field> {
        let mut fields = vec![Field::Reason];
        if self.typed_count(members).is_some() {
            fields.push(Field::Count);
        }
        fields.push(Field::Go);
        if self.can_leave_out() {
            fields.push(Field::Shown);
        }
        fields.push(Field::Cancel);
        fields
    }

    pub fn move_focus(&mut self, forward: bool, members: Option<&Members>) {
        let fields = self.fields(members);
        let at = fields.iter().position(|field| *field == self.field);
        let (at, count) = (at.unwrap_or(0), fields.len());
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
    pub fn missing(&self, members: Option<&Members>) -> Option<(Field, String)> {
        let counts = !matches!(self.act, Act::Word { agree: false, .. });
        if self.act.rows().is_some() && counts {
            match members.filter(|members| members.whole()) {
                None => {
                    let why = "each row is still being looked at: a moment";
                    return Some((self.field, why.into()));
                }
                Some(members) if members.will == 0 => {
                    let why = "nothing would be done to any of them, so there is nothing to ask";
                    return Some((Field::Cancel, why.into()));
                }
                Some(_) => {}
            }
        }
        if self.reason.value().trim().is_empty() {
            return Some((
                Field::Reason,
                "say why: the reason is kept in the journal".into(),
            ));
        }
        let count = self.typed_count(members)?;
        (self.count.value().trim() != count.to_string()).then(|| {
            (
                Field::Count,
                format!("type {count}, the number of rows, to go on"),
            )
        })
    }
}
