//! Name servers as people use them: resolvers with a cache each, which learn of a changed address when theirs runs out.
//!
//! They know one name, which moves, and the address of a root server, which everybody knows. Anything else does not exist.
//!
//! Ways to get this wrong: a TTL that stands still; two resolvers that change their minds at the same moment; a name that
//! has no address of one kind and is said not to exist.

mod answer;
mod server;
#[cfg(test)]
mod tests;

pub use answer::Zone;
pub use server::Resolver;
