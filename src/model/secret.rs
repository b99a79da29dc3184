//! Secrets are of this type from the moment they are read: not printed, not serialised, wiped on drop.

pub use secrecy::{ExposeSecret, SecretString};

/// A secret from text just read; one trailing line break (a file's) is not part of it.
pub fn secret(text: String) -> SecretString {
    let end = text.trim_end_matches(['\r', '\n']).len();
    let mut text = text;
    text.truncate(end);
    text.into()
}
