//! The stages and ladders with what stands in their queues.

use super::page::pad;
use super::pen::{Pen, Span};
use super::spark::spark;
use super::spot::Spot;
use super::stage_columns::{Column, Place, places};
use crate::model::rule::RuleKind;
use crate::store::{RuleCount, SwitchKind};
use crate::tui::look::Meaning;
use crate::tui::state::{Pane, State};
use crate::tui::{ages, text};
use ratatui::layout::Rect;

/// Columns without which a reason is not worth beginning.
const STRIP_ASIDE: usize = 24;
/// Columns of the title line that nothing else may take.
const ASIDE: usize = 16;

/// Holds, switches and windows of then are not kept: what was queued is judged by the gates alone.
fn title(state: &State, meaning: Meaning) -> Vec<Span> {
    let mut said = vec![(" stages ".to_owned(), meaning)];
    if state.past.is_some() {
        said.push(("by their gates ".into(), Meaning::Quiet));
    }
    said
}

/// One line for each, under a title and the columns' names.
pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    pen.spot(area, Spot::Pane(Pane::Stages));
    let focused = state.pane == Pane::Stages;
    let meaning = if focused {
        Meaning::Focus
    } else {
        Meaning::Title
    };
    let lines = usize::from(area.height.saturating_sub(2));
    let first = if focused {
        (state.stage + 1).saturating_sub(lines)
    } else {
        0
    };
    let hidden = state.data.counts.len().saturating_sub(first + lines);
    let more = if hidden > 0 && lines > 0 {
        format!(" {hidden} more ")
    } else {
        String::new()
    };
    let room = usize::from(area.width).saturating_sub(ASIDE + text::width(&more));
    let mut aside = kept_back(state, focused, room);
    aside.push((more, Meaning::Quiet));
    pen.rule(Rect { height: 1, ..area }, &title(state, meaning), &aside);
    if area.height < 3 {
        return;
    }
    let places = places(area.width);
    for place in &places {
        let head = place.column.head();
        let x = area.x + place.x;
        if matches!(place.column, Column::Next | Column::Lately) {
            pen.text(x + 1, area.y + 1, place.wide - 1, head, Meaning::Quiet);
        } else {
            pen.right(x, area.y + 1, place.wide, head, Meaning::Quiet);
        }
    }
    let shown = state.data.counts.iter().enumerate().skip(first);
    for ((at, count), y) in shown.zip(area.y + 2..area.bottom()) {
        let at_line = Rect {
            y,
            height: 1,
            ..area
        };
        line(state, pen, count, at_line, &places);
        pen.spot(at_line, Spot::Stage(at));
        if focused && at == state.stage {
            pen.text(area.x, y, 1, pen.look.signs.cursor, Meaning::Focus);
            pen.cursor_line(at_line);
        }
    }
}

/// The check that the stage under the cursor, or else the first that has rows in its queue, waits for.
fn kept_back(state: &State, focused: bool, room: usize) -> Vec<Span> {
    if state.past.is_some() {
        return Vec::new();
    }
    let names = &state.facts.names;
    let back = |count: &RuleCount| {
        let (check, stand) = state.data.standing.unmet(names, &count.rule, state.now)?;
        let title = text::cell(&check.title).into_owned();
        let meaning = super::checks::sign(state.facts.look.signs, stand).1;
        let stage = text::cell(names.rule(&count.rule)).into_owned();
        let said = format!("{stage} waits for: {title}");
        let said = text::fit(&said, room, state.facts.look.signs.cut);
        Some((format!(" {said} "), meaning))
    };
    let counts = state.data.counts.iter();
    let found = if focused {
        counts.skip(state.stage).take(1).find_map(back)
    } else {
        // What nobody waits for keeps nothing back.
        let mut waited = counts.filter(|count| count.queued + count.later > 0);
        waited.find_map(back)
    };
    found.into_iter().collect()
}

