//! Everything that needs more than one function: servers on 127.0.0.1, files, the whole engine.

mod generic;
mod http_client;
mod jamf;
mod tls;
mod wire;
