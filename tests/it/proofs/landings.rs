//! Every call that changes something, in every way an answer can be lost, with the engine killed around it.
