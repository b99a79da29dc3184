//! What can be asked of the engine from here.

use crate::control::deed::Deed;
use crate::control::protocol::Request;
use crate::model::row::RowId;
use crate::store::CommandId;
use crate::tui::data::Names;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that were chosen, once and for all: new ones never join them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub rows: Arc<Vec<RowId>>,
    /// Those of them that the filter does not show.
    pub hidden: Arc<BTreeSet<RowId>>,
}

impl Chosen {
    /// Only those that are shown.
    pub fn shown(&self) -> Self {
        let shown = self.rows.iter().filter(|row| !self.hidden.contains(row));
        Self {
            rows: Arc::new(shown.copied().collect()),
            hidden: Arc::default(),
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Rows {
        deed: Deed,
        chosen: Chosen,
    },
    Stop,
    Resume,
    Stage {
        stage: String,
        on: bool,
    },
    Wave {
        wave: String,
        open: bool,
    },
    Brake {
        brake: String,
    },
    /// The second person's word; the deed is what waits, with its frozen rows.
    Word {
        command: CommandId,
        agree: bool,
        deed: Deed,
        chosen: Chosen,
        asker: String,
        because: String,
    },
}

impl Act {
    /// As the preview is headed.
    pub fn title(&self, names: &Names) -> String {
        let titles = |name: &str| names.title(name).to_owned();
        match self {
            Self::Rows { deed, .. } => {
                capital(&deed.title(&|name| names.title_in(deed, name).to_owned()))
            }
            Self::Stop => "Stop all sending".into(),
            Self::Resume => "Go on sending".into(),
            Self::Stage { stage, on: true } => format!("Switch on {}", titles(stage)),
            Self::Stage { stage, .. } => format!("Switch off {}", titles(stage)),
            Self::Wave { wave, open: true } => format!("Open wave {}", names.wave_title(wave)),
            Self::Wave { wave, .. } => format!("Close wave {}", names.wave_title(wave)),
            Self::Brake { brake } => format!("Release brake {}", names.brake(brake)),
            Self::Word {
                command,
                agree,
                deed,
                ..
            } => {
                let word = if *agree { "Agree to" } else { "Refuse" };
                let titles = |name: &str| names.title_in(deed, name).to_owned();
                format!("{word} command {}: {}", command.0, deed.title(&titles))
            }
        }
    }

    /// As the button says it, for so many rows.
    pub fn button(&self, rows: usize, names: &Names) -> String {
        match self {
            Self::Rows { deed, .. } => format!("{} {rows}", capital(deed.verb())),
            Self::Word {
                agree: true, deed, ..
            } => format!("Agree: {} {rows}", deed.verb()),
            Self::Word { command, .. } => format!("Refuse {}", command.0),
            Self::Brake { .. } => "Release".into(),
            other => other.title(names),
        }
    }

    /// As the line at the bottom names it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Rows { deed, .. } => deed.verb(),
            Self::Stop => "stop",
            Self::Resume => "resume",
            Self::Stage { .. } => "stage",
            Self::Wave { .. } => "wave",
            Self::Brake { .. } => "brake",
            Self::Word { agree: true, .. } => "agree",
            Self::Word { .. } => "refuse",
        }
    }

    /// The rows it is about, and what is done to them.
    pub fn rows(&self) -> Option<(&Deed, &Chosen)> {
        match self {
            Self::Rows { deed, chosen } | Self::Word { deed, chosen, .. } => Some((deed, chosen)),
            _ => None,
        }
    }

    /// The request for these rows of its list.
    pub fn request(&self, rows: Vec<RowId>, reason: &str) -> Request {
        let reason = reason.to_owned();
        match self {
            Self::Rows { deed, .. } => deed.clone().into_request(rows, reason),
            Self::Stop => Request::Stop { reason },
            Self::Resume => Request::Resume { reason },
            Self::Stage { stage, on } => Request::StageSwitch {
                stage: stage.clone(),
                on: *on,
                reason,
            },
            Self::Wave { wave, open } => Request::WaveSwitch {
                wave: wave.clone(),
                open: *open,
                reason,
            },
            Self::Brake { brake } => Request::BrakeRelease {
                brake: brake.clone(),
                reason,
            },
            Self::Word { command, agree, .. } => {
                let command = command.0;
                if *agree {
                    Request::Agree { command, reason }
                } else {
                    Request::Refuse { command, reason }
                }
            }
        }
    }
}

fn capital(said: &str) -> String {
    let mut rest = said.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}
