//! A failing slice stops before its fourth failure and the rest goes on; stop means that nothing is sent.
