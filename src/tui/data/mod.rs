//! What the console knows: read on its own thread, handed over whole.

mod collect;
mod dossier;
mod export;
mod journal;
mod list;
mod lister;
mod members;
mod names;
mod night;
mod snapshot;
mod source;
mod thread;
mod topic;
mod waits;

pub use collect::{Collect, Collected, lines};
pub use dossier::Dossier;
pub use export::{Export, ExportError, Sheet, Shown, Written};
pub use journal::{Journal, JournalWant};
pub use list::{List, ListWant};
pub use members::{Member, MembersWant, RowVerb};
pub use names::Names;
pub use night::{Heartbeat, ServiceHealth};
pub use snapshot::{Line, Snapshot, WaitKind, Waits, Want};
pub use source::Source;
pub use thread::{Asker, start};
pub use topic::{
    Hearing, ProgressTopic, Service, StageTime, Topic, TopicWant, WaveLine, WavesTopic, Way,
};
