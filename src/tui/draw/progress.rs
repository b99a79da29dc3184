//! The screen of the progress: the answer first, then the chart, the funnel and the stages' times.

use super::chart::{self, Burndown, left_over_time};
use super::funnel;
use super::page::Page;
use super::pen::Span;
use crate::pipeline::definition::Tone;
use crate::tui::data::{ProgressTopic, Topic};
use crate::tui::look::Meaning;
use crate::tui::outlook;
use crate::tui::state::State;
use crate::tui::text;

/// From this many columns on, the funnel stands beside the chart.
const ROOMY: usize = 140;
/// Columns of the funnel there.
const FUNNEL: usize = 60;
const GAP: usize = 3;

pub fn page(state: &State, size: (u16, u16)) -> Page {
    let (wide, high) = (usize::from(size.0).saturating_sub(2), usize::from(size.1));
    let mut page = Page::new("progress");
    for (said, meaning) in outlook::sentences(state) {
        page.flow(vec![(String::new(), Meaning::Text)], &said, meaning, wide);
    }
    let Some(Topic::Progress(topic)) = state.topic() else {
        page.line(vec![("reading the store…".into(), Meaning::Quiet)]);
        return page;
    };
    let lines = (high.saturating_sub(8) / 2).clamp(6, 26);
    let chart = |wide| burndown(state, topic, wide, lines);
    if wide >= ROOMY {
        let left = wide - FUNNEL - GAP;
        page.line(Vec::new());
        let (mut chart, mut funnel) = (chart(left), funnel::funnel(state, FUNNEL));
        chart.insert(0, vec![("Left to do".into(), Meaning::Title)]);
        funnel.insert(0, vec![("Phases".into(), Meaning::Title)]);
        page.lines.extend(beside(chart, left + GAP, funnel));
    } else {
        page.heading("Left to do");
        page.lines.extend(chart(wide));
        page.heading("Phases");
        page.lines.extend(funnel::funnel(state, wide));
    }
    page.heading("Time per stage, since the night began");
    page.lines.extend(funnel::times(state, &topic.stages, wide));
    page
}

fn burndown(state: &State, topic: &ProgressTopic, wide: usize, high: usize) -> Vec<Vec<Span>> {
    let names = &state.facts.names;
    let left = (state.data.phases.iter())
        .filter(|(phase, _)| names.tone(phase.as_deref()) != Tone::Done)
        .map(|(_, rows)| rows)
        .sum();
    let night = &state.data.night;
    let forecast = night.forecast.filter(|it| it.left > 0);
    let began = topic.began.unwrap_or(state.now);
    let plot = Burndown {
        began,
        bucket: topic.bucket,
        left: left_over_time(&topic.done, left),
        now: state.now.max(began),
        stuck: night.stuck.unfinished.min(left),
        band: forecast.and_then(|it| Some((it.early?, it.late))),
        closes: outlook::open_window(state).map(|(_, closes)| closes),
        zone: outlook::zone(state),
    };
    chart::draw(state.facts.look.signs, &plot, wide, high)
}

/// Two blocks side by side; the second begins at the column.
fn beside(left: Vec<Vec<Span>>, column: usize, right: Vec<Vec<Span>>) -> Vec<Vec<Span>> {
    let lines = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut joined = Vec::new();
    for _ in 0..lines {
        let mut line = left.next().unwrap_or_default();
        let used: usize = line.iter().map(|(said, _)| text::width(said)).sum();
        line.push((" ".repeat(column.saturating_sub(used)), Meaning::Text));
        line.extend(right.next().unwrap_or_default());
        joined.push(line);
    }
    joined
}
