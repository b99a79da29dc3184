//! How the process ends when its store has failed: at once, with the reason.

use crate::model::clock::{Stopwatch, real_pause};
use crate::store::StoreError;
use std::io::Write;
use std::time::Duration;

/// How long a terminal that takes nothing may hold up the end.
const AT_MOST: Duration = Duration::from_millis(500);

/// Says why on standard error and ends the process. Nothing is finished, synced or tried again: what is on disk decides
/// at the next start, and a call under way is looked up then.
pub fn end(error: &StoreError) {
    let text = format!(
        "drover: {error}; the engine has ended and sends nothing more; start it again once the disk was looked at\n"
    );
    let said = std::thread::Builder::new().spawn(move || {
        crate::tui::leave_terminal();
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    });
    if let Ok(said) = said {
        let watch = Stopwatch::start();
        while !said.is_finished() && watch.elapsed() < AT_MOST {
            real_pause(Duration::from_millis(1));
        }
    }
    std::process::exit(super::error::Exit::Failed as i32);
}
