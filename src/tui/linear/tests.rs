//! Dialogues, from the lines that are heard to the lines that are told.
