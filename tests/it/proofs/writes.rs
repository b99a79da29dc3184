//! Every single write of a full cycle fails or is the last.
