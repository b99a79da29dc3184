//! What only the whole can show: servers on 127.0.0.1, files, processes, the sources themselves. One binary, so that it
//! links once.

mod architecture;
mod cli;
mod generic;
mod http_client;
mod jamf;
mod pipeline;
mod scripts;
mod source;
mod tls;
mod wire;
