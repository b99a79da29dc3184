//! The screen of the checks, and the page of one.

use super::listing::{self, Listing};
use super::page::{Page, pad};
use super::pen::Span;
use crate::pipeline::definition::{Asks, Check};
use crate::tui::data::{CheckLine, ChecksTopic, Stand, Topic};
use crate::tui::look::{Meaning, Signs};
use crate::tui::state::{Pick, Screen, State};
use crate::tui::{ages, text};
use std::fmt::Write;

/// Columns of the title, and where there is room.
const TITLE: (usize, usize) = (30, 44);
const STATE: usize = 21;
const ASKED: usize = 22;
/// From so many columns on what was found stands in the line, and more.
const FOUND: usize = 76;
const ROOMY: usize = 110;
const LABEL: usize = 11;

/// A check's sign and colour.
pub fn sign(signs: &Signs, stand: Stand) -> (&'static str, Meaning) {
    match stand {
        Stand::Failed => (signs.no, Meaning::Bad),
        Stand::Unknown | Stand::Stale => (signs.unknown, Meaning::Unusual),
        Stand::Unasked | Stand::NotDue => (signs.none, Meaning::Quiet),
        Stand::Ok => (signs.yes, Meaning::Done),
    }
}

fn topic(state: &State) -> Option<&ChecksTopic> {
    match state.topic() {
        Some(Topic::Checks(topic)) => Some(topic),
        _ => None,
    }
}

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let Some(topic) = topic(state) else {
        return Listing::reading("checks");
    };
    let mut listing = Listing {
        title: listing::searched(&title(topic), &pick.search),
        ..Listing::default()
    };
    if topic.checks.is_empty() {
        listing.empty = if topic.all == 0 {
            "this pipeline asks nothing of the whole: it has no checks".into()
        } else {
            format!(
                "none of {} has these words",
                text::count(topic.all, "check")
            )
        };
        return listing;
    }
    listing.heading = heading(wide);
    for check in &topic.checks {
        listing.lines.push(line(state, check, wide));
    }
    let chosen = topic.checks.get(pick.at);
    listing.detail = chosen.map_or_else(Vec::new, |check| {
        let mut page = Page::default();
        about(&mut page, state, check, wide);
        page.lines
    });
    listing
}

/// `checks: 2 failed, 1 stale, 9 ok`.
fn title(topic: &ChecksTopic) -> String {
    let stands = [
        Stand::Failed,
        Stand::Unknown,
        Stand::Stale,
        Stand::Unasked,
        Stand::NotDue,
        Stand::Ok,
    ];
    let counted = stands.into_iter().filter_map(|stand| {
        let lines = topic.checks.iter().filter(|line| line.stand == stand);
        let count = lines.count();
        (count > 0).then(|| format!("{count} {}", stand.word()))
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() {
        "checks".into()
    } else {
        format!("checks: {}", counted.join(", "))
    }
}

fn widths(wide: usize) -> usize {
    if wide < FOUND {
        wide.saturating_sub(STATE + 4).clamp(14, TITLE.0)
    } else if wide < ROOMY {
        TITLE.0
    } else {
        TITLE.1
    }
}

fn heading(wide: usize) -> Vec<Span> {
    let mut said = vec![
        ("  ".into(), Meaning::Heading),
        (pad("Check", widths(wide)), Meaning::Heading),
        (pad("", STATE), Meaning::Heading),
    ];
    if wide >= ROOMY {
        said.push((pad("asked", ASKED), Meaning::Heading));
    }
    if wide >= FOUND {
        said.push(("found".into(), Meaning::Heading));
    }
    said
}

fn line(state: &State, line: &CheckLine, wide: usize) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let (stand, check) = standing(state, line);
    let (sign, meaning) = sign(signs, stand);
    let title_wide = widths(wide);
    let name = text::cell(state.facts.names.check(&line.name)).into_owned();
    let mut said = vec![
        (format!("{sign} "), meaning),
        (
            pad(&text::fit(&name, title_wide - 1, signs.cut), title_wide),
            Meaning::Text,
        ),
        (pad(&since(state, line, stand), STATE), meaning),
    ];
    if wide >= ROOMY {
        said.push((pad(&asked(state, line, check), ASKED), Meaning::Quiet));
    }
    if wide >= FOUND {
        let used: usize = said.iter().map(|(part, _)| text::width(part)).sum();
        let found = line.record.as_ref().map_or("", |record| &record.text);
        let found = text::cell(found).into_owned();
        let room = wide.saturating_sub(used + 2);
        let meaning = if stand == Stand::Failed {
            Meaning::Bad
        } else {
            Meaning::Text
        };
        said.push((text::fit(&found, room, signs.cut).into_owned(), meaning));
    }
    said
}

/// How it stands now: what was ok when it was read may have become stale since.
fn standing<'a>(state: &'a State, line: &CheckLine) -> (Stand, Option<&'a Check>) {
    let check = state
        .facts
        .names
        .pipeline()
        .and_then(|it| it.check(&line.name));
    let Some(check) = check else {
        return (line.stand, None);
    };
    (state.data.standing.stand(check, state.now), Some(check))
}

/// `failed for 12m`.
fn since(state: &State, line: &CheckLine, stand: Stand) -> String {
    let Some(record) = &line.record else {
        return stand.word().into();
    };
    let since = if stand == Stand::Stale {
        record.at
    } else {
        record.since
    };
    let age = ages::short(state.now.since(since));
    format!("{} for {age}", stand.word())
}

