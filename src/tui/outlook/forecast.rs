//! When it is done, in words.

use crate::model::time::{Span, Time};
use crate::pipeline::definition::{Tone, Window};
use crate::pipeline::forecast::Forecast;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};

/// From here on an hour alone does not say which day.
const ANOTHER_DAY: Span = Span::from_hours(20);
const ANOTHER_WEEK: Span = Span::from_hours(24 * 6);

/// A forecast whose end is no farther away than so many times its beginning is said as one moment.
const SURE: f64 = 2.5;

/// With so many times more rows not begun than under way, the forecast is about the latter.
const MOSTLY: u64 = 3;

/// Whether what is under way will be done before the window closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Enough,
    Perhaps,
    /// Not even at the fastest pace that is likely.
    TooShort,
}

/// A moment as a person says it: `04:10`, `Thu 04:10`, `in 12d`.
pub fn moment(state: &State, at: Time) -> String {
    let zone = zone(state);
    let away = at.since(state.now);
    if away >= ANOTHER_WEEK {
        return ages::said(state.now, at);
    }
    if away >= ANOTHER_DAY {
        return at
            .to_chrono()
            .with_timezone(&zone)
            .format("%a %H:%M")
            .to_string();
    }
    ages::clock(at, zone)
}

pub fn zone(state: &State) -> chrono_tz::Tz {
    let pipeline = state.facts.names.pipeline();
    pipeline.map_or(chrono_tz::Tz::UTC, |pipeline| pipeline.timezone)
}

/// For the header: `done ≈ 04:10`.
pub fn in_few_words(state: &State) -> Option<(String, Meaning)> {
    let forecast = state.data.night.forecast?;
    if forecast.left == 0 || state.stopped().is_some() {
        return None;
    }
    if let Some(rest) = mostly_idle(state) {
        let (_, late) = end_of(state, rest.under_way)?;
        return Some((
            format!("begun: done ≈ {}", moment(state, late?)),
            Meaning::Text,
        ));
    }
    Some(match (forecast.early, forecast.late, forecast.done_at) {
        (Some(early), Some(late), Some(at)) => {
            // Of a band that wide only its beginning is worth a word.
            let sure = late.since(state.now) <= early.since(state.now).times(SURE);
            let said = if sure {
                format!("done ≈ {}", moment(state, at))
            } else {
                format!("done after {}", moment(state, early))
            };
            (said, Meaning::Text)
        }
        (Some(_), None, _) => ("none done for 30m".into(), Meaning::Waiting),
        _ => ("no forecast yet".into(), Meaning::Quiet),
    })
}

/// The answer first: when it is done, who must do something, whether the window is long enough.
pub fn sentences(state: &State) -> Vec<(String, Meaning)> {
    let night = &state.data.night;
    let Some(forecast) = night.forecast else {
        return vec![(
            "the pipeline file is not at hand, so nobody can say what done is".into(),
            Meaning::Unusual,
        )];
    };
    let mut said = Vec::new();
    if let Some(stop) = state.stopped() {
        let by = text::cell(&stop.by.to_string()).into_owned();
        said.push((format!("nothing is sent: {by} stopped it"), Meaning::Danger));
    }
    said.push(when(state, &forecast));
    let stuck = night.stuck;
    if stuck.unfinished > 0 {
        let needs = if stuck.unfinished == 1 {
            "needs"
        } else {
            "need"
        };
        let parts = [
            (stuck.mine, "parked for you"),
            (stuck.handed_over, "handed over, as with a ticket"),
            (stuck.held, "held"),
        ];
        let parts = parts.into_iter().filter(|(rows, _)| *rows > 0);
        let parts: Vec<String> = parts
            .map(|(rows, how)| format!("{} {how}", text::thousands(rows)))
            .collect();
        let rows = text::thousands(stuck.unfinished);
        said.push((
            format!("{rows} {needs} a person: {}", parts.join(", ")),
            if stuck.mine > 0 {
                Meaning::Bad
            } else {
                Meaning::Waiting
            },
        ));
    }
    said.extend(window_said(state));
    said
}

