//! The preview of an act: what, how many, which, why; Cancel first.

use super::footer::typed;
use super::page::pad;
use super::pen::Pen;
use super::spot::Spot;
use crate::tui::data::{Member, RowVerb};
use crate::tui::look::Meaning;
use crate::tui::state::{Act, Field, Mode, Preview, State};
use crate::tui::text;
use ratatui::layout::Rect;

/// Lines beside the list: edges, sentence, count, reason, buttons, and space between.
const FIXED: u16 = 9;

pub fn draw(state: &State, preview: &Preview, pen: &mut Pen<'_>, screen: Rect) {
    // Next to a slice of the table too narrow to read, the whole width is calmer.
    let wide = if screen.width < 92 { screen.width } else { 84 };
    let sentence = text::wrap(
        &sentence(state, preview),
        usize::from(wide).saturating_sub(4),
    );
    let extra = sentence.len() as u16 + u16::from(preview.act.typed_count().is_some());
    let rows = preview.want().map_or(0, |want| want.rows.len()).min(12) as u16;
    let high = (FIXED + extra + rows).min(screen.height.saturating_sub(1));
    let area = Rect::new(
        (screen.width - wide) / 2,
        (screen.height - high) / 2,
        wide,
        high,
    );
    pen.frame(area, &preview.act.title(), Meaning::Danger);
    // Nothing beside it can be reached while it is open.
    pen.spot(screen, Spot::Preview);
    let (x, room) = (area.x + 2, area.width.saturating_sub(4));
    let mut y = area.y + 1;
    for line in &sentence {
        pen.text(x, y, room, line, Meaning::Text);
        y += 1;
    }
    y += 1;
    let below = area
        .bottom()
        .saturating_sub(5 + u16::from(preview.act.typed_count().is_some()));
    members(
        state,
        preview,
        pen,
        Rect::new(x, y, room, below.saturating_sub(y)),
    );
    fields(
        state,
        preview,
        pen,
        Rect::new(x, below, room, area.bottom().saturating_sub(below + 1)),
    );
}

fn sentence(state: &State, preview: &Preview) -> String {
    let subject = &state.facts.shape.subject;
    match &preview.act {
        Act::Stop => "Nothing more is sent to any service, within two seconds, until somebody goes on; it stays \
                      so over a restart. What was sent already goes on outside, and is watched."
            .into(),
        Act::Resume => "Stages take rows again, each within its window and its limits.".into(),
        Act::Rows { verb, rows } => {
            let many = text::count(rows.len(), subject);
            let what = match verb {
                RowVerb::Retry => "What failed is tried again, from the step that failed; what was sent already is not sent twice.",
                RowVerb::Hold => "No stage and no ladder takes them until they are released. What runs now ends first.",
                RowVerb::Release => "Holds and parkings are lifted; retries and rungs count from zero.",
                RowVerb::Refresh => "They are read afresh from the services; nothing is changed there.",
            };
            format!("{many}. {what}")
        }
    }
}

fn members(state: &State, preview: &Preview, pen: &mut Pen<'_>, area: Rect) {
    let Some(want) = preview.want() else { return };
    if area.height == 0 {
        return;
    }
    let judged = state
        .data
        .members
        .as_ref()
        .filter(|members| members.number == preview.number);
    let Some(judged) = judged else {
        pen.text(
            area.x,
            area.y,
            area.width,
            "looking at each of them…",
            Meaning::Quiet,
        );
        return;
    };
    let mut members: Vec<&Member> = judged.members.iter().collect();
    members.sort_by_key(|member| member.will);
    let will = members.iter().filter(|member| member.will).count();
    let mut said = format!("{} will, {} will not", will, members.len() - will);
    if want.rows.len() > members.len() {
        said = format!("of the first {}: {said}", members.len());
    }
    let used = pen.text(area.x, area.y, area.width, &said, Meaning::Title);
    if preview.hidden > 0 {
        let hidden = format!("; {} of them the filter does not show", preview.hidden);
        pen.text(
            area.x + used,
            area.y,
            area.width.saturating_sub(used),
            &hidden,
            Meaning::Warning,
        );
    }
    let shown = usize::from(area.height - 1);
    let first = preview.scroll.min(members.len().saturating_sub(shown));
    let widest = members
        .iter()
        .map(|member| text::width(&text::cell(&member.key)))
        .max()
        .unwrap_or(0)
        .min(24);
    for (member, y) in members.iter().skip(first).zip(area.y + 1..area.bottom()) {
        let (sign, meaning) = if member.will {
            (pen.look.signs.yes, Meaning::Done)
        } else {
            (pen.look.signs.no, Meaning::Bad)
        };
        let spans = [
            (format!("{sign} "), meaning),
            (
                format!("{}  ", pad(&text::cell(&member.key), widest)),
                Meaning::Text,
            ),
            (text::cell(&member.note).into_owned(), Meaning::Quiet),
        ];
        pen.spans(area.x, y, area.width, &spans);
    }
    if members.len() > first + shown {
        let more = format!(
            " {} {} more ",
            pen.look.signs.down,
            members.len() - first - shown
        );
        pen.right(area.x, area.bottom() - 1, area.width, &more, Meaning::Quiet);
    }
}

fn fields(state: &State, preview: &Preview, pen: &mut Pen<'_>, area: Rect) {
    let mut y = area.y + 1;
    let typing = |field| preview.field == field && matches!(state.mode, Mode::Preview(_));
    let why = Rect {
        y,
        height: 1,
        ..area
    };
    pen.spot(why, Spot::Field(Field::Reason));
    line(pen, why, "Why", &preview.reason, typing(Field::Reason));
    if let Some(count) = preview.act.typed_count() {
        y += 1;
        let typed = Rect { y, ..why };
        pen.spot(typed, Spot::Field(Field::Count));
        line(
            pen,
            typed,
            &format!("Type {count}"),
            &preview.count,
            typing(Field::Count),
        );
    }
    y += 2;
    let mut x = area.x;
    for (field, said, danger) in [
        (Field::Cancel, "Cancel".to_owned(), false),
        (Field::Go, preview.act.title(), true),
    ] {
        let label = format!("[ {said} ]");
        let meaning = match (preview.field == field, danger) {
            (true, _) => Meaning::Cursor,
            (false, true) => Meaning::Danger,
            (false, false) => Meaning::Text,
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
    let used = pen.text(area.x, area.y, area.width, &format!("{name}: "), meaning);
    let room = area.width.saturating_sub(used);
    if input.value().is_empty() && !focused {
        pen.text(area.x + used, area.y, room, "…", Meaning::Quiet);
        return;
    }
    typed(pen, area.x + used, area.y, room, input, focused);
}
