//! Hostile values stay values in every place they are written to (`reliability.md` H11): what is read back there, by a
//! reader of that format's own rules, is the value, and nothing around it has changed.

mod calls;
mod parsers;
mod program;
mod values;

use self::calls::Tally;
use self::values::values;
use crate::proofs::{alone, figure};
use drover::pipeline::template::{Context, Template};
use serde_json::json;
use std::process::Command;

/// Templates: a value is never a template itself, whether it stands alone or in a text.
fn template(values: &[String]) -> Tally {
    let mut tally = Tally::default();
    let alone = Template::new(json!("{{ row.name }}")).unwrap();
    let within = Template::new(json!("<{{ row.name }}>")).unwrap();
    let nested =
        Template::new(json!({"a": ["{{ row.name }}", "{{ row['name'] ~ '!' }}"]})).unwrap();
    for value in values {
        let context = Context {
            row: Some(json!({"name": value, "serial": "S1"})),
            settings: json!({"secret": "of the settings"}),
            ..Context::default()
        };
        assert_eq!(alone.render(&context).unwrap(), json!(value));
        assert_eq!(
            within.render(&context).unwrap(),
            json!(format!("<{value}>"))
        );
        assert_eq!(
            nested.render(&context).unwrap(),
            json!({"a": [value, format!("{value}!")]})
        );
        tally.equal += 1;
    }
    tally
}

/// Scripts: what a shell makes of `{{ row.name | sh }}`, between a command before and one after.
fn shell(values: &[String]) -> Tally {
    let mut tally = Tally::default();
    let script = Template::new(json!(
        "printf '%s' begin-; printf '%s' {{ row.name | sh }}; printf '%s' -end"
    ))
    .unwrap();
    for value in values {
        let row = Some(json!({"name": value}));
        let text = script
            .render_text(&Context {
                row,
                ..Context::default()
            })
            .unwrap();
        if text.contains('\0') {
            // No shell script holds one, and no value of a row does: it is cleaned where it enters.
            tally.refused += 1;
            continue;
        }
        let output = Command::new("/bin/sh")
            .args(["-c", &text])
            .env_clear()
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            format!("begin-{value}-end"),
            "{text}"
        );
        assert!(
            output.stderr.is_empty() && output.status.success(),
            "{text}"
        );
        tally.equal += 1;
    }
    tally
}

fn prove(random_ones: usize) {
    let values = values(random_ones);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let [path, query, form] = runtime.block_on(calls::request(&values));
    let [body, header] = runtime.block_on(calls::generic(&values));
    let [message, filter] = runtime.block_on(calls::services(&values));
    let mut sinks = vec![
        ("path", path),
        ("query", query),
        ("form", form),
        ("json", body),
        ("header", header),
        ("slack", message),
        ("rsql", filter),
        ("template", template(&values)),
        ("shell", shell(&values)),
    ];
    sinks.extend(program::sinks(&values));
    let mut refused = 0;
    for (name, tally) in &sinks {
        println!(
            "  {name}: {} equal, {} refused or cleaned",
            tally.equal, tally.refused
        );
        assert_eq!(tally.equal + tally.refused, values.len(), "{name}");
        refused += tally.refused;
    }
    let equal: usize = sinks.iter().map(|(_, tally)| tally.equal).sum();
    figure(
        "sinks",
        &[
            ("sinks", &sinks.len()),
            ("values", &values.len()),
            ("written", &(sinks.len() * values.len())),
            ("equal", &equal),
            ("refused_or_cleaned", &refused),
            ("changed", &0),
        ],
    );
}

#[test]
fn hostile_values_stay_values_in_every_place() {
    prove(0);
}

/// `cargo test --release --test it -- --ignored proofs::sinks --nocapture`
#[test]
#[ignore = "takes minutes"]
fn many_random_hostile_values_stay_values_in_every_place() {
    let _alone = alone();
    prove(400);
}