fn when(state: &State, forecast: &Forecast) -> (String, Meaning) {
    let subject = &state.facts.shape.subject;
    let idle = idle(state);
    let mut left = format!("{} to go", text::count(forecast.left as usize, subject));
    if idle > 0 {
        left = format!("{left}, {} of them not begun", text::thousands(idle));
    }
    let pace = if forecast.per_hour >= 10.0 {
        format!("{:.0} an hour", forecast.per_hour)
    } else {
        format!("{:.1} an hour", forecast.per_hour)
    };
    if forecast.left == 0 {
        let all = state.data.night.stuck.unfinished == 0;
        return if state.data.total() == 0 {
            (format!("no {subject} is known yet"), Meaning::Quiet)
        } else if all {
            ("everything is done".into(), Meaning::Done)
        } else {
            ("all that goes on by itself is done".into(), Meaning::Done)
        };
    }
    if let Some(rest) = mostly_idle(state) {
        let idle = text::thousands(rest.idle);
        let said = match end_of(state, rest.under_way) {
            _ if rest.under_way == 0 => format!("nothing is under way; {idle} have not begun"),
            Some((_, Some(late))) => format!(
                "the {} under way are done about {} at this pace ({pace}); {idle} have not begun",
                text::thousands(rest.under_way),
                moment(state, late)
            ),
            _ => format!("too early to say when it is done: {left}"),
        };
        return (said, Meaning::Title);
    }
    match (forecast.early, forecast.late) {
        (Some(early), Some(late)) => {
            let (early, late) = (moment(state, early), moment(state, late));
            let when = if early == late {
                format!("done about {early}")
            } else {
                format!("done between {early} and {late}")
            };
            (
                format!("{when} at this pace ({pace}): {left}"),
                Meaning::Title,
            )
        }
        (Some(early), None) => (
            format!(
                "not done before {}: nothing was completed for half an hour; {left}",
                moment(state, early)
            ),
            Meaning::Waiting,
        ),
        _ if forecast.per_hour > 0.0 => (
            format!("too early to say when it is done: {left}"),
            Meaning::Text,
        ),
        _ => (
            format!("nothing was completed in the last hours, so there is no forecast: {left}"),
            Meaning::Waiting,
        ),
    }
}

/// The window that stages keep to, when it is open, and when it closes.
pub fn open_window(state: &State) -> Option<(&Window, Time)> {
    let pipeline = state.facts.names.pipeline()?;
    let kept = |name: &str| {
        let mut stages = pipeline.stages.iter();
        stages.any(|stage| stage.window.as_deref() == Some(name))
    };
    let mut windows = pipeline
        .windows
        .values()
        .filter(|window| kept(&window.name));
    windows.find_map(|window| Some((window, window.current(state.now)?.1)))
}

/// Rows that have begun and go on by themselves. Those nobody began with wait for no window.
pub fn under_way(state: &State) -> u64 {
    let tone = |phase: &Option<String>| state.facts.names.tone(phase.as_deref());
    let begun = (state.data.phases.iter())
        .filter(|(phase, _)| !matches!(tone(phase), Tone::Idle | Tone::Done))
        .map(|(_, rows)| rows);
    begun
        .sum::<u64>()
        .saturating_sub(state.data.night.stuck.unfinished)
}

/// What is left, where most of it is for people to begin: when they will, no pace can tell.
struct Rest {
    under_way: u64,
    idle: u64,
}

fn mostly_idle(state: &State) -> Option<Rest> {
    let (under_way, idle) = (under_way(state), idle(state));
    (idle >= MOSTLY * under_way && idle > 0).then_some(Rest { under_way, idle })
}

fn idle(state: &State) -> u64 {
    let idle = (state.data.phases.iter())
        .filter(|(phase, _)| state.facts.names.tone(phase.as_deref()) == Tone::Idle);
    idle.map(|(_, rows)| rows).sum()
}

/// When so many of those left are done, at the pace at which all are: not before, and not after if that can be told.
fn end_of(state: &State, rows: u64) -> Option<(Time, Option<Time>)> {
    let forecast = state.data.night.forecast.filter(|it| it.left > 0)?;
    let share = rows as f64 / forecast.left.max(rows) as f64;
    let end = |at: Time| state.now.plus(at.since(state.now).times(share));
    Some((end(forecast.early?), forecast.late.map(end)))
}

/// `None` when no window is open, nothing is under way, or there is no pace to judge by.
pub fn window_fit(state: &State) -> Option<Fit> {
    let (_, closes) = open_window(state)?;
    let rows = under_way(state);
    if rows == 0 {
        return None;
    }
    let (early, late) = end_of(state, rows)?;
    Some(match late {
        Some(late) if late <= closes => Fit::Enough,
        _ if early > closes => Fit::TooShort,
        _ => Fit::Perhaps,
    })
}

fn window_said(state: &State) -> Option<(String, Meaning)> {
    let (window, closes) = open_window(state)?;
    let closes = ages::clock(closes, window.timezone);
    let name = &window.name;
    let rows = text::thousands(under_way(state));
    Some(match window_fit(state) {
        Some(Fit::Enough) => (
            format!("the window {name} closes at {closes}: enough for the {rows} under way"),
            Meaning::Done,
        ),
        Some(Fit::Perhaps) => (
            format!(
                "the window {name} closes at {closes}: perhaps enough for the {rows} under way"
            ),
            Meaning::Waiting,
        ),
        Some(Fit::TooShort) => (
            format!("the window {name} closes at {closes}: not enough for the {rows} under way"),
            Meaning::Warning,
        ),
        None => (
            format!("the window {name} closes at {closes}"),
            Meaning::Quiet,
        ),
    })
}
