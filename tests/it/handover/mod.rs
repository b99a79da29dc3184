//! A move under the old server's name, seen from outside.

mod front;
mod paths;
mod services;
mod watch;
