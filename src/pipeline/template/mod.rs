//! Jinja, strictly: an undefined result is an error, null stays null in a typed value and is "–" in text.
//!
//! Everything is compiled once, when the file is read; a [`Scope`] is built once per row or event and serves many
//! templates.
//!
//! Ways to get this wrong: taking the engine's undefined for null; compiling at render time.

mod context;
mod engine;
mod expression;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use context::{Context, Scope, TemplateError};
pub use expression::Expression;
pub use value::Template;
