//! Waves that have to be proven, and what the outside has been told.

use crate::cli::error::CliError;
use crate::cli::output::{Output, Paint};
use crate::cli::table::{Cell, Table};
use crate::cli::waves::{self, WaveLine};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::store::{MirrorRecord, MirrorState, View};
use serde::Serialize;

/// Two parts of the survey.
#[derive(Debug, Default, Serialize)]
pub struct Standing {
    /// Empty for a pipeline that does not say when a row is settled.
    pub waves: Vec<WaveLine>,
    pub mirrors: Vec<MirrorLine>,
}

#[derive(Debug, Serialize)]
pub struct MirrorLine {
    pub title: String,
    #[serde(flatten)]
    pub record: MirrorRecord,
}

pub(super) fn read(
    view: &View<'_>,
    now: Time,
    pipeline: Option<&Pipeline>,
) -> Result<Standing, CliError> {
    let waves = if view.rules().proof.is_empty() {
        Vec::new()
    } else {
        waves::read(view, pipeline, now)?
    };
    let title = |record: &MirrorRecord| {
        let mirror = pipeline.and_then(|pipeline| pipeline.mirror(&record.name));
        mirror.map_or(&record.name, |mirror| &mirror.title).clone()
    };
    let mirrors = view.mirrors()?.into_iter().map(|record| MirrorLine {
        title: title(&record),
        record,
    });
    Ok(Standing {
        waves,
        mirrors: mirrors.collect(),
    })
}

impl Standing {
    /// What could not be told needs somebody.
    pub(super) fn attention(&self) -> impl Iterator<Item = String> {
        let mirrors = self.mirrors.iter();
        let failed = mirrors.filter(|mirror| mirror.record.state == MirrorState::Failed);
        failed.map(|mirror| format!("{} could not be told: {}", mirror.title, mirror.record.text))
    }

    pub(super) fn write(&self, out: &mut Output, now: Time) -> Result<(), CliError> {
        if !self.waves.is_empty() {
            heading(out, "Waves")?;
            waves::write(out, &self.waves, now)?;
        }
        if self.mirrors.is_empty() {
            return Ok(());
        }
        heading(out, "Told outside")?;
        let mut table = Table::new(["Who", "State", "Last told", "What"]);
        for MirrorLine { title, record } in &self.mirrors {
            let state = match record.state {
                MirrorState::Told => Cell::painted(Paint::Good, "told"),
                MirrorState::Owed => Cell::painted(Paint::Warn, "owed"),
                MirrorState::Failed => Cell::painted(Paint::Bad, "FAILED"),
            };
            let told = record.told_at;
            table.push([
                title.as_str().into(),
                state,
                told.map_or("never".to_owned(), |at| format!("{} ago", now.since(at)))
                    .into(),
                what(record).into(),
            ]);
        }
        table.print(out)
    }
}

/// What it was told last; why not, while it is not.
fn what(record: &MirrorRecord) -> String {
    if record.state != MirrorState::Told {
        return record.text.clone();
    }
    let fields = record.result.as_object().into_iter().flatten();
    let told: Vec<String> = fields
        .map(|(name, value)| match value {
            serde_json::Value::String(text) => format!("{name} {text}"),
            other => format!("{name} {other}"),
        })
        .collect();
    told.join(", ")
}

fn heading(out: &mut Output, title: &str) -> Result<(), CliError> {
    out.line("")?;
    let title = out.paint(Paint::Bold, title);
    out.line(title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_could_not_be_told_needs_somebody() {
        let mut record = MirrorRecord {
            name: "proxy".into(),
            state: MirrorState::Told,
            since: Time::from_millis(0),
            told_at: Some(Time::from_millis(0)),
            told: String::new(),
            result: json!({"percentage": 10, "listed": 212}),
            text: String::new(),
        };
        assert_eq!(what(&record), "percentage 10, listed 212");
        let standing = |record: &MirrorRecord| Standing {
            waves: Vec::new(),
            mirrors: vec![MirrorLine {
                title: "Proxy".into(),
                record: record.clone(),
            }],
        };
        assert_eq!(standing(&record).attention().count(), 0);
        (record.state, record.text) = (MirrorState::Failed, "refused".into());
        let list: Vec<String> = standing(&record).attention().collect();
        assert_eq!(list, ["Proxy could not be told: refused"]);
    }
}
