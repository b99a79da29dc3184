//! Checks, mirrors and waves, as the night left them.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::pipeline::Pipeline;
use crate::store::{CheckRecord, CheckState, MirrorRecord, StoreError, View, WaveProof};
use serde::Serialize;

/// How what stands beside the rows stands.
#[derive(Default, Serialize)]
pub struct Standing {
    checks: Vec<CheckRecord>,
    mirrors: Vec<MirrorRecord>,
    /// In the pipeline's order.
    waves: Vec<WaveProof>,
}

impl Standing {
    pub fn read(view: &View<'_>, pipeline: &Pipeline) -> Result<Self, StoreError> {
        let place = |name: &str| {
            let mut waves = pipeline.waves.iter();
            waves.position(|wave| wave.name == name)
        };
        let mut waves = view.wave_proofs()?;
        waves.sort_by_key(|one| place(&one.wave).unwrap_or(usize::MAX));
        Ok(Self {
            checks: view.checks()?,
            mirrors: view.mirrors()?,
            waves,
        })
    }

    /// Nothing at all where the pipeline has none of them.
    pub fn print(&self, context: &mut Context) -> Result<(), CliError> {
        let out = &mut context.out;
        for wave in &self.waves {
            out.line(format_args!("wave {}", told(wave)))?;
        }
        let ok = |check: &&CheckRecord| check.state == CheckState::Ok;
        if !self.checks.is_empty() {
            let fine = self.checks.iter().filter(ok).count();
            out.line(format_args!("checks: {fine} of {} ok", self.checks.len()))?;
        }
        for check in self.checks.iter().filter(|check| !ok(check)) {
            out.line(format_args!("  {}", said(check)))?;
        }
        for mirror in &self.mirrors {
            let state = word(&mirror.state);
            let more = match mirror.text.as_str() {
                "" => mirror.result.to_string(),
                why => why.to_owned(),
            };
            out.line(format_args!("mirror {}: {state}, {more}", mirror.name))?;
        }
        Ok(())
    }
}

/// "w10: 96 rows: 90 proven, 6 rolled back; proven at …".
pub fn told(wave: &WaveProof) -> String {
    let lines = wave.settled.iter().filter(|(_, count)| *count > 0);
    let mut numbers: Vec<String> = lines
        .map(|(title, count)| format!("{count} {title}"))
        .collect();
    if wave.open > 0 {
        numbers.push(format!("{} open", wave.open));
    }
    let proven = match wave.proven_at {
        Some(at) => format!("proven at {at}"),
        None => "not proven".into(),
    };
    format!(
        "{}: {} rows: {}; {proven}",
        wave.wave,
        wave.rows,
        numbers.join(", ")
    )
}

/// A check that is not ok, and what to change.
fn said(check: &CheckRecord) -> String {
    let advice = match check.advice.as_str() {
        "" => String::new(),
        advice => format!(" → {advice}"),
    };
    format!(
        "{} {} since {}: {}{advice}",
        check.name,
        word(&check.state),
        check.since,
        check.text
    )
}

/// The word a state has in JSON, as people write it.
pub fn word(state: &impl Serialize) -> String {
    let json = serde_json::to_value(state).unwrap_or_default();
    json.as_str().unwrap_or_default().replace('_', " ")
}