fn line(state: &State, pen: &mut Pen<'_>, count: &RuleCount, area: Rect, places: &[Place]) {
    let signs = pen.look.signs;
    let numbers = numbers(count);
    let quiet = numbers.iter().all(|(number, _)| *number == 0);
    for place in places {
        let (x, y, wide) = (area.x + place.x, area.y, place.wide);
        let (number, meaning) = match place.column {
            Column::Name => {
                let said = text::cell(state.facts.names.rule(&count.rule));
                let meaning = if quiet { Meaning::Quiet } else { Meaning::Text };
                pen.text(x, y, wide, &said, meaning);
                continue;
            }
            Column::Lately => {
                let pace = state.data.night.pace(&count.rule);
                let lately = pace.map_or(&[][..], |pace| &pace.lately);
                let drawn = spark(signs, lately, usize::from(wide - 1));
                pen.text(x + 1, y, wide - 1, &drawn, Meaning::Quiet);
                continue;
            }
            Column::Next => {
                let (word, meaning) = word(state, count, usize::from(wide - 1));
                pen.text(x + 1, y, wide - 1, &word, meaning);
                continue;
            }
            Column::Queue => numbers[0],
            Column::Run => numbers[1],
            Column::Wait => numbers[2],
            Column::Retry => numbers[3],
            Column::Held => numbers[4],
            Column::Later => (count.later, Meaning::Quiet),
        };
        if number == 0 {
            pen.right(x, y, wide, signs.none, Meaning::Quiet);
        } else {
            pen.right(x, y, wide, &short(number), meaning);
        }
    }
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

/// Why it takes nothing, or when it will; else that it is on.
pub fn word(state: &State, count: &RuleCount, room: usize) -> (String, Meaning) {
    if state.past.is_some() {
        return (String::new(), Meaning::Quiet);
    }
    let rule = count.rule.as_str();
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
    if let Some((check, stand)) = state
        .data
        .standing
        .unmet(&state.facts.names, rule, state.now)
    {
        let (sign, meaning) = super::checks::sign(state.facts.look.signs, stand);
        let said = format!("waits for: {}", text::cell(&check.title));
        let short = text::width(&said) > room;
        return (if short { format!("{sign} check") } else { said }, meaning);
    }
    if let Some((window, opens)) = state.facts.names.shut_until(rule, state.now) {
        let at = opens.map_or("shut".into(), |opens| {
            format!("at {}", ages::clock(opens, window.timezone))
        });
        return (at, Meaning::Waiting);
    }
    let stage = state.facts.names.pipeline().and_then(|it| it.stage(rule));
    if let Some(sweep) = stage.and_then(|stage| stage.sweep.as_ref()) {
        let next = sweep.next_after(state.now);
        let said = next.map_or("never".into(), |next| {
            format!("at {}", ages::clock(next, sweep.timezone))
        });
        return (said, Meaning::Waiting);
    }
    if count.queued == 0 {
        let pace = state.data.night.pace(rule);
        if let Some(due) = pace.and_then(|pace| pace.next_due) {
            return (
                format!("in {}", away(due.since(state.now))),
                Meaning::Waiting,
            );
        }
        if count.later > 0 && stage.is_some_and(|stage| stage.waves) {
            return ("wave shut".into(), Meaning::Waiting);
        }
    }
    match state.facts.names.kind(rule) {
        RuleKind::Stage => ("on".into(), Meaning::Quiet),
        RuleKind::Ladder => ("ladder".into(), Meaning::Quiet),
    }
}

/// As [`ages::short`], in seven columns: what is half a day away needs no minutes.
fn away(span: crate::model::time::Span) -> String {
    let hours = span.millis() / 3_600_000;
    if (10..24).contains(&hours) {
        format!("{hours}h")
    } else {
        ages::short(span)
    }
}

fn braked(state: &State, rule: &str) -> bool {
    let Some(pipeline) = state.facts.names.pipeline() else {
        return false;
    };
    let brakes = pipeline
        .brakes
        .iter()
        .filter(|brake| brake.stopped() == rule);
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
    let room = usize::from(area.width).saturating_sub(used + text::width(&more) + 6);
    let mut right = if room >= STRIP_ASIDE {
        kept_back(state, false, room)
    } else {
        Vec::new()
    };
    right.push((more, Meaning::Quiet));
    pen.rule(area, &left, &right);
}
