//! Rows per phase, and how long each stage takes: the tables of the progress.

use super::page::pad;
use super::pen::Span;
use crate::tui::data::StageTime;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::text;

/// Columns of a phase's title, at most.
const TITLE: usize = 18;
/// Columns of numbers and share.
const NUMBERS: usize = 14;

/// One line for each phase, from the beginning of the way to its end.
pub fn funnel(state: &State, wide: usize) -> Vec<Vec<Span>> {
    let signs = state.facts.look.signs;
    let total = state.data.total();
    let title = |phase: &Option<String>| {
        let said = phase.as_deref().unwrap_or("no phase");
        text::fit(&text::cell(said), TITLE, signs.cut).into_owned()
    };
    let phases = &state.data.phases;
    let widest = phases.iter().map(|(phase, _)| text::width(&title(phase)));
    let widest = widest.max().unwrap_or(0);
    let cells = wide.saturating_sub(widest + NUMBERS + 4).min(40);
    let mut lines = Vec::new();
    // The file names the furthest phase first.
    for (phase, rows) in phases.iter().rev() {
        let tone = state.facts.names.tone(phase.as_deref());
        let meaning = if *rows == 0 {
            Meaning::Quiet
        } else {
            tone.into()
        };
        let full = bar(*rows, total, cells);
        lines.push(vec![
            (
                format!("{} {}", signs.tone(tone), pad(&title(phase), widest)),
                meaning,
            ),
            (format!("{:>8}", text::thousands(*rows)), meaning),
            (format!("{:>5}", share(*rows, total)), Meaning::Quiet),
            (format!(" {}", signs.bar.repeat(full)), meaning),
            (signs.bar_rest.repeat(cells - full), Meaning::BarRest),
        ]);
    }
    lines
}

/// Cells of a bar; whoever is there has one at least, and only all fill it.
fn bar(rows: u64, total: u64, cells: usize) -> usize {
    if rows == 0 || total == 0 {
        return 0;
    }
    let full = (u128::from(rows) * cells as u128 / u128::from(total)) as usize;
    full.max(1).min(cells)
}

/// `41%`, `<1%`; only all is `100%`.
fn share(rows: u64, total: u64) -> String {
    match (rows, rows * 100 / total.max(1)) {
        (0, _) => String::new(),
        (_, 0) => "<1%".into(),
        (_, percent) => format!("{percent}%"),
    }
}

/// The heading, and one line for each stage that did something.
pub fn times(state: &State, stages: &[StageTime], wide: usize) -> Vec<Vec<Span>> {
    let signs = state.facts.look.signs;
    let name = wide.saturating_sub(2 + 4 * 9).clamp(8, 28);
    let head = format!(
        "{}{:>9}{:>9}{:>9}{:>9}",
        pad("", name),
        "done",
        "median",
        "9 in 10",
        "failed"
    );
    let mut lines = vec![vec![(head, Meaning::Quiet)]];
    for stage in stages.iter().filter(|stage| stage.done + stage.failed > 0) {
        let title = text::cell(state.facts.names.rule(&stage.rule)).into_owned();
        let title = text::fit(&title, name, signs.cut).into_owned();
        let length = |span: Option<crate::model::time::Span>| {
            span.map_or_else(|| signs.none.to_owned(), took)
        };
        let failed = share(stage.failed, stage.done + stage.failed);
        lines.push(vec![
            (pad(&title, name), Meaning::Text),
            (format!("{:>9}", text::thousands(stage.done)), Meaning::Text),
            (format!("{:>9}", length(stage.median)), Meaning::Text),
            (format!("{:>9}", length(stage.slow)), Meaning::Quiet),
            (
                format!(
                    "{:>9}",
                    if failed.is_empty() {
                        signs.none
                    } else {
                        &failed
                    }
                ),
                if stage.failed > 0 {
                    Meaning::Bad
                } else {
                    Meaning::Quiet
                },
            ),
        ]);
    }
    if lines.len() == 1 {
        return vec![vec![(
            "no stage has finished anything yet".into(),
            Meaning::Quiet,
        )]];
    }
    lines
}

/// `45s`, `1m 5s`, `2h 3m`.
fn took(span: crate::model::time::Span) -> String {
    if span.millis() < 1_000 {
        "<1s".into()
    } else {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_shares_never_round_somebody_away_or_everybody_in() {
        for (rows, total, cells) in [
            (0, 0, 0),
            (0, 9, 0),
            (1, 100_000, 1),
            (99_999, 100_000, 9),
            (5, 5, 10),
        ] {
            assert_eq!(bar(rows, total, 10), cells, "{rows} of {total}");
        }
        for (rows, total, said) in [
            (0, 5, ""),
            (1, 1_000, "<1%"),
            (999, 1_000, "99%"),
            (3, 3, "100%"),
        ] {
            assert_eq!(share(rows, total), said);
        }
    }
}
