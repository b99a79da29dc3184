//! Rows that have the same text in one column, and how a brake on them is called.

use crate::pipeline::definition::Brake;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Slice {
    pub column: String,
    pub text: String,
}

impl Slice {
    /// What the switch of this brake on this slice is called: `transfers/macos_version=26.1`.
    pub fn switch(&self, brake: &Brake) -> String {
        format!("{}/{}={}", brake.name, self.column, self.text)
    }

    /// The slice in a switch's name; `None` for the whole of the brake, or another's.
    pub fn of_switch(brake: &Brake, name: &str) -> Option<Self> {
        let slice = name.strip_prefix(&brake.name)?.strip_prefix('/')?;
        let (column, text) = slice.split_once('=')?;
        Some(Self {
            column: column.to_owned(),
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_names_its_brake_column_and_text_whatever_the_text_holds() {
        let brake = Brake {
            name: "transfers".into(),
            title: "Transfers".into(),
            stops: None,
            stage: "transfer".into(),
            failures: None,
            share: None,
            most: None,
            slice: vec!["site".into()],
        };
        let slice = Slice {
            column: "site".into(),
            text: "a/b=c".into(),
        };
        let name = slice.switch(&brake);
        assert_eq!(name, "transfers/site=a/b=c");
        assert_eq!(Slice::of_switch(&brake, &name), Some(slice));
        assert_eq!(Slice::of_switch(&brake, "transfers"), None);
        assert_eq!(Slice::of_switch(&brake, "transfers2/site=x"), None);
    }
}
