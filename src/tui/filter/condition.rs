//! From what is typed to what the store is asked.

use super::column::{self, SPECIAL};
use super::word::{Word, nearest, plain, words};
use crate::model::rule::Shape;
use crate::model::value::ValueType;
use crate::pipeline::definition::Tone;
use crate::store::{Among, Part, Standing};
use crate::tui::data::Names;

/// What a filter means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// SQL over the row.
    pub sql: Option<String>,
    /// What its columns cannot answer.
    pub parts: Vec<Part>,
}

impl Condition {
    /// True when it lets every row through.
    pub fn is_empty(&self) -> bool {
        self.sql.is_none() && self.parts.is_empty()
    }
}

/// Ways a row stands with a stage, as they are typed after `stage:NAME/`.
pub const STANDINGS: [(&str, Standing); 6] = [
    ("queued", Standing::Queued),
    ("later", Standing::Later),
    ("running", Standing::Running),
    ("waiting", Standing::Waiting),
    ("retry", Standing::BackingOff),
    ("held", Standing::Held),
];

/// What may follow `is:`.
pub const STATES: [&str; 9] = [
    "held", "stuck", "unknown", "running", "waiting", "retry", "moving", "begun", "done",
];

/// Reads a filter; an empty one lets every row through. The error is a sentence.
pub fn read(typed: &str, shape: &Shape, names: &Names) -> Result<Condition, String> {
    let typed = typed.trim();
    if let Some(sql) = typed.strip_prefix('=') {
        let sql = sql.trim();
        return Ok(Condition {
            sql: (!sql.is_empty()).then(|| sql.to_owned()),
            parts: Vec::new(),
        });
    }
    let (mut sqls, mut parts) = (Vec::new(), Vec::new());
    for word in words(typed) {
        match one(&word, shape, names)? {
            Asked::Row(sql) if word.not => sqls.push(format!("NOT {sql}")),
            Asked::Row(sql) => sqls.push(sql),
            Asked::Around(among, not) => parts.push(Part {
                among,
                not: not != word.not,
            }),
        }
    }
    Ok(Condition {
        sql: (!sqls.is_empty()).then(|| sqls.join(" AND ")),
        parts,
    })
}

/// What one word asks.
enum Asked {
    /// The row itself, in SQL.
    Row(String),
    /// The records around it; turned round when true.
    Around(Among, bool),
}

fn one(word: &Word, shape: &Shape, names: &Names) -> Result<Asked, String> {
    let value = word.value.as_str();
    let Some(name) = &word.name else {
        return Ok(Asked::Row(anywhere(value, shape)));
    };
    let special = SPECIAL
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name));
    Ok(match special {
        Some("stage") => Asked::Around(stage(value, names)?, false),
        Some("fault") if value.eq_ignore_ascii_case("none") => {
            Asked::Around(Among::Fault(String::new()), true)
        }
        Some("fault") if matches!(value, "any" | "yes") => {
            Asked::Around(Among::Fault(String::new()), false)
        }
        Some("fault") => Asked::Around(Among::Fault(value.to_owned()), false),
        Some("held") => match value.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Asked::Around(Among::Held, false),
            "no" | "false" | "0" => Asked::Around(Among::Held, true),
            _ => return Err("held is yes or no: write held:yes or held:no".into()),
        },
        Some("is") => is(value, names)?,
        Some("idle") => Asked::Row(idle(value)?),
        Some("phase") => Asked::Row(phase(value, names)),
        Some("wave") if value.is_empty() || value.eq_ignore_ascii_case("none") => {
            Asked::Row("(wave IS NULL)".into())
        }
        Some("wave") => Asked::Row(column::same("wave", value)),
        _ => {
            let (name, kind) = column::find(name, shape, names)?;
            Asked::Row(column::ask(name, kind, value)?)
        }
    })
}

fn anywhere(value: &str, shape: &Shape) -> String {
    let texts = shape.columns.iter().filter(|c| c.kind == ValueType::Text);
    let names = texts.map(|c| c.name.as_str()).chain(["phase", "wave"]);
    column::any_like(names, value)
}

fn idle(value: &str) -> Result<String, String> {
    match column::compared(value) {
        Some((sign, span)) => column::age("phase_since", sign, span),
        None => column::age("phase_since", "", value),
    }
    .map_err(|_| format!("\"idle:{value}\" is not understood: write idle:>2h or idle:<10m"))
}

