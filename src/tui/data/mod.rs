//! What the console knows: read on its own thread, handed over whole.

mod dossier;
mod found;
mod journal;
mod list;
mod members;
mod names;
mod seek;
mod snapshot;
mod source;
mod thread;
mod topic;
mod waits;

pub use dossier::Dossier;
pub use journal::{Journal, JournalWant};
pub use list::{List, ListWant};
pub use members::{Member, MembersWant, RowVerb};
pub use names::Names;
pub use seek::{Seek, words as seek_words};
pub use snapshot::{Line, Snapshot, WaitKind, Waits, Want};
pub use source::Source;
pub use thread::{Asker, start};
pub use topic::{Topic, TopicWant};
