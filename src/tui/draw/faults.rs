//! The screen of the faults: a line for each cause, and what there is to do about the chosen one.

use super::cells::Cells;
use super::listing::{Listing, searched, window};
use super::page::{Page, pad};
use super::pen::Span;
use crate::model::time::Span as Time;
use crate::store::{FaultGroup, FaultShare, FaultStanding};
use crate::tui::data::{FaultMembers, Topic};
use crate::tui::look::Meaning;
use crate::tui::state::{Pick, State};
use crate::tui::{advice, ages, text};

/// A cause seen within this, in engine time, is at fault now.
const NOW: Time = Time::from_mins(10);
/// Columns of a label of the detail.
const LABEL: usize = 9;

/// The widths of the columns; 0 leaves one out.
struct Widths {
    rows: usize,
    stage: usize,
    service: usize,
    kind: usize,
    cause: usize,
}

const SEEN: usize = 7;

impl Widths {
    fn new(wide: usize) -> Self {
        let room = wide.saturating_sub(2);
        let (rows, stage, service, kind) = match room {
            0..60 => (4, 12, 0, room.saturating_sub(2 + 5 + 13 + SEEN + 2)),
            60..100 => (7, 16, 7, 15),
            100..150 => (7, 24, 8, 15),
            _ => (7, 32, 10, 15),
        };
        let taken = 2 + rows + 1 + stage + 1 + service + 1 + kind + 1 + SEEN + 2;
        let cause = if room < 60 {
            0
        } else {
            room.saturating_sub(taken)
        };
        Self {
            rows,
            stage,
            service,
            kind,
            cause,
        }
    }
}

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let Some(Topic::Faults(topic)) = state.topic() else {
        return Listing::reading("faults");
    };
    let widths = Widths::new(wide);
    let fresh = topic.groups.iter().filter(|group| is_now(state, group));
    let aside = match (topic.groups.len(), fresh.count()) {
        (0, _) => String::new(),
        (all, 0) => format!(" {}, none of them now ", text::count(all, "cause")),
        (all, now) => format!(" {}, {now} of them now ", text::count(all, "cause")),
    };
    let chosen = topic.groups.get(pick.at);
    let shown = window(topic.groups.len(), pick, state.size);
    Listing {
        title: searched("faults", &pick.search),
        aside,
        heading: heading(state, &widths),
        first: shown.start,
        lines: topic.groups[shown]
            .iter()
            .map(|group| line(state, group, &widths))
            .collect(),
        empty: if topic.all == 0 {
            "nothing has failed, or all that failed went well since".into()
        } else {
            "no cause has these words; / and enter shows all".into()
        },
        detail: chosen.map_or_else(Vec::new, |group| {
            let members = topic.chosen.as_ref().filter(|known| known.id == group.id);
            detail(state, group, members, wide)
        }),
        ..Listing::default()
    }
}

fn is_now(state: &State, group: &FaultGroup) -> bool {
    state.now.since(group.last_at) <= NOW
}

fn heading(state: &State, widths: &Widths) -> Vec<Span> {
    let rows = if widths.rows < 7 {
        "rows".to_owned()
    } else {
        format!("{}s", state.facts.shape.subject)
    };
    let mut cells = Cells::new(&state.facts.look);
    cells
        .put("", 1, Meaning::Heading)
        .right(&rows, widths.rows, Meaning::Heading)
        .put("Stage", widths.stage, Meaning::Heading)
        .put("Service", widths.service, Meaning::Heading)
        .put("Kind", widths.kind, Meaning::Heading)
        .put("Cause", widths.cause, Meaning::Heading)
        .right("Last", SEEN, Meaning::Heading)
        .done()
}

fn line(state: &State, group: &FaultGroup, widths: &Widths) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let now = is_now(state, group);
    // An old one is no less true, but nobody need run for it.
    let (sign, count, said) = if now {
        (signs.no, Meaning::Bad, Meaning::Text)
    } else {
        (signs.idle, Meaning::Text, Meaning::Quiet)
    };
    let rows = text::thousands(group.rows);
    let last = ages::short(state.now.since(group.last_at));
    Cells::new(&state.facts.look)
        .put(sign, 1, count)
        .right(&rows, widths.rows, count)
        .put(state.facts.names.rule(&group.rule), widths.stage, said)
        .put(service(group), widths.service, said)
        .put(advice::kind(group.kind), widths.kind, count)
        .put(&group.cause, widths.cause, said)
        .right(&last, SEEN, said)
        .done()
}

