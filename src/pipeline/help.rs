//! The text of `drover pipeline help [TOPIC]`: every key of the file, every action, what templates and SQL may use.

use super::finding;
use super::keys::{Key, Section, all, of, sections};
use crate::model::action::{ActionSpec, Catalogue, Field};
use std::fmt::Write;

const TEMPLATES: &str = "\
templates  {{ … }} and bare expressions
  Jinja. A text that is one {{ expression }} keeps its type; any other text becomes text, in which null is \"–\".
  What is undefined is an error that names it: write x | default(none) where a field may be missing.
  Bare expressions, without {{ }}: when, wait_if, fail_if, for_each.

  row        the row's columns, and wave and phase; in stages, ladders, helpers, acts and refresh
  event      what an intake heard
  settings   the pipeline's settings
  steps      steps.NAME is the result of an earlier step; steps.NAME.error its fault, steps.NAME.skipped
  result     what the step just answered; in wait_if, fail_if and fail_text
  item       one of the list; in a step with for_each
  input      what a helper was given
  lists      lists.NAME, the values a mirror lists; in mirrors
  waves      waves.proven, the percentages of proven waves; in mirrors
  now        the time, in engine time

  Besides Jinja's own filters: now | plus('5m'), now | minus('1h'), now | since(row.x) in whole seconds,
  row.mdm_server_url | host. Of null they are null. Inside a script's text a value is written {{ row.name | sh }},
  inside a URL {{ row.name | url }}: else whoever chooses the value could write what is run or called.
";

const SQL: &str = "\
sql  gates, stuck, phases, waves, lists, proof and acts
  One SQLite expression over the row's columns; all conditions of a gate must be true. NULL is not true.
  Settings are bound as :name. Time appears only as a whole condition: COLUMN < ago('10m') or COLUMN < ago(:setting);
  not in phases, waves, lists and proof. Subqueries and functions that answer differently for the same row are refused.
";

/// The help on a topic, or an overview. An unknown topic is a sentence with the nearest known one.
pub fn help(topic: Option<&str>, catalogue: &Catalogue) -> Result<String, String> {
    let Some(topic) = topic.map(str::trim).filter(|topic| !topic.is_empty()) else {
        return Ok(overview(catalogue));
    };
    match topic {
        "actions" => return Ok(actions(catalogue)),
        "templates" => return Ok(TEMPLATES.to_owned()),
        "sql" => return Ok(SQL.to_owned()),
        _ => {}
    }
    if let Some(spec) = catalogue.get(topic) {
        return Ok(action(spec));
    }
    if let Some(section) = sections().iter().find(|section| section.name == topic) {
        return Ok(self::section(section.name));
    }
    let found: Vec<_> = all().iter().filter(|key| names(key, topic)).collect();
    if found.is_empty() {
        return Err(unknown(topic, catalogue));
    }
    Ok(found.into_iter().map(one).collect())
}

/// `wait_if`, `step.wait_if` or `stage.step.wait_if`.
fn names(key: &Key, topic: &str) -> bool {
    match topic.rsplit_once('.') {
        None => key.name == topic,
        Some((above, name)) => key.name == name && above.rsplit('.').next() == Some(key.section),
    }
}

fn unknown(topic: &str, catalogue: &Catalogue) -> String {
    let names = sections().iter().map(|section| section.name);
    let known = names
        .chain(all().iter().map(|key| key.name))
        .chain(catalogue.iter().map(|action| action.name))
        .chain(["actions", "templates", "sql"]);
    match finding::nearest(topic, known) {
        Some(near) => format!("there is no help on \"{topic}\"; did you mean \"{near}\"?"),
        None => {
            format!("there is no help on \"{topic}\"; `drover pipeline help` lists what there is")
        }
    }
}

fn overview(catalogue: &Catalogue) -> String {
    let mut text = String::from(
        "A pipeline file is TOML. Its parts, each a topic of `drover pipeline help TOPIC`:\n\n",
    );
    for Section { name, form, about } in sections() {
        let _ = writeln!(text, "  {name:<10}{form:<20}{about}");
    }
    let count = catalogue.iter().count();
    let more = [
        (
            "templates",
            "What {{ … }} and expressions may use.".to_owned(),
        ),
        ("sql", "What conditions may use.".to_owned()),
        ("actions", format!("What can be called; {count} in all.")),
    ];
    text.push('\n');
    for (topic, about) in more {
        let _ = writeln!(text, "  {topic:<30}{about}");
    }
    text.push_str("\nAny key and any action is a topic too: `drover pipeline help wait_if`.\n");
    text
}

