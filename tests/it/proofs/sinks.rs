//! Hostile values stay values in every place they are written to.
