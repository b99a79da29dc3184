//! The preview of an act: what, how many, which, why; Cancel first.

use super::footer::typed;
use super::page::pad;
use super::pen::{Pen, Span};
use super::said;
use super::spot::Spot;
use crate::tui::data::{Member, Members};
use crate::tui::look::Meaning;
use crate::tui::state::{Field, Mode, Preview, State};
use crate::tui::text;
use ratatui::layout::Rect;

/// Lines of the list that are never given up for sentences.
const LIST_LEAST: usize = 3;
/// Lines of the list that are shown where there is room.
const LIST_MOST: usize = 14;

/// From so many on, members of whom the same is said stand together.
const MANY: usize = 4;
/// Different notes looked back through for the same one.
const MOST_NOTES: usize = 16;

/// Where its parts are.
struct Plan {
    area: Rect,
    notes: Vec<(String, Meaning)>,
    list: Rect,
    fields: Rect,
}

pub fn draw(state: &State, preview: &Preview, pen: &mut Pen<'_>, screen: Rect) {
    let members = state.members();
    let plan = plan(state, preview, screen);
    let title = preview.act.title(&state.facts.names);
    pen.band(plan.area);
    pen.frame(plan.area, &title, Meaning::Danger);
    // Nothing beside it can be reached while it is open.
    pen.spot(screen, Spot::Preview);
    let (x, room) = (plan.area.x + 2, plan.area.width.saturating_sub(4));
    for ((line, meaning), y) in plan.notes.iter().zip(plan.area.y + 1..) {
        pen.text(x, y, room, line, *meaning);
    }
    if preview.act.rows().is_some() {
        list(preview, members, pen, plan.list);
    }
    fields(state, preview, members, pen, plan.fields);
}

/// Lines of the list that are in sight, and lines there are.
pub fn list_size(state: &State) -> (usize, usize) {
    let Mode::Preview(preview) = &state.mode else {
        return (0, 0);
    };
    let screen = Rect::new(0, 0, state.size.0, state.size.1);
    let list = plan(state, preview, screen).list;
    let (shown, room) = (list.height.saturating_sub(1), usize::from(list.width));
    let lines = state
        .members()
        .map_or(0, |members| lines(members, room).len());
    (usize::from(shown), lines)
}

fn plan(state: &State, preview: &Preview, screen: Rect) -> Plan {
    let members = state.members();
    // Next to a slice of the table too narrow to read, the whole width is calmer.
    let wide = if screen.width < 92 { screen.width } else { 84 };
    let room = usize::from(wide).saturating_sub(4);
    let fields = 3 + usize::from(preview.typed_count(members).is_some());
    let rows = preview
        .act
        .rows()
        .map_or(0, |(_, chosen)| chosen.rows.len());
    // The head of the list and its lines.
    let lines = members.map_or(rows, |members| lines(members, room).len());
    let listed = if rows == 0 {
        0
    } else {
        lines.min(LIST_MOST) + 1
    };
    let least = listed.min(LIST_LEAST + 1);
    let high = usize::from(screen.height).saturating_sub(1);
    // Two edges, and an empty line above the list and above the fields.
    let fixed = fields + 2 + 2 * usize::from(listed > 0) + usize::from(listed == 0);
    let mut notes = said::notes(state, preview, members);
    let wrapped = |notes: &[said::Note]| -> Vec<(String, Meaning)> {
        notes
            .iter()
            .flat_map(|note| {
                let lines = text::wrap(&note.text, room);
                lines.into_iter().map(|line| (line, note.meaning))
            })
            .collect()
    };
    let mut shown = wrapped(&notes);
    while shown.len() + fixed + least > high && notes.len() > 1 {
        let last = notes.iter().enumerate().max_by_key(|(_, note)| note.rank);
        let last = last.map_or(0, |(at, _)| at);
        notes.remove(last);
        shown = wrapped(&notes);
    }
    shown.truncate(high.saturating_sub(fixed + least).max(1));
    let left = high.saturating_sub(shown.len() + fixed);
    let list_high = listed.min(left);
    let tall = (shown.len() + fixed + list_high).min(high);
    let area = Rect::new(
        (screen.width - wide) / 2,
        (screen.height - tall as u16) / 2,
        wide,
        tall as u16,
    );
    let (x, width) = (area.x + 2, wide.saturating_sub(4));
    let fields = (fields as u16).min(area.height.saturating_sub(2));
    let fields = Rect::new(x, area.bottom().saturating_sub(fields + 1), width, fields);
    let top = area.y + 1 + shown.len() as u16 + u16::from(listed > 0);
    let list_high = (list_high as u16).min(fields.y.saturating_sub(top));
    Plan {
        area,
        list: Rect::new(x, top, width, list_high),
        fields,
        notes: shown,
    }
}

