//! No secret is found anywhere but where it was put.
