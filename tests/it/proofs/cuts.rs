//! The power goes at any moment: what was acknowledged is there, and the file holds together.