/// A line of the list.
enum Line<'a> {
    Heading(String),
    Member(&'a Member),
    /// What is true of many: said once, with those it is true of on the lines below.
    Note(bool, String),
    Keys(Vec<&'a Member>),
}

/// The list under its headings; a heading stands only where there are several groups.
fn lines(members: &Members, room: usize) -> Vec<Line<'_>> {
    let all = &members.members;
    let (wont, hidden) = (all.len() - members.will, members.hidden);
    let groups = [
        (&all[..wont], format!("{wont} will not")),
        (
            &all[wont..wont + hidden],
            format!("{hidden} will, though the filter hides them"),
        ),
        (
            &all[wont + hidden..],
            format!("{} will", members.will - hidden),
        ),
    ];
    let several = groups.iter().filter(|(group, _)| !group.is_empty()).count() > 1;
    let a_line = (room / (members.widest + 2)).max(1);
    let mut lines = Vec::new();
    for (group, heading) in groups {
        if group.is_empty() {
            continue;
        }
        if several || hidden > 0 {
            lines.push(Line::Heading(format!("{heading}:")));
        }
        let notes = by_note(group);
        let alone = notes.len() == 1;
        for (note, of) in notes {
            if of.len() < MANY {
                lines.extend(of.into_iter().map(Line::Member));
                continue;
            }
            let count = if alone {
                String::new()
            } else {
                format!("{}: ", of.len())
            };
            lines.push(Line::Note(of[0].will, format!("{count}{note}")));
            lines.extend(of.chunks(a_line).map(|keys| Line::Keys(keys.to_vec())));
        }
    }
    lines
}

/// The members by what is said of them, in the order in which it is first said. A list too long for that stays as it is.
fn by_note(group: &[Member]) -> Vec<(&str, Vec<&Member>)> {
    let mut notes: Vec<(&str, Vec<&Member>)> = Vec::new();
    for member in group {
        let known = notes.iter_mut().rev().take(MOST_NOTES);
        match known.into_iter().find(|(note, _)| *note == member.note) {
            Some((_, of)) => of.push(member),
            None => notes.push((&member.note, vec![member])),
        }
    }
    notes
}

