//! The engine is killed a thousand times under load.
