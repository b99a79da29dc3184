//! A file's own tests: a row before, canned replies, the row expected after.

/// One `[[trial]]`.
#[derive(Clone, Debug)]
pub struct Trial {
    pub name: String,
}
