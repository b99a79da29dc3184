//! One promise broken on purpose, so that the proofs of `tests/it/proofs` can be seen to catch it.
//!
//! Compiled only with the cargo feature `sabotage`, which nothing shipped has; even then nothing is broken until
//! `DROVER_SABOTAGE` names what.

use std::sync::OnceLock;

/// The variable that names the sabotage.
pub const VARIABLE: &str = "DROVER_SABOTAGE";

/// What `drover --version` says of such a build.
pub const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " built with sabotage, for tests only"
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// `synchronous = NORMAL`: a commit is answered before it is on disk.
    Normal,
    /// A call whose outcome is unknown is taken for failed, and sent again without a look.
    Blind,
    /// A webhook is answered before its event is written.
    Early,
}

static CHOSEN: OnceLock<Option<Sabotage>> = OnceLock::new();

/// Chooses for this process, once. Says what is wrong with a word that names nothing.
pub fn choose(word: Option<&str>) -> Result<(), String> {
    let chosen = match word {
        None => None,
        Some("normal") => Some(Sabotage::Normal),
        Some("blind") => Some(Sabotage::Blind),
        Some("early") => Some(Sabotage::Early),
        Some(other) => {
            return Err(format!(
                "{VARIABLE}={other} is no sabotage; set normal, blind or early"
            ));
        }
    };
    CHOSEN.get_or_init(|| chosen);
    Ok(())
}

/// Whether this is what the process breaks.
pub fn is(what: Sabotage) -> bool {
    CHOSEN.get() == Some(&Some(what))
}
