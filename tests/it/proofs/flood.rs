//! Intake under attack: every event once, the slow cut, the good sender served.
