//! The two lines at the top: who and what this is, and whether one may sleep.

use super::pen::{Pen, Span};
use crate::model::clock::real_now;
use crate::model::time::{Span as Length, Time};
use crate::pipeline::definition::Tone;
use crate::store::SwitchKind;
use crate::tui::event::Engine;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use ratatui::layout::Rect;

pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let line = Rect { height: 1, ..area };
    let mut left = vec![
        (0, vec![("drover".into(), Meaning::Title)]),
        (4, title(state)),
    ];
    if let Some(demo) = &state.demo {
        left.push((5, vec![(text::cell(demo).into_owned(), Meaning::Quiet)]));
    }
    let mut right = vec![(3, window(state)), (1, engine(state, pen))];
    if state.terminal.mouse {
        right.insert(0, (2, vec![("mouse".into(), Meaning::Unusual)]));
    }
    if state.facts.read_only {
        right.insert(0, (1, vec![("read-only".into(), Meaning::Unusual)]));
    }
    pen.pieces(line, left, right);
    let line = Rect {
        y: area.y + 1,
        height: 1,
        ..area
    };
    if let Some(stop) = state.stopped() {
        let key = state.facts.keymap.key_of(crate::tui::keys::Action::Stop);
        let said = format!(
            " STOPPED by {} {}: {} {} {key} goes on",
            stop.by,
            ages::said(state.now, stop.at),
            stop.reason,
            pen.look.signs.dot
        );
        pen.text(
            line.x,
            line.y,
            line.width,
            &" ".repeat(usize::from(line.width)),
            Meaning::Alarm,
        );
        pen.text(
            line.x,
            line.y,
            line.width,
            &text::cell(&said),
            Meaning::Alarm,
        );
        return;
    }
    let (left, right) = (progress(state, pen, line.width), troubles(state, pen));
    pen.pieces(line, left, right);
}

fn title(state: &State) -> Vec<Span> {
    let title = state
        .facts
        .names
        .pipeline()
        .map_or(state.facts.shape.subject.as_str(), |pipeline| {
            &pipeline.title
        });
    vec![(text::cell(title).into_owned(), Meaning::Text)]
}

fn engine(state: &State, pen: &Pen<'_>) -> Vec<Span> {
    let signs = pen.look.signs;
    let (sign, said, meaning) = match &state.engine {
        Engine::Unasked => (signs.none, "engine?".to_owned(), Meaning::Quiet),
        Engine::Answers => (signs.alive, "engine runs".to_owned(), Meaning::Done),
        Engine::Silent(_) => (signs.dead, "no engine".to_owned(), Meaning::Danger),
        Engine::Unreachable => return heard(state, pen),
    };
    vec![(format!("{sign} {said}"), meaning)]
}

/// Its heartbeat, when its socket may not be reached. Real time, as a heart beats.
fn heard(state: &State, pen: &Pen<'_>) -> Vec<Span> {
    const ALIVE: Length = Length::from_secs(70);
    let signs = pen.look.signs;
    match state.data.heartbeat.map(|at: Time| real_now().since(at)) {
        Some(age) if age < ALIVE => vec![(
            format!("{} engine runs, you may look only", signs.alive),
            Meaning::Done,
        )],
        Some(age) => vec![(
            format!("{} engine silent for {}", signs.dead, ages::short(age)),
            Meaning::Danger,
        )],
        None => vec![(format!("{} engine not heard", signs.dead), Meaning::Danger)],
    }
}

/// The windows, one after the other: open until when, or shut until when.
fn window(state: &State) -> Vec<Span> {
    let Some(pipeline) = state.facts.names.pipeline() else {
        return Vec::new();
    };
    let said = pipeline.windows.values().map(|window| {
        let at = |moment: Time| {
            format!(
                "{}, {}",
                ages::clock(moment, window.timezone),
                ages::said(state.now, moment)
            )
        };
        if let Some((_, closes)) = window.current(state.now) {
            return (
                format!("{} closes {}", window.name, at(closes)),
                Meaning::Active,
            );
        }
        let opens = window.opens_after(state.now);
        let when = opens.map_or("never opens".into(), |opens| format!("opens {}", at(opens)));
        (format!("{} {when}", window.name), Meaning::Waiting)
    });
    said.take(1).collect()
}

fn progress(state: &State, pen: &Pen<'_>, wide: u16) -> Vec<(u8, Vec<Span>)> {
    if !state.ready {
        return vec![(0, vec![("reading the store…".into(), Meaning::Quiet)])];
    }
    let names = &state.facts.names;
    let total = state.data.total();
    let of = |tone: Tone| -> u64 {
        let phases = state.data.phases.iter();
        phases
            .filter(|(phase, _)| names.tone(phase.as_deref()) == tone)
            .map(|(_, rows)| rows)
            .sum()
    };
    let signs = pen.look.signs;
    let done = of(Tone::Done);
    let mut pieces = vec![(
        0,
        vec![(
            format!("{}/{} done", text::thousands(done), text::thousands(total)),
            Meaning::Title,
        )],
    )];
    let cells = if wide >= 110 { 20 } else { 10 };
    if let Some(full) = (done * cells).checked_div(total) {
        let full = full as usize;
        let rest = cells as usize - full;
        let bar = vec![
            (signs.bar.repeat(full), Meaning::Bar),
            (signs.bar_rest.repeat(rest), Meaning::BarRest),
            (format!(" {}%", done * 100 / total), Meaning::Text),
        ];
        pieces.push((3, bar));
    }
    for (rank, tone, word) in [
        (2, Tone::Warning, "to watch"),
        (4, Tone::Active, "moving"),
        (4, Tone::Waiting, "waiting"),
        (5, Tone::Idle, "not begun"),
    ] {
        let rows = of(tone);
        if rows > 0 {
            pieces.push((
                rank,
                vec![(
                    format!("{} {} {word}", signs.tone(tone), text::thousands(rows)),
                    tone.into(),
                )],
            ));
        }
    }
    pieces
}

fn troubles(state: &State, pen: &Pen<'_>) -> Vec<(u8, Vec<Span>)> {
    let signs = pen.look.signs;
    let mut pieces = Vec::new();
    let held: u64 = state.data.counts.iter().map(|count| count.held).sum();
    if held > 0 {
        pieces.push((
            1,
            vec![(
                format!("{} {} held", signs.no, text::thousands(held)),
                Meaning::Bad,
            )],
        ));
    }
    let tripped: Vec<&str> = state
        .data
        .switches
        .iter()
        .filter(|switch| switch.kind == SwitchKind::Brake && switch.on)
        .map(|switch| switch.name.as_str())
        .collect();
    if !tripped.is_empty() {
        pieces.push((
            1,
            vec![(format!(" brake {} ", tripped.join(", ")), Meaning::Alarm)],
        ));
    }
    if state.data.journal.alarms > 0 {
        pieces.push((
            1,
            vec![(
                format!(
                    " {} ",
                    text::count(state.data.journal.alarms as usize, "alarm")
                ),
                Meaning::Alarm,
            )],
        ));
    }
    pieces
}
