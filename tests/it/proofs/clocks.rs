//! Whatever the clock does, nothing is sent outside its window, and no night is doubled or skipped unannounced.
