//! The listener: `POST /hooks/<path>`, `GET /healthz`, `GET /metrics`.
//!
//! `door` takes connections and cuts those that dawdle; `answers` says what each request gets; `token` tells
//! senders from strangers; `seats` keeps one address from taking every socket, `room` all of them together; `pulse` says
//! who rests; `bodies` keeps what is read within bounds.
//!
//! Ways to get this wrong: any timeout left out (a silent socket, half a header, half a body each need their own);
//! telling a stranger which paths exist; a secret in an answer, as Fleet shows ours to the Mac (`api/fleet.md` §8.4).

mod answers;
mod bodies;
mod counts;
mod door;
mod pulse;
mod room;
mod seats;
mod settings;
mod tls;
mod token;

#[cfg(test)]
mod tests;

pub use counts::Counts;
pub use door::{Listener, bind, serve};
pub use settings::{HealthReport, Metrics, Parts, Settings, TlsFiles, WebhookError};