/// A phase by its whole name, else every phase whose name has the text.
fn phase(value: &str, names: &Names) -> String {
    if value.is_empty() || value.eq_ignore_ascii_case("none") {
        return "(phase IS NULL)".into();
    }
    let mut known = names.pipeline().into_iter().flat_map(|known| &known.phases);
    match known.find(|phase| phase.name.eq_ignore_ascii_case(value)) {
        Some(phase) => column::same("phase", &phase.name),
        None => column::like("phase", value),
    }
}

fn stage(value: &str, names: &Names) -> Result<Among, String> {
    let (name, standing) = match value.rsplit_once('/') {
        Some((name, word)) => {
            let known = STANDINGS
                .iter()
                .find(|(known, _)| word.eq_ignore_ascii_case(known));
            let (_, standing) = known.ok_or_else(|| {
                let near = nearest(word, STANDINGS.iter().map(|(word, _)| *word));
                let all = STANDINGS.map(|(word, _)| word).join(", ");
                format!("\"{word}\" is no way to stand in a stage{near} ({all})")
            })?;
            (name, Some(*standing))
        }
        None => (value, None),
    };
    Ok(Among::Rule {
        rule: Some(rule(name, names)?),
        standing,
    })
}

/// A stage or ladder, by its name or title, or by how either begins when that is enough.
fn rule(asked: &str, names: &Names) -> Result<String, String> {
    let known = names.rules();
    let word = plain(asked);
    if word.is_empty() {
        return Err("which stage? Write stage:NAME; tab completes it".into());
    }
    // Without a pipeline file the store says whether there is such a one.
    if known.is_empty() {
        return Ok(asked.to_owned());
    }
    let same = known
        .iter()
        .find(|(name, title)| plain(name) == word || plain(title) == word);
    if let Some((name, _)) = same {
        return Ok((*name).to_owned());
    }
    let mut begins = known
        .iter()
        .filter(|(name, _)| plain(name).starts_with(&word));
    if let (Some((name, _)), None) = (begins.next(), begins.next()) {
        return Ok((*name).to_owned());
    }
    let mut begins = known
        .iter()
        .filter(|(name, title)| plain(name).starts_with(&word) || plain(title).starts_with(&word));
    match (begins.next(), begins.next()) {
        (Some((name, _)), None) => Ok((*name).to_owned()),
        (Some((one, _)), Some((other, _))) => Err(format!(
            "\"{asked}\" may be {one} or {other}: write more of it"
        )),
        _ => {
            let near = nearest(
                asked,
                known.iter().flat_map(|(name, title)| [*name, *title]),
            );
            Err(format!("there is no stage or ladder \"{asked}\"{near}"))
        }
    }
}

fn is(value: &str, names: &Names) -> Result<Asked, String> {
    let any = |standing| {
        Asked::Around(
            Among::Rule {
                rule: None,
                standing: Some(standing),
            },
            false,
        )
    };
    Ok(match value.to_ascii_lowercase().as_str() {
        "held" => Asked::Around(Among::Held, false),
        "stuck" => Asked::Around(Among::Stuck, false),
        "unknown" => Asked::Around(Among::Unknown, false),
        "running" => any(Standing::Running),
        "waiting" => any(Standing::Waiting),
        "retry" => any(Standing::BackingOff),
        "moving" => toned(names, &[Tone::Active, Tone::Waiting])?,
        "begun" => toned(
            names,
            &[Tone::Active, Tone::Waiting, Tone::Warning, Tone::Done],
        )?,
        "done" => toned(names, &[Tone::Done])?,
        _ => {
            let near = nearest(value, STATES.into_iter());
            return Err(format!(
                "\"is:{value}\" is not understood{near} ({})",
                STATES.join(", ")
            ));
        }
    })
}

/// In a phase that means one of these to the eye.
fn toned(names: &Names, tones: &[Tone]) -> Result<Asked, String> {
    let pipeline = names
        .pipeline()
        .ok_or("that needs the pipeline file, which is not at hand: write phase:NAME")?;
    let phases = pipeline
        .phases
        .iter()
        .filter(|phase| tones.contains(&phase.tone));
    let any: Vec<String> = phases
        .map(|phase| column::same("phase", &phase.name))
        .collect();
    Ok(Asked::Row(if any.is_empty() {
        "(0)".into()
    } else {
        format!("({})", any.join(" OR "))
    }))
}
