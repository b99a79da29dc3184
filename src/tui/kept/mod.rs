//! What the console keeps between sessions: the last used commands and filters, saved views, chosen columns. Plain TOML
//! in a file of the operator's own. Read once at the start; written by a helper thread, so that no key ever waits for a
//! disk. A file that cannot be read costs its content and nothing else.

mod file;
mod keeper;
mod record;

pub use file::read;
pub use keeper::Keeper;
pub use record::{Change, Kept, View};