fn service(group: &FaultGroup) -> &str {
    if group.connector.is_empty() {
        "–"
    } else {
        &group.connector
    }
}

fn detail(
    state: &State,
    group: &FaultGroup,
    members: Option<&FaultMembers>,
    wide: usize,
) -> Vec<Vec<Span>> {
    let mut page = Page::new("");
    let label = |said: &str| vec![(pad(said, LABEL), Meaning::Quiet)];
    let example = members.and_then(|members| members.example.as_deref());
    let cause = text::cell(example.unwrap_or(&group.cause)).into_owned();
    page.flow(label("cause"), &cause, Meaning::Bad, wide);
    page.flow(label("do"), advice::advice(group.kind), Meaning::Text, wide);
    if let Some(members) = members {
        let said = standing(state, &members.standing);
        page.flow(label("next"), &said, Meaning::Text, wide);
        shared(&mut page, state, members, wide);
    }
    let tries = text::count(group.attempts as usize, "attempt");
    let seen = format!(
        "{} of {}, first {}, last {}{}",
        tries,
        text::count(group.rows as usize, &state.facts.shape.subject),
        ages::ago(state.now, group.first_at),
        ages::ago(state.now, group.last_at),
        if is_now(state, group) {
            ": it happens now"
        } else {
            ""
        },
    );
    page.flow(label("seen"), &seen, Meaning::Text, wide);
    if let Some(members) = members {
        let mut keys = members.keys.join(", ");
        let more = members.rows.len().saturating_sub(members.keys.len());
        if more > 0 {
            keys = format!("{keys} and {} more", text::thousands(more as u64));
        }
        let subject = format!("{}s", state.facts.shape.subject);
        page.flow(label(&subject), &text::cell(&keys), Meaning::Text, wide);
    }
    page.lines
}

/// What becomes of the rows if nobody does anything.
fn standing(state: &State, standing: &FaultStanding) -> String {
    let FaultStanding {
        parked,
        held,
        skipped,
        backing_off,
        next,
        ready,
        passed,
    } = *standing;
    let count = text::thousands;
    let when = next.map_or(String::new(), |at| {
        format!(", the first {}", ages::said(state.now, at))
    });
    let parts = [
        (
            parked,
            format!("{} parked: nobody retries by itself", count(parked)),
        ),
        (held, format!("{} held by a person", count(held))),
        (
            backing_off,
            format!("{} tried again by itself{when}", count(backing_off)),
        ),
        (ready, format!("{} in the queue again", count(ready))),
        (skipped, format!("{} skipped", count(skipped))),
        (
            passed,
            format!("{} no longer wanted by the stage", count(passed)),
        ),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(rows, _)| *rows > 0)
        .map(|(_, said)| said)
        .collect();
    if said.is_empty() {
        "nothing: none of them fails any more".into()
    } else {
        said.join("; ")
    }
}

fn shared(page: &mut Page, state: &State, members: &FaultMembers, wide: usize) {
    let mut label = "shared";
    let mut say = |said: &str, meaning| {
        let before = vec![(pad(std::mem::take(&mut label), LABEL), Meaning::Quiet)];
        page.flow(before, said, meaning, wide);
    };
    match members.shared.as_deref() {
        None => say("counting…", Meaning::Quiet),
        Some([]) => say("nothing that sets them apart", Meaning::Quiet),
        Some(shared) => {
            for share in shared {
                say(&share_said(state, members, share), Meaning::Text);
            }
        }
    }
}

/// `macOS 26.1: 14 of 15 here, 31 of 300 overall`.
fn share_said(state: &State, members: &FaultMembers, share: &FaultShare) -> String {
    let (rows, total) = members.counted;
    let title = state.facts.column_title(&share.column);
    let value = share.value.to_string();
    // Values often begin with what the column is called.
    let named = if value.starts_with(title) {
        value
    } else {
        format!("{title} {value}")
    };
    format!(
        "{}: {} of {} here, {} of {} overall",
        text::cell(&named),
        text::thousands(share.here),
        text::thousands(rows),
        text::thousands(share.overall),
        text::thousands(total),
    )
}
