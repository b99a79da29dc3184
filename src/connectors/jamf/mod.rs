//! Jamf Pro: finds computers, asks Jamf to take its MDM profile off them, and watches that command (`api/jamf.md`).
//!
//! What is spoken depends on the server's version, asked once an hour: inventory v4 from 11.30 on, v3 to v1 before; and
//! one of two spellings of remove-mdm-profile. All paths are constants; none is built from a verb, as erasing sits one
//! word beside removing.
//!
//! Ways to get this wrong: believing `managed` (a flag of the record, not of the Mac); taking a 500 for "not queued";
//! taking a 404 for "no such computer" where it means "no such path"; acting on the first of two records of one serial;
//! renewing the token after it expired.

mod act;
mod actions;
mod check;
mod command;
mod computer;
mod connector;
mod inventory;
mod operation;
mod paths;
mod probe;
mod said;
mod settings;
mod token;
mod version;

pub use actions::ACTIONS;
pub use connector::Jamf;
pub use settings::Settings;
