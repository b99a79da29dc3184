//! The Jamf connector against a scripted Jamf: every payload of `api/jamf.md`, and every way it says no.

mod acting;
mod office;
mod reading;
mod session;
