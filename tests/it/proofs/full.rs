//! The disk fills up at any moment: nothing is acknowledged or sent that is not on record, and it goes on by itself.
