//! The two lines at the top: who and what this is, and whether one may sleep.

use super::pen::{Pen, Span};
use crate::model::time::Time;
use crate::pipeline::definition::Tone;
use crate::store::HaltKind;
use crate::tui::data::Heartbeat;
use crate::tui::event::Engine;
use crate::tui::look::Meaning;
use crate::tui::outlook::{self, Verdict, verdict};
use crate::tui::state::State;
use crate::tui::{ages, text};
use ratatui::layout::Rect;

/// From so many columns on it says how far the waves are.
const WAVES: u16 = 60;

pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let line = Rect { height: 1, ..area };
    let mut left = vec![
        (0, vec![("drover".into(), Meaning::Title)]),
        (4, title(state)),
    ];
    if let Some(demo) = &state.demo {
        left.push((5, vec![(text::cell(demo).into_owned(), Meaning::Quiet)]));
    }
    let mut right = match state.as_of() {
        Some(as_of) => vec![(0, vec![(as_of, Meaning::Unusual)])],
        None => vec![(3, window(state)), (1, engine(state, pen))],
    };
    if let Some(paused) = &state.paused {
        let age = ages::short(state.now.since(paused.since));
        right.insert(0, (0, vec![(format!(" PAUSED {age} "), Meaning::Alarm)]));
    }
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
    if let Some((why, end)) = standstill(state, pen) {
        let (y, whole) = (line.y, usize::from(line.width));
        let room = whole.saturating_sub(text::width(&end)) as u16;
        pen.text(line.x, y, line.width, &" ".repeat(whole), Meaning::Alarm);
        let used = pen.text(line.x, y, room, &text::cell(&why), Meaning::Alarm);
        pen.text(line.x + used, y, line.width - used, &end, Meaning::Alarm);
        return;
    }
    let (left, right) = (progress(state, pen, line.width), answer(state, pen));
    pen.pieces(line, left, right);
}

/// Why nothing at all is sent, if so, and what ends it, which is never cut off: an operator's stop before whatever halts
/// the engine itself.
fn standstill(state: &State, pen: &Pen<'_>) -> Option<(String, String)> {
    let halts = &state.data.halts;
    let looks_back = halts.iter().any(|halt| halt.kind == HaltKind::Restored);
    // It stops all sending too, and says how far it is.
    if let Some(stop) = state.stopped().filter(|_| !looks_back) {
        let key = state.facts.keymap.key_of(crate::tui::keys::Action::Stop);
        let said = format!(
            " STOPPED by {} {}: {}",
            stop.by,
            ages::said(state.now, stop.at),
            stop.reason,
        );
        let rest = format!(" {} {key} goes on ", pen.look.signs.dot);
        return Some((said, rest));
    }
    let halt = halts.first()?;
    let age = ages::short(state.now.since(halt.since));
    let what = halt.kind.said().to_uppercase();
    Some((format!(" {what} for {age}: {}", halt.why), String::new()))
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

/// Its heartbeat, when its socket may not be reached.
fn heard(state: &State, pen: &Pen<'_>) -> Vec<Span> {
    let signs = pen.look.signs;
    match state.data.heartbeat {
        Heartbeat::Lately => vec![(
            format!("{} engine runs, you may look only", signs.alive),
            Meaning::Done,
        )],
        Heartbeat::Silent(age) => vec![(
            format!("{} engine silent for {}", signs.dead, ages::short(age)),
            Meaning::Danger,
        )],
        Heartbeat::Never => vec![(format!("{} engine not heard", signs.dead), Meaning::Danger)],
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
        pieces.push((4, bar));
    }
    if let Some((said, meaning)) = outlook::in_few_words(state) {
        pieces.push((2, vec![(said, meaning)]));
    }
    if let Some((said, meaning)) = outlook::waves::in_few_words(state).filter(|_| wide >= WAVES) {
        pieces.push((1, vec![(said, meaning)]));
    }
    for (rank, tone, word) in [
        (3, Tone::Warning, "to watch"),
        (5, Tone::Active, "moving"),
        (5, Tone::Waiting, "waiting"),
        (6, Tone::Idle, "not begun"),
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

/// Whether one may sleep, and what keeps one up.
fn answer(state: &State, pen: &Pen<'_>) -> Vec<(u8, Vec<Span>)> {
    let signs = pen.look.signs;
    let stuck = state.data.night.stuck;
    let mut pieces = Vec::new();
    let others = stuck.held + stuck.handed_over;
    if others > 0 {
        let said = format!("{} with others", text::thousands(others));
        pieces.push((6, vec![(said, Meaning::Quiet)]));
    }
    let waiting = state.data.commands.waiting().count();
    if waiting > 0 {
        let key = state.facts.keymap.key_of(crate::tui::keys::Action::Agree);
        let said = format!(
            " {} for a second person: {key} ",
            text::count(waiting, "act")
        );
        pieces.push((1, vec![(said, Meaning::Alarm)]));
    }
    match verdict(state) {
        Verdict::Well => {
            let said = format!("{} nothing needs you", signs.yes);
            pieces.push((0, vec![(said, Meaning::Done)]));
        }
        Verdict::Unknown(why) => {
            let said = format!("{} {why}", signs.unknown);
            pieces.push((0, vec![(said, Meaning::Unusual)]));
        }
        Verdict::Needs(needs) => {
            let mut needs = needs.into_iter();
            let first = needs.next().unwrap_or_default();
            let said = format!(" {} {first} ", signs.warning);
            pieces.push((0, vec![(said, Meaning::Alarm)]));
            pieces.extend(needs.map(|said| (1, vec![(said, Meaning::Bad)])));
        }
    }
    pieces
}
