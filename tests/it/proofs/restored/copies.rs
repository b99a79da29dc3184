//! Copies made and put back while an engine works, and while whoever makes them is killed.
