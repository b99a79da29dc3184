//! What only the whole can show. One binary, so that it links once.

mod architecture;
mod scripts;
mod source;