fn list(preview: &Preview, members: Option<&Members>, pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let Some(members) = members else {
        let said = "looking at each of them…";
        pen.text(area.x, area.y, area.width, said, Meaning::Quiet);
        return;
    };
    let will = members.will as u64;
    let wont = (members.members.len() - members.will) as u64;
    let mut spans: Vec<Span> = vec![(
        format!(
            "{} will, {} will not",
            text::thousands(will),
            text::thousands(wont)
        ),
        Meaning::Title,
    )];
    if !members.whole() {
        let of = text::thousands(members.total as u64);
        let seen = text::thousands(members.members.len() as u64);
        spans.push((format!("; {seen} of {of} looked at…"), Meaning::Quiet));
    }
    let hidden = preview
        .act
        .rows()
        .map_or(0, |(_, chosen)| chosen.hidden.len());
    if hidden > 0 {
        let said = format!("; {hidden} of them the filter does not show");
        spans.push((said, Meaning::Warning));
    }
    pen.spans(area.x, area.y, area.width, &spans);
    let shown = usize::from(area.height - 1);
    let lines = lines(members, usize::from(area.width));
    let count = lines.len();
    let first = preview.scroll.min(count.saturating_sub(shown));
    for (line, y) in lines.iter().skip(first).zip(area.y + 1..area.bottom()) {
        list_line(
            line,
            members.widest,
            pen,
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
    let below = count.saturating_sub(first + shown);
    if below > 0 {
        let more = format!(
            " {} {} more ",
            pen.look.signs.down,
            text::thousands(below as u64)
        );
        pen.right(area.x, area.bottom() - 1, area.width, &more, Meaning::Quiet);
    }
}

fn list_line(line: &Line<'_>, widest: usize, pen: &mut Pen<'_>, area: Rect) {
    let sign = |will| {
        if will {
            (format!("{} ", pen.look.signs.yes), Meaning::Done)
        } else {
            (format!("{} ", pen.look.signs.no), Meaning::Bad)
        }
    };
    let key = |member: &Member| {
        let padded = pad(&text::cell(&member.key), widest);
        (format!("{padded}  "), Meaning::Text)
    };
    let spans: Vec<Span> = match line {
        Line::Heading(said) => vec![(said.clone(), Meaning::Title)],
        Line::Note(will, said) => {
            vec![sign(*will), (text::cell(said).into_owned(), Meaning::Quiet)]
        }
        Line::Keys(members) => {
            let keys = members.iter().map(|member| key(member));
            std::iter::once(("  ".to_owned(), Meaning::Text))
                .chain(keys)
                .collect()
        }
        Line::Member(member) => vec![
            sign(member.will),
            key(member),
            (text::cell(&member.note).into_owned(), Meaning::Quiet),
        ],
    };
    pen.spans(area.x, area.y, area.width, &spans);
}

fn fields(
    state: &State,
    preview: &Preview,
    members: Option<&Members>,
    pen: &mut Pen<'_>,
    area: Rect,
) {
    let mut y = area.y;
    let at = |y| Rect {
        y,
        height: 1,
        ..area
    };
    let reason = preview.field == Field::Reason;
    pen.spot(at(y), Spot::Field(Field::Reason));
    line(pen, at(y), "Why", &preview.reason, reason);
    if let Some(count) = preview.typed_count(members) {
        y += 1;
        let (name, typed) = (format!("Type {count}"), preview.field == Field::Count);
        pen.spot(at(y), Spot::Field(Field::Count));
        line(pen, at(y), &name, &preview.count, typed);
    }
    y += 2;
    let names = &state.facts.names;
    let will = members.map_or(0, |members| members.will);
    let mut buttons = vec![(Field::Cancel, "Cancel".to_owned(), Meaning::Text)];
    if preview.can_leave_out() {
        let shown = preview
            .act
            .rows()
            .map_or(0, |(_, chosen)| chosen.rows.len() - chosen.hidden.len());
        let said = format!("Only the {shown} shown");
        buttons.push((Field::Shown, said, Meaning::Text));
    }
    buttons.push((Field::Go, preview.act.button(will, names), Meaning::Danger));
    let mut x = area.x;
    for (field, said, meaning) in buttons {
        let label = format!("[ {said} ]");
        let meaning = if preview.field == field {
            Meaning::Cursor
        } else {
            meaning
        };
        let used = pen.text(x, y, area.right().saturating_sub(x), &label, meaning);
        pen.spot(Rect::new(x, y, used, 1), Spot::Field(field));
        x += used + 2;
    }
    let keys = "tab next  enter press  esc cancel";
    if x + text::width(keys) as u16 <= area.right() {
        pen.right(x, y, area.right() - x, keys, Meaning::Quiet);
    }
}

fn line(pen: &mut Pen<'_>, area: Rect, name: &str, input: &tui_input::Input, focused: bool) {
    let meaning = if focused {
        Meaning::Focus
    } else {
        Meaning::Text
    };
    let used = pen.text(area.x, area.y, area.width, &format!("{name} ["), meaning);
    let room = area.width.saturating_sub(used + 1);
    pen.text(area.right().saturating_sub(1), area.y, 1, "]", meaning);
    typed(pen, area.x + used, area.y, room, input, focused);
}
