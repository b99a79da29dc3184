//! The stages and ladders with what stands in their queues.

use super::page::pad;
use super::pen::{Pen, Span};
use super::spot::Spot;
use crate::model::rule::RuleKind;
use crate::store::{RuleCount, SwitchKind};
use crate::tui::look::Meaning;
use crate::tui::state::{Pane, State};
use crate::tui::{ages, text};
use ratatui::layout::Rect;

/// Columns of a count.
const COUNT: u16 = 6;
/// Columns of the last word.
const WORD: u16 = 8;

/// One line for each, under a title and the columns' names.
pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    pen.spot(area, Spot::Pane(Pane::Stages));
    let focused = state.pane == Pane::Stages;
    let meaning = if focused {
        Meaning::Focus
    } else {
        Meaning::Title
    };
    pen.rule(
        Rect { height: 1, ..area },
        &[(" stages ".into(), meaning)],
        &[],
    );
    if area.height < 3 {
        return;
    }
    let counts = 5;
    let name = area.width.saturating_sub(2 + counts * COUNT + WORD + 1);
    let heads = ["queue", "run", "wait", "retry", "held"];
    for (at, head) in (0..).zip(heads) {
        pen.right(
            area.x + 2 + name + at * COUNT,
            area.y + 1,
            COUNT,
            head,
            Meaning::Quiet,
        );
    }
    let lines = usize::from(area.height - 2);
    let first = if focused {
        (state.stage + 1).saturating_sub(lines)
    } else {
        0
    };
    for (at, (count, y)) in state
        .data
        .counts
        .iter()
        .skip(first)
        .zip(area.y + 2..area.bottom())
        .enumerate()
    {
        line(
            state,
            pen,
            count,
            Rect {
                y,
                height: 1,
                ..area
            },
            name,
        );
        let whole = Rect {
            y,
            height: 1,
            ..area
        };
        pen.spot(whole, Spot::Stage(first + at));
        if focused && first + at == state.stage {
            pen.text(area.x, y, 1, pen.look.signs.cursor, Meaning::Focus);
            pen.cursor_line(whole);
        }
    }
    let hidden = state.data.counts.len().saturating_sub(first + lines);
    if hidden > 0 {
        let said = format!(" {hidden} more ");
        pen.right(area.x, area.y, area.width - 1, &said, Meaning::Quiet);
    }
}

fn line(state: &State, pen: &mut Pen<'_>, count: &RuleCount, area: Rect, name: u16) {
    let numbers = numbers(count);
    let quiet = numbers.iter().all(|(number, _)| *number == 0);
    let title = state.facts.names.rule(&count.rule);
    let said = text::cell(title);
    pen.text(
        area.x + 2,
        area.y,
        name,
        &said,
        if quiet { Meaning::Quiet } else { Meaning::Text },
    );
    for (at, (number, meaning)) in (0..).zip(numbers) {
        let x = area.x + 2 + name + at * COUNT;
        if number == 0 {
            pen.right(x, area.y, COUNT, pen.look.signs.none, Meaning::Quiet);
        } else {
            pen.right(x, area.y, COUNT, &short(number), meaning);
        }
    }
    let (word, meaning) = word(state, &count.rule);
    pen.text(
        area.right().saturating_sub(WORD),
        area.y,
        WORD,
        &word,
        meaning,
    );
}

fn numbers(count: &RuleCount) -> [(u64, Meaning); 5] {
    [
        (count.queued, Meaning::Text),
        (count.running, Meaning::Active),
        (count.waiting, Meaning::Waiting),
        (count.backing_off, Meaning::Unusual),
        (count.held, Meaning::Bad),
    ]
}

/// `12`, `9999`, `12k`.
fn short(number: u64) -> String {
    if number < 10_000 {
        number.to_string()
    } else {
        format!("{}k", number / 1_000)
    }
}

/// Why it takes nothing, or when it will; else what it is.
fn word(state: &State, rule: &str) -> (String, Meaning) {
    let switch = |kind| {
        state
            .data
            .switches
            .iter()
            .find(|known| known.kind == kind && known.name == rule)
    };
    if switch(SwitchKind::Stage).is_some_and(|switch| !switch.on) {
        return ("off".into(), Meaning::Warning);
    }
    if braked(state, rule) {
        return ("braked".into(), Meaning::Bad);
    }
    if let Some((window, opens)) = state.facts.names.shut_until(rule, state.now) {
        let at = opens.map_or("shut".into(), |opens| {
            format!("at {}", ages::clock(opens, window.timezone))
        });
        return (at, Meaning::Waiting);
    }
    match state.facts.names.kind(rule) {
        RuleKind::Stage => ("on".into(), Meaning::Quiet),
        RuleKind::Ladder => ("ladder".into(), Meaning::Quiet),
    }
}

fn braked(state: &State, rule: &str) -> bool {
    let Some(pipeline) = state.facts.names.pipeline() else {
        return false;
    };
    let brakes = pipeline.brakes.iter().filter(|brake| brake.stage == rule);
    brakes.into_iter().any(|brake| {
        let name = brake.name.as_str();
        let on = |switch: &&crate::store::Switch| switch.kind == SwitchKind::Brake && switch.on;
        // A brake that stops a slice only is switched under its name and the slice.
        let ours = |known: &str| {
            known == name
                || known
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with([':', ' ', '/']))
        };
        state
            .data
            .switches
            .iter()
            .filter(on)
            .any(|switch| ours(&switch.name))
    })
}

/// Those that have something, in one line.
pub fn strip(state: &State, pen: &mut Pen<'_>, area: Rect) {
    pen.spot(area, Spot::Pane(Pane::Stages));
    let signs = pen.look.signs;
    let marks = [
        signs.none,
        signs.active,
        signs.waiting,
        signs.warning,
        signs.no,
    ];
    let mut parts: Vec<Vec<Span>> = Vec::new();
    for count in &state.data.counts {
        let numbers = numbers(count);
        if numbers.iter().all(|(number, _)| *number == 0) {
            continue;
        }
        let mut part: Vec<Span> = vec![(
            format!("{} ", text::cell(state.facts.names.rule(&count.rule))),
            Meaning::Text,
        )];
        for ((number, meaning), mark) in numbers.into_iter().zip(marks) {
            if number > 0 {
                part.push((format!("{mark}{} ", short(number)), meaning));
            }
        }
        parts.push(part);
    }
    let wide = |part: &[Span]| {
        part.iter()
            .map(|(said, _)| text::width(said))
            .sum::<usize>()
            + 1
    };
    let room = usize::from(area.width).saturating_sub(12);
    let (mut left, mut used, total) = (
        vec![(" stages ".to_owned(), Meaning::Title)],
        8,
        parts.len(),
    );
    let mut shown = 0;
    for part in parts {
        if used + wide(&part) > room {
            break;
        }
        used += wide(&part);
        shown += 1;
        left.extend(part);
        left.push((" ".into(), Meaning::Text));
    }
    if total == 0 {
        left.push((pad("nothing is queued", 18), Meaning::Quiet));
    }
    let more = if shown < total {
        format!(" {} more ", total - shown)
    } else {
        String::new()
    };
    pen.rule(area, &left, &[(more, Meaning::Quiet)]);
}
