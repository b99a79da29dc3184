//! The connector against endpoints on loopback, each wrong in one way.

mod bench;
mod redirect;
mod scep;
mod tls;
