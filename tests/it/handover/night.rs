//! The whole second pipeline on a small company, as `drover demo` plays it.

use crate::support::{drover, typed};
use drover::pipeline::SHIPPED;
use serde_json::Value as Json;

#[test]
fn a_small_company_moves_under_its_old_name_and_nobody_flaps() {
    let folder = tempfile::tempdir().unwrap();
    // The same file, with a day of silence at the end instead of a week.
    let (name, text) = SHIPPED[1];
    let short = text.replacen(
        "old_silence         = { default = \"7d\"",
        "old_silence         = { default = \"12h\"",
        1,
    );
    assert_ne!(short, text);
    let file = folder.path().join(format!("{name}.toml"));
    std::fs::write(&file, short).unwrap();
    let scenario = folder.path().join("scenario.toml");
    let shipped = include_str!("../../../assets/scenarios/handover.toml");
    let restarted = r#"
[[operator]]
name  = "restart"
about = "The proxy's machine is restarted while a wave is open."
when  = { proven = "w10" }
wait  = "2h10m"
world = "restart_proxy"
"#;
    std::fs::write(&scenario, format!("{shipped}{restarted}")).unwrap();
    let words = [
        "demo",
        "--headless",
        "--until-done",
        "--quiet",
        "--json",
        "--speed",
        "3000",
        "--devices",
        "40",
        "--seed",
        "1",
    ];
    let typed = typed(
        drover()
            .args(words)
            .arg("--pipeline")
            .arg(&file)
            .arg("--scenario")
            .arg(&scenario),
    );
    assert_eq!(typed.code, 0, "{}{}", typed.out, typed.err);
    let summary: Json = serde_json::from_str(&typed.out).unwrap();
    let number = |path: &str| {
        summary
            .pointer(path)
            .and_then(Json::as_u64)
            .unwrap_or_else(|| panic!("{path} of {summary:#}"))
    };
    assert!(number("/complete") >= 36, "{summary:#}");
    assert_eq!(number("/world/flaps"), 0);
    assert!(number("/world/lost_by_restart") > 0, "{summary:#}");
    assert_eq!(number("/world/handover/at_old"), 0);
    let left = summary["left"].as_array().unwrap();
    assert!(
        left.iter().all(|left| left["owner"].is_string()),
        "{left:#?}"
    );
}
