//! The pipelines that come with the program.

/// Name and text of each, compiled in; the first is the one a demo begins with.
pub const SHIPPED: [(&str, &str); 2] = [
    (
        "jamf-to-fleet",
        include_str!("../../assets/pipelines/jamf-to-fleet.toml"),
    ),
    (
        "seamless",
        include_str!("../../assets/pipelines/seamless.toml"),
    ),
];
