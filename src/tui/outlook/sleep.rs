//! Whether one may sleep.

use super::forecast::{Fit, window_fit};
use crate::model::time::Span;
use crate::store::{MirrorState, SwitchKind};
use crate::tui::data::{Heartbeat, Stand};
use crate::tui::event::Engine;
use crate::tui::keys::Action;
use crate::tui::state::State;
use crate::tui::text;

/// Columns of the header that a check's name cannot have, and how few are too few for one.
const NAMELESS: usize = 56;
const SHORTEST: usize = 16;
/// A mirror that is not taken for as long as this is no hiccup.
const LASTING: Span = Span::from_mins(1);

/// The answer, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing needs a person, as far as all there is to know goes.
    Well,
    /// These do, the gravest first.
    Needs(Vec<String>),
    /// It cannot be said; why.
    Unknown(&'static str),
}

/// What is known to need somebody comes first; only then does it matter what is not known.
pub fn verdict(state: &State) -> Verdict {
    let needs = needs(state);
    if !needs.is_empty() {
        return Verdict::Needs(needs);
    }
    match unknown(state) {
        Some(why) => Verdict::Unknown(why),
        None => Verdict::Well,
    }
}

fn needs(state: &State) -> Vec<String> {
    if !state.ready {
        return Vec::new();
    }
    let night = &state.data.night;
    let mut needs = Vec::new();
    if matches!(state.engine, Engine::Silent(_)) {
        needs.push("nothing moves".to_owned());
    }
    if state.stopped().is_some() {
        needs.push("stopped".into());
    } else if let Some(halt) = state.data.halts.first() {
        needs.push(halt.kind.said().into());
    }
    if state.data.journal.alarms > 0 {
        let alarms = text::count(state.data.journal.alarms as usize, "alarm");
        let key = state.facts.keymap.key_of(Action::Alarms);
        needs.push(format!("{alarms}: {key}"));
    }
    let tripped: Vec<&str> = (state.data.switches.iter())
        .filter(|switch| switch.kind == SwitchKind::Brake && switch.on)
        .map(|switch| switch.name.as_str())
        .collect();
    if !tripped.is_empty() {
        let names = tripped.join(", ");
        needs.push(format!("brake {}", text::cell(&names)));
    }
    needs.extend(checks(state));
    match night.stuck.mine {
        0 => {}
        1 => needs.push("1 needs you".into()),
        rows => needs.push(format!("{} need you", text::thousands(rows))),
    }
    for (name, health) in night.services.iter().flatten() {
        if health.fails() {
            needs.push(format!("{} fails", text::cell(name)));
        }
    }
    needs.extend(mirrors(state));
    if window_fit(state) == Some(Fit::TooShort) {
        needs.push("window too short".into());
    }
    if night.malformed > 0 {
        let what = text::count(night.malformed as usize, "event");
        needs.push(format!("{what} not understood"));
    }
    if night.undelivered > 0 {
        let what = text::count(night.undelivered as usize, "message");
        needs.push(format!("{what} not delivered"));
    }
    needs
}

/// Checks that fail, or cannot be asked, and keep a stage back, with the key that shows them. A narrow screen has no room for names.
fn checks(state: &State) -> Option<String> {
    let names = &state.facts.names;
    let failed = state.data.standing.alarming(names, state.now);
    let key = state.facts.keymap.key_of(Action::Checks);
    let room = usize::from(state.size.0).saturating_sub(NAMELESS);
    Some(match failed.as_slice() {
        [] => return None,
        [(one, stand)] => {
            let verb = match stand {
                Stand::Failed => "fails",
                _ => "unknown",
            };
            if room < SHORTEST {
                return Some(format!("check {verb}: {key}"));
            }
            let title = text::cell(&one.title).into_owned();
            let cut = state.facts.look.signs.cut;
            format!("check {verb}: {}: {key}", text::fit(&title, room, cut))
        }
        more => format!("{} checks fail: {key}", more.len()),
    })
}

/// Mirrors that the outside has not taken for a while, with the key that shows why.
fn mirrors(state: &State) -> impl Iterator<Item = String> {
    let mirrors = state.data.standing.mirrors.iter().filter(|mirror| {
        mirror.state == MirrorState::Failed && state.now.since(mirror.since) >= LASTING
    });
    let key = state.facts.keymap.key_of(Action::Waves);
    mirrors.map(move |mirror| {
        let pipeline = state.facts.names.pipeline();
        let known = pipeline.and_then(|pipeline| pipeline.mirror(&mirror.name));
        let title = known.map_or(mirror.name.as_str(), |known| &known.title);
        format!("{} not told: {key}", text::cell(title))
    })
}

fn unknown(state: &State) -> Option<&'static str> {
    if !state.ready {
        return Some("reading the store…");
    }
    if state.unreadable {
        return Some("the store cannot be read");
    }
    match (&state.engine, state.data.heartbeat) {
        (Engine::Unasked, _) => Some("engine not asked yet"),
        (_, Heartbeat::Never) => Some("engine not heard yet"),
        (_, Heartbeat::Silent(_)) => Some("engine not heard"),
        _ if state.data.night.services.is_none() => Some("services not heard of yet"),
        _ if state.data.night.forecast.is_none() => Some("no pipeline to judge by"),
        _ => None,
    }
}
