//! The device table: a window on a list that may be of any length.

use super::layout::Areas;
use super::pen::{Pen, Span};
use super::spot::Spot;
use crate::model::row::RowId;
use crate::model::value::ValueType;
use crate::tui::data::{Line, WaitKind, Waits};
use crate::tui::look::Meaning;
use crate::tui::state::{Column, Pane, State, Table};
use crate::tui::{ages, text};
use ratatui::layout::Rect;

/// The sign of the cursor, the sign of the mark, and a space.
const GUTTER: u16 = 3;
/// From this width on columns stand two apart.
const AIRY: u16 = 140;
/// What the last column gets before other columns are shown.
const WAITS: u16 = 26;
const WAITS_LEAST: u16 = 12;

/// A column with its place.
struct Place {
    column: Column,
    x: u16,
    wide: u16,
}

pub fn draw(state: &State, pen: &mut Pen<'_>, areas: &Areas) {
    if let Some(area) = areas.title {
        title(state, pen, area);
    }
    pen.spot(areas.table, Spot::Pane(Pane::Table));
    let places = places(state, areas.table.width);
    heading(state, pen, areas.heading, &places);
    let (list, table) = (&state.data.list, &state.table);
    if list.ids.is_empty() {
        empty(state, pen, areas.table);
    }
    let focused = state.pane == Pane::Table;
    for (id, y) in list
        .ids
        .iter()
        .skip(table.top)
        .zip(areas.table.y..areas.table.bottom())
    {
        let at_cursor = table.cursor == Some(*id);
        row(state, pen, *id, y, &places);
        let whole = Rect {
            y,
            height: 1,
            ..areas.table
        };
        pen.spot(whole, Spot::Row(*id));
        pen.spot(
            Rect {
                width: GUTTER,
                ..whole
            },
            Spot::Gutter(*id),
        );
        if at_cursor && focused {
            pen.cursor_line(whole);
        }
    }
}

fn places(state: &State, wide: u16) -> Vec<Place> {
    let mut places = Vec::new();
    let mut x = GUTTER;
    let gap = if wide >= AIRY { 2 } else { 1 };
    let mut put = |column: Column, needs: u16, room: u16, x: &mut u16| {
        let needs = needs.min(room);
        if needs > 0 {
            places.push(Place {
                column,
                x: *x,
                wide: needs,
            });
            *x += needs + gap;
        }
    };
    for (column, widest) in &state.table.columns {
        let left = wide.saturating_sub(x);
        let needs = *widest as u16;
        match column {
            Column::Declared(_) if left < needs + gap + WAITS => {}
            _ => put(*column, needs, left, &mut x),
        }
    }
    let left = wide.saturating_sub(x);
    if left >= WAITS_LEAST {
        put(Column::Waits, left, left, &mut x);
    }
    places
}

fn title(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let (table, list) = (&state.table, &state.data.list);
    let focus = if state.pane == Pane::Table {
        Meaning::Focus
    } else {
        Meaning::Title
    };
    let subject = &state.facts.shape.subject;
    let mut left: Vec<Span> = vec![(format!(" {subject}s "), focus)];
    let total = state.data.total();
    if table.filter.is_empty() {
        left.push((format!("{} ", text::thousands(total)), Meaning::Text));
    } else {
        let shown = text::thousands(list.ids.len() as u64);
        left.push((
            format!("{shown} of {} match ", text::thousands(total)),
            Meaning::Text,
        ));
        left.push((format!("/{} ", text::cell(&table.filter)), Meaning::Unusual));
    }
    if let Some(fault) = &list.fault {
        left.push((
            format!("{} {} ", pen.look.signs.no, text::cell(fault)),
            Meaning::Bad,
        ));
    }
    if !table.marks.is_empty() {
        left.push((
            format!("{} {} marked", pen.look.signs.mark, table.marks.len()),
            Meaning::Mark,
        ));
        let hidden = state.hidden_marks();
        let hidden = if hidden > 0 {
            format!(" ({hidden} hidden by the filter) ")
        } else {
            " ".into()
        };
        left.push((hidden, Meaning::Warning));
    }
    let at = if list.ids.is_empty() { 0 } else { table.at + 1 };
    let of = text::thousands(list.ids.len() as u64);
    let right = (
        format!(" {}/{of} ", text::thousands(at as u64)),
        Meaning::Quiet,
    );
    pen.rule(area, &left, &[right]);
}