/// `12s ago, every 5m`.
fn asked(state: &State, line: &CheckLine, check: Option<&Check>) -> String {
    let at = line
        .record
        .as_ref()
        .map(|record| ages::said(state.now, record.at));
    let every = check.map(|check| format!("every {}", ages::short(check.every)));
    let parts: Vec<String> = at.into_iter().chain(every).collect();
    parts.join(", ")
}

/// Everything about one check.
pub fn page(state: &State, wide: usize) -> Page {
    let Screen::Check { name, .. } = state.screen() else {
        return Page::new("check");
    };
    let mut page = Page::new(format!(
        "check: {}",
        text::cell(state.facts.names.check(name))
    ));
    let Some(topic) = topic(state) else {
        page.line(vec![("reading…".into(), Meaning::Quiet)]);
        return page;
    };
    if let Some(line) = topic.check(name) {
        about(&mut page, state, line, wide);
    } else {
        let said = format!("this pipeline has no check \"{}\"", text::cell(name));
        page.line(vec![(said, Meaning::Quiet)]);
    }
    page
}

/// What was found, what to change, whom it keeps back, what it is about.
fn about(page: &mut Page, state: &State, line: &CheckLine, wide: usize) {
    let (stand, check) = standing(state, line);
    let (sign, meaning) = sign(state.facts.look.signs, stand);
    let mut flow = |before: &str, said: &str, meaning| {
        let label = vec![(pad(before, LABEL), Meaning::Quiet)];
        page.flow(label, &text::cell(said), meaning, wide);
    };
    let said = format!(
        "{sign} {}; asked {}",
        since(state, line, stand),
        asked(state, line, check)
    );
    flow("state", said.trim_end_matches("; asked "), meaning);
    if let Some(record) = &line.record {
        if !record.text.is_empty() {
            let label = match stand {
                Stand::Unknown => "why",
                Stand::NotDue => "waits for",
                _ => "found",
            };
            flow(label, &record.text, Meaning::Text);
        }
        if !record.advice.is_empty() {
            flow("change", &record.advice, Meaning::Title);
        }
    }
    if stand == Stand::Stale {
        let said =
            "it was ok when it was asked last, too long ago to rely on: is the engine running?";
        flow("", said, Meaning::Unusual);
    }
    let titles = |names: &[String], of: &dyn Fn(&str) -> String| -> String {
        names
            .iter()
            .map(|name| of(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let names = &state.facts.names;
    let rule = |name: &str| names.rule(name).to_owned();
    let title = |name: &str| names.check(name).to_owned();
    if !line.stages.is_empty() {
        let said = titles(&line.stages, &rule);
        let verb = if stand == Stand::Ok {
            "for"
        } else {
            "holds back"
        };
        flow(
            verb,
            &said,
            if stand == Stand::Failed {
                Meaning::Bad
            } else {
                Meaning::Text
            },
        );
    }
    if let Some(check) = check.filter(|check| !check.after.is_empty()) {
        flow("after", &titles(&check.after, &title), Meaning::Text);
    }
    if !line.before.is_empty() {
        flow("before", &titles(&line.before, &title), Meaning::Text);
    }
    if let Some(check) = check {
        if !check.about.trim().is_empty() {
            flow("about", check.about.trim(), Meaning::Quiet);
        }
        flow("asks", &asks(state, check), Meaning::Quiet);
    }
}

/// Who is asked, in a few words.
fn asks(state: &State, check: &Check) -> String {
    let subject = &state.facts.shape.subject;
    let all = check.once_all.as_ref();
    let all = all.map_or(String::new(), |_| {
        format!("; not before every {subject} is ready for it")
    });
    match &check.asks {
        Asks::NoRow(_) => format!("the table: no {subject} must meet its condition{all}"),
        Asks::Outside { steps, .. } if steps.is_empty() => format!("the settings{all}"),
        Asks::Outside { steps, .. } => {
            let named = steps.iter().map(|step| {
                let title = Some(&step.title).filter(|title| !title.is_empty());
                title.unwrap_or(&step.name).clone()
            });
            let named: Vec<String> = named.collect();
            format!("{}{all}", named.join(", "))
        }
    }
}

/// As sentences, for whoever hears them; `None` when there is nothing to tell.
pub fn told(state: &State) -> Option<Vec<String>> {
    let topic = topic(state).filter(|topic| !topic.checks.is_empty())?;
    let names = &state.facts.names;
    let lines = topic.checks.iter().map(|line| {
        let (stand, check) = standing(state, line);
        let title = text::cell(names.check(&line.name)).into_owned();
        let mut said = format!(
            "{title}: {}; asked {}.",
            since(state, line, stand),
            asked(state, line, check)
        );
        if let Some(record) = &line.record {
            for (label, part) in [("Found", &record.text), ("To change", &record.advice)] {
                let part = text::cell(part.trim_end_matches('.'));
                if !part.is_empty() {
                    let _ = write!(said, " {label}: {part}.");
                }
            }
        }
        if stand != Stand::Ok && !line.stages.is_empty() {
            let stages = line.stages.iter().map(|stage| names.rule(stage));
            let stages = stages.collect::<Vec<_>>().join(", ");
            let _ = write!(said, " It holds back: {}.", text::cell(&stages));
        }
        said
    });
    Some(lines.collect())
}
