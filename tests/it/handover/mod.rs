//! A move under the old server's name, seen from outside.

mod front;
mod night;
mod paths;
mod services;
mod watch;