fn heading(state: &State, pen: &mut Pen<'_>, area: Rect, places: &[Place]) {
    for place in places {
        let named_at = Rect::new(place.x, area.y, place.wide, 1);
        pen.spot(named_at, Spot::Heading(place.column));
        let named = match place.column {
            Column::Phase => "Phase",
            Column::Key => state.facts.column_title(&state.facts.shape.key),
            Column::Age => "For",
            Column::Waits => "Waits for",
            Column::Declared(at) => state
                .facts
                .column_title(&state.facts.shape.columns[at].name),
        };
        let sorted = state.table.sort.column == place.column;
        let sign = match (sorted, state.table.sort.descending) {
            (false, _) => "",
            (true, true) => pen.look.signs.down,
            (true, false) => pen.look.signs.up,
        };
        let room = place.wide.saturating_sub(text::width(sign) as u16);
        let named = text::fit(named, usize::from(room), pen.look.signs.cut).into_owned();
        let meaning = if sorted {
            Meaning::Focus
        } else {
            Meaning::Heading
        };
        pen.text(
            place.x,
            area.y,
            place.wide,
            &format!("{named}{sign}"),
            meaning,
        );
    }
}

fn empty(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let subject = &state.facts.shape.subject;
    let said = if !state.ready {
        "reading…".to_owned()
    } else if state.table.filter.is_empty() {
        format!("no {subject} is known yet: they come with events, polls and `drover import`")
    } else {
        format!("no {subject} matches; esc clears the filter")
    };
    let top = area.y + area.height.min(3) / 2;
    for (line, y) in text::wrap(&said, usize::from(area.width).saturating_sub(4))
        .iter()
        .zip(top..area.bottom())
    {
        pen.text(
            area.x + 2,
            y,
            area.width.saturating_sub(2),
            line,
            Meaning::Quiet,
        );
    }
}

fn row(state: &State, pen: &mut Pen<'_>, id: RowId, y: u16, places: &[Place]) {
    if state.table.cursor == Some(id) {
        pen.text(0, y, 1, pen.look.signs.cursor, Meaning::Focus);
    }
    if state.table.marks.contains(&id) {
        pen.text(1, y, 1, pen.look.signs.mark, Meaning::Mark);
    }
    let Some(line) = state.data.lines.get(&id) else {
        pen.text(GUTTER, y, 1, pen.look.signs.cut, Meaning::Quiet);
        return;
    };
    let tone = state.facts.names.tone(line.row.phase.as_deref());
    for place in places {
        cell(state, pen, line, tone, place, y);
    }
}

fn cell(
    state: &State,
    pen: &mut Pen<'_>,
    line: &Line,
    tone: crate::pipeline::definition::Tone,
    place: &Place,
    y: u16,
) {
    let Place { column, x, wide } = *place;
    match column {
        Column::Phase => {
            let phase = line.row.phase.as_deref().unwrap_or("no phase");
            let said = format!("{} {}", pen.look.signs.tone(tone), text::cell(phase));
            pen.text(x, y, wide, &said, tone.into());
        }
        Column::Key => {
            pen.text(x, y, wide, &text::cell(&line.row.key), Meaning::Text);
        }
        Column::Age => {
            let age = ages::short(state.now.since(line.row.phase_since));
            pen.text(x, y, wide, &age, Meaning::Quiet);
        }
        Column::Waits => waits(state, pen, &line.waits, x, y, wide),
        Column::Declared(at) => {
            let said = Table::said(&state.facts, &line.row, at, state.now);
            let quiet = state.facts.shape.columns[at].kind == ValueType::Time;
            pen.text(
                x,
                y,
                wide,
                &said,
                if quiet { Meaning::Quiet } else { Meaning::Text },
            );
        }
    }
}

fn waits(state: &State, pen: &mut Pen<'_>, waits: &Waits, x: u16, y: u16, wide: u16) {
    let signs = pen.look.signs;
    let (sign, meaning) = match waits.kind {
        WaitKind::Nothing => return,
        WaitKind::Running => (signs.active, Meaning::Active),
        WaitKind::Outside => (signs.waiting, Meaning::Waiting),
        WaitKind::Moment | WaitKind::Condition => (" ", Meaning::Quiet),
        WaitKind::Person => (signs.no, Meaning::Bad),
    };
    let until = waits.until.filter(|until| *until > state.now);
    let when = until.map_or(String::new(), |until| {
        format!(", in {}", ages::short(until.since(state.now)))
    });
    let room = usize::from(wide).saturating_sub(2 + text::width(&when));
    let said = text::cell(&waits.text);
    let said = text::fit(&said, room, signs.cut);
    pen.text(x, y, wide, &format!("{sign} {said}{when}"), meaning);
}
