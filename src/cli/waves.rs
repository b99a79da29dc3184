//! How waves stand: what is settled in each, and what opens it. `drover wave`, and a part of `drover status`.

use super::context::Context;
use super::error::{CliError, Exit};
use super::output::{Output, Paint};
use super::table::{Cell, Table};
use super::waiting::short;
use crate::engine::{Opening, openings};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Wave, WaveMembers};
use crate::store::{Switch, SwitchKind, View, WaveProof};
use serde::Serialize;

/// One wave.
#[derive(Debug, Serialize)]
pub struct WaveLine {
    pub name: String,
    pub title: String,
    pub percent: Option<u32>,
    pub open: bool,
    pub rows: u64,
    /// Rows by the line of the proof each meets first.
    pub settled: Vec<(String, u64)>,
    /// Rows that meet none; not known without a proof.
    pub unsettled: Option<u64>,
    pub proven_at: Option<Time>,
    /// What opens it, while it is closed.
    pub next: Option<String>,
}

/// The waves of the file in its order, then those that only an import or an operator made.
pub fn read(
    view: &View<'_>,
    pipeline: Option<&Pipeline>,
    now: Time,
) -> Result<Vec<WaveLine>, CliError> {
    let counts = view.wave_counts()?;
    let proofs = view.wave_proofs()?;
    let openings = match pipeline {
        Some(pipeline) => openings(view, pipeline)?,
        None => Vec::new(),
    };
    let declared: &[Wave] = pipeline.map_or(&[], |pipeline| &pipeline.waves);
    let mut names: Vec<&str> = declared.iter().map(|wave| wave.name.as_str()).collect();
    for count in &counts {
        let wave = count.wave.as_deref().unwrap_or_default();
        if !wave.is_empty() && !names.contains(&wave) {
            names.push(wave);
        }
    }
    let line = |name: &str| -> Result<WaveLine, CliError> {
        let wave = declared.iter().find(|wave| wave.name == name);
        let switch = view.switch(SwitchKind::Wave, name)?;
        let open = switch.as_ref().is_some_and(|switch| switch.on);
        let of_wave = counts.iter().filter(|it| it.wave.as_deref() == Some(name));
        let proof = proofs.iter().find(|proof| proof.wave == name);
        let proven = view.switch(SwitchKind::Proven, name)?;
        let opening = openings.iter().find(|(wave, _)| wave == name);
        Ok(WaveLine {
            name: name.to_owned(),
            title: wave.map_or(name, |wave| &wave.title).to_owned(),
            percent: wave.and_then(percent),
            open,
            rows: of_wave.map(|count| count.rows).sum(),
            settled: proof.map_or(Vec::new(), |proof| proof.settled.clone()),
            unsettled: proof.map(|proof: &WaveProof| proof.open),
            proven_at: proven.filter(|proven| proven.on).map(|proven| proven.at),
            next: (!open).then(|| next(wave, switch.as_ref(), opening.map(|it| &it.1), now)),
        })
    };
    names.into_iter().map(line).collect()
}

fn percent(wave: &Wave) -> Option<u32> {
    match wave.members {
        WaveMembers::Percent { percent, .. } => Some(percent),
        WaveMembers::Named | WaveMembers::Condition(_) => None,
    }
}

/// What opens a closed wave.
fn next(
    wave: Option<&Wave>,
    switch: Option<&Switch>,
    opening: Option<&Opening>,
    now: Time,
) -> String {
    if let Some(switch) = switch {
        return format!("closed by {}: {}", switch.by, switch.reason);
    }
    let after = wave.and_then(|wave| wave.after.as_ref());
    match (opening, after) {
        (Some(Opening::At(at, why)), _) if *at <= now => format!("opens now: {why}"),
        (Some(Opening::At(at, _)), Some((before, _))) => {
            let left = at.since(now);
            format!(
                "opens in {left}, {}, as wave {before} is proven",
                short(*at)
            )
        }
        (Some(Opening::At(at, _)), None) => format!("opens at {}", short(*at)),
        (Some(Opening::Braked), _) => "opens once no brake is on".into(),
        (Some(Opening::Unproven), Some((before, pause))) => {
            format!("opens {pause} after wave {before} is proven")
        }
        _ => "an operator opens it".into(),
    }
}

/// The waves as a table; nothing when there are none.
pub fn write(out: &mut Output, waves: &[WaveLine], now: Time) -> Result<(), CliError> {
    if waves.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["Wave", "", "", "Rows", "Settled", "Left", "Proven", "Next"]);
    for wave in waves {
        let state = if wave.open {
            Cell::painted(Paint::Good, "open")
        } else {
            Cell::painted(Paint::Dim, "closed")
        };
        let settled = wave.settled.iter().filter(|(_, rows)| *rows > 0);
        let settled: Vec<String> = settled.map(|(title, n)| format!("{n} {title}")).collect();
        let proven = wave.proven_at;
        table.push([
            wave.title.as_str().into(),
            wave.percent
                .map_or(String::new(), |n| format!("{n} %"))
                .into(),
            state,
            wave.rows.to_string().into(),
            settled.join(", ").into(),
            wave.unsettled
                .map_or("–".to_owned(), |rows| rows.to_string())
                .into(),
            proven
                .map_or("–".to_owned(), |at| format!("{} ago", now.since(at)))
                .into(),
            wave.next.as_deref().unwrap_or_default().into(),
        ]);
    }
    table.print(out)
}

pub fn list(context: &mut Context) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let pipeline = super::pipelines::of(context, reader.shape());
    let (waves, now) = context.look(&reader, |view, now| {
        Ok((read(view, pipeline.as_ref(), now)?, now))
    })?;
    if context.json() {
        context.out.json(&waves)?;
    } else if waves.is_empty() {
        context.out.line("there are no waves")?;
    } else {
        write(&mut context.out, &waves, now)?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::actor::Actor;
    use crate::model::time::Span;

    fn wave(after: Option<(String, Span)>) -> Wave {
        Wave {
            name: "half".into(),
            title: "Half".into(),
            members: WaveMembers::Named,
            opens: None,
            after,
        }
    }

    #[test]
    fn it_is_said_what_opens_a_closed_wave() {
        let now = Time::parse("2026-03-02T12:00:00Z").unwrap();
        let hours = Span::from_hours(2);
        let follows = wave(Some(("few".into(), hours)));
        let told = |opening: &Opening| next(Some(&follows), None, Some(opening), now);
        assert_eq!(
            told(&Opening::Unproven),
            "opens 2h after wave few is proven"
        );
        assert_eq!(told(&Opening::Braked), "opens once no brake is on");
        assert_eq!(
            told(&Opening::At(now.plus(hours), String::new())),
            "opens in 2h, 2026-03-02 14:00:00Z, as wave few is proven"
        );
        assert_eq!(
            next(Some(&wave(None)), None, Some(&Opening::ByHand), now),
            "an operator opens it"
        );
        let switch = Switch {
            kind: SwitchKind::Wave,
            name: "half".into(),
            on: false,
            reason: "not yet".into(),
            by: Actor::Person("anna".into()),
            at: now,
        };
        let said = next(Some(&follows), Some(&switch), Some(&Opening::ByHand), now);
        assert_eq!(said, "closed by anna: not yet");
    }
}
