//! Tells the outside what is wanted of it: when that changes, again and again, and at once after trouble.
//!
//! The table says what is wanted (`wanted`), a repeatable action tells it, and what came of it is on record (`record`)
//! with the marks of the rows it was told of. Nothing is written before a call: a crash between the call and its record
//! tells again, which changes nothing outside.
//!
//! Ways to get this wrong: marking rows that were listed a moment later; telling while all sending is stopped; a loop
//! that looks at a large table without a rest.

mod duty;
mod record;
mod wanted;

pub(super) use duty::mirror;