fn section(name: &str) -> String {
    let mut text = String::new();
    for Section { name, form, about } in sections().iter().filter(|it| it.name == name) {
        let _ = writeln!(text, "{name}  {form}\n  {about}\n");
    }
    for key in of(name) {
        let _ = writeln!(
            text,
            "  {:<10}{}\n  {:<10}{}",
            key.name, key.about, "", key.form
        );
    }
    text
}

fn one(key: &Key) -> String {
    format!(
        "{}.{}  {}\n  {}\n",
        key.section, key.name, key.form, key.about
    )
}

fn actions(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    for spec in catalogue.iter() {
        let _ = writeln!(
            text,
            "{:<26}{:<11}{}",
            spec.name,
            spec.nature.word(),
            spec.about
        );
    }
    text
}

fn action(spec: &ActionSpec) -> String {
    let mut text = format!("{}  {}\n  {}\n", spec.name, spec.nature.word(), spec.about);
    if spec.destructive {
        text.push_str("  Cannot be undone from here: bulk acts ask for the count to be typed.\n");
    }
    if spec.probe {
        text.push_str("  After an unknown outcome it is looked for before it is sent again.\n");
    }
    fields(&mut text, "inputs", spec.inputs, "required");
    fields(&mut text, "outputs", spec.outputs, "never null");
    text
}

fn fields(text: &mut String, heading: &str, fields: &[Field], sure: &str) {
    let _ = writeln!(
        text,
        "\n  {heading}{}",
        if fields.is_empty() { ": none" } else { "" }
    );
    for field in fields {
        let sure = if field.required { sure } else { "" };
        let _ = writeln!(
            text,
            "    {:<26}{:<9}{sure:<12}{}",
            field.name,
            field.kind.word(),
            field.about
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::Nature;
    use crate::model::time::Span;
    use crate::model::value::ValueType;

    static ACTIONS: [ActionSpec; 1] = [ActionSpec {
        name: "fleet.get_host",
        about: "Reads one host.",
        nature: Nature::Read,
        inputs: &[Field::required("id", ValueType::Integer, "Fleet's id.")],
        outputs: &[Field::optional("team_name", ValueType::Text, "Its team.")],
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    }];

    fn catalogue() -> Catalogue {
        Catalogue::new(&ACTIONS)
    }

    fn on(topic: &str) -> Result<String, String> {
        help(Some(topic), &catalogue())
    }

    #[test]
    fn every_key_section_and_action_has_its_help() {
        for key in all() {
            let topic = format!("{}.{}", key.section, key.name);
            assert!(on(&topic).unwrap().contains(key.about), "{topic}");
            assert!(on(key.section).unwrap().contains(key.about), "{topic}");
        }
        for spec in catalogue().iter() {
            let text = on(spec.name).unwrap();
            let mut fields = spec.inputs.iter().chain(spec.outputs);
            assert!(fields.all(|field| text.contains(field.name)), "{text}");
            assert!(on("actions").unwrap().contains(spec.name));
        }
        let overview = help(None, &catalogue()).unwrap();
        assert!(
            sections()
                .iter()
                .all(|section| overview.contains(section.name))
        );
    }

    #[test]
    fn a_key_of_several_tables_is_explained_for_each() {
        let text = on("wait_if").unwrap();
        assert!(text.contains("step.wait_if") && text.contains("rung.wait_if"));
        assert!(
            on("stage.step.wait_if")
                .unwrap()
                .starts_with("step.wait_if")
        );
        assert!(on("window").unwrap().contains("[windows.NAME]"));
    }

    #[test]
    fn an_unknown_topic_names_the_nearest() {
        assert!(on("wiat_if").unwrap_err().contains("\"wait_if\""));
        assert!(
            on("fleet.gethost")
                .unwrap_err()
                .contains("\"fleet.get_host\"")
        );
        assert!(on("qqqqqqqq").unwrap_err().contains("lists what there is"));
    }
}
