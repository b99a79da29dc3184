//! Builds that break one promise each are caught by these proofs.
