//! What only the whole can show: servers on 127.0.0.1, files, processes, the sources themselves. One binary, so that it
//! links once.

mod architecture;
mod cli;
mod console;
mod engine;
mod examples;
mod generic;
mod handover;
mod handover_company;
mod hostile_urls;
mod http_client;
mod jamf;
mod night;
mod pipeline;
mod private;
mod proofs;
mod rehearsal;
mod rotation;
mod scripts;
mod source;
mod support;
mod tampering;
mod tls;
mod wire;
