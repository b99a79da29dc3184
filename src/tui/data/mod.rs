//! What the console knows: read on its own thread, handed over whole.

mod answer;
mod choices;
mod collect;
mod commands;
mod dossier;
mod export;
mod found;
mod journal;
mod list;
mod lister;
mod mate;
mod members;
mod names;
mod night;
mod opening;
mod outlay;
mod past;
mod seek;
mod snapshot;
mod source;
mod standing;
mod thread;
mod topic;
mod waits;

pub use answer::{Answer, Can, Coming, When};
pub use choices::{Choice, ChoicesWant, Lookup};
pub use collect::{Collect, Collected, lines};
pub use commands::CommandWant;
pub use dossier::Dossier;
pub use export::{Export, ExportError, Sheet, Shown, Written};
pub use journal::{Journal, JournalWant};
pub use list::{List, ListWant};
pub use members::{Member, Members, MembersWant};
pub use names::Names;
pub use night::{Heartbeat, ServiceHealth};
pub use opening::Opening;
pub use outlay::Outlay;
pub use seek::{Seek, words as seek_words};
pub use snapshot::{Line, Snapshot, WaitKind, Waits, Want};
pub use source::Source;
pub use standing::{Stand, Standing};
pub use thread::{Asker, start};
pub use topic::{
    Call, CheckLine, ChecksTopic, EventTopic, Exchange, FaultMembers, Found, Hearing,
    ProgressTopic, Service, StageTime, Topic, TopicWant, WaveLine, WavesTopic, Way, attempt_word,
    event_word,
};
pub use waits::nearest;
