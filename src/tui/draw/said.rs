//! What a preview says of an act before its rows: what it means, what it costs, what stands in its way, what stays.

use crate::control::deed::Deed;
use crate::store::{RuleCount, SwitchKind};
use crate::tui::ages;
use crate::tui::data::{Members, Opening, Outlay};
use crate::tui::look::Meaning;
use crate::tui::outlook::waves;
use crate::tui::state::{Act, Preview, State};
use crate::tui::text;

/// One sentence, or a few.
pub struct Note {
    pub text: String,
    pub meaning: Meaning,
    /// The highest goes first where there is no room.
    pub rank: u8,
}

fn note(rank: u8, meaning: Meaning, text: impl Into<String>) -> Note {
    Note {
        text: text.into(),
        meaning,
        rank,
    }
}

/// Everything there is to say, in the order it is read.
pub fn notes(state: &State, preview: &Preview, members: Option<&Members>) -> Vec<Note> {
    let mut notes = vec![note(2, Meaning::Text, meaning(state, preview))];
    notes.extend(unproven(state, preview).map(|said| note(1, Meaning::Warning, said)));
    let refuses = matches!(preview.act, Act::Word { agree: false, .. });
    if let Some(members) = members.filter(|_| !refuses) {
        if let Some(said) = calls(&members.outlay) {
            notes.push(note(5, Meaning::Quiet, said));
        }
        if let Some(said) = lasting(&members.outlay) {
            notes.push(note(0, Meaning::Danger, said));
        }
        notes.extend(
            obstacles(state, members)
                .into_iter()
                .map(|said| note(3, Meaning::Warning, said)),
        );
        notes.extend(second(state, preview, members));
    }
    notes
}

fn meaning(state: &State, preview: &Preview) -> String {
    let subject = &state.facts.shape.subject;
    let many = |number: u64| text::count(number as usize, subject);
    match &preview.act {
        Act::Stop => {
            let sum = |of: fn(&RuleCount) -> u64| state.data.counts.iter().map(of).sum::<u64>();
            let (now, queued) = (sum(|one| one.running + one.waiting), sum(|one| one.queued));
            format!(
                "Nothing more is sent to any service, within two seconds, until somebody goes on; it stays so over a \
                 restart. {} under way now, and {} due: they stay where they are. What was sent already goes on \
                 outside, and is watched.",
                attempts(now),
                attempts(queued)
            )
        }
        Act::Resume => {
            let due: u64 = state.data.counts.iter().map(|one| one.queued).sum();
            format!(
                "Stages take rows again, each within its window and its limits. {} due now.",
                attempts(due)
            )
        }
        Act::Stage { stage, on } => stage_meaning(state, stage, *on),
        Act::Wave { wave, open } => wave_meaning(state, wave, *open),
        Act::Brake { brake } => brake_meaning(state, brake),
        Act::Rows { deed, chosen } => {
            format!(
                "{}. {}",
                many(chosen.rows.len() as u64),
                deed_meaning(state, deed)
            )
        }
        Act::Word {
            agree,
            deed,
            chosen,
            asker,
            because,
            ..
        } => {
            let many = many(chosen.rows.len() as u64);
            let asked = format!("{asker} asked for {many}: {because}.");
            if *agree {
                format!("{asked} {}", deed_meaning(state, deed))
            } else {
                format!("{asked} Nothing of it is done.")
            }
        }
    }
}

fn stage_meaning(state: &State, stage: &str, on: bool) -> String {
    let title = state.facts.names.rule(stage);
    let (rows, under_way) = queue(state, stage);
    let many = text::count(rows as usize, &state.facts.shape.subject);
    let stand = format!("{} in its queue", stand(&many, rows));
    if on {
        return format!("{title} takes rows again. {stand}.");
    }
    let goes_on = match under_way {
        0 => String::new(),
        1 => " What is under way now, 1 attempt, goes on to its end.".into(),
        more => format!(" What is under way now, {more} attempts, goes on to its end."),
    };
    format!(
        "{title} takes no more rows until it is switched on again, also over a restart. {stand}.{goes_on}"
    )
}

fn wave_meaning(state: &State, wave: &str, open: bool) -> String {
    let rows = state.data.wave_rows.map_or(String::new(), |rows| {
        let many = text::count(rows as usize, &state.facts.shape.subject);
        format!(" {many} {} in it.", if rows == 1 { "is" } else { "are" })
    });
    let wave = text::cell(state.facts.names.wave_title(wave)).into_owned();
    if open {
        format!("Stages that mind waves take the rows of {wave}.{rows}")
    } else {
        format!(
            "Stages that mind waves take no more rows of {wave}; what runs now ends first.{rows}"
        )
    }
}

/// A wave is opened before the one it follows is proven, or while a brake is on.
fn unproven(state: &State, preview: &Preview) -> Option<String> {
    let Act::Wave { wave, open: true } = &preview.act else {
        return None;
    };
    let names = &state.facts.names;
    let (before, _) = names.wave(wave)?.after.as_ref()?;
    let label = text::cell(&names.wave_label(before)).into_owned();
    if waves::stand(state, before) == waves::Stand::Proven {
        let braked = names.opening(wave, &state.data.switches) == Some(Opening::Braked);
        return braked.then(|| "A brake is on: it would not open by itself now.".to_owned());
    }
    let open = state.data.night.proof(before).map_or(0, |proof| proof.open);
    let rows = text::count(open as usize, &state.facts.shape.subject);
    Some(format!(
        "It follows {label}, which is not proven yet: {rows} of it not settled."
    ))
}

fn attempts(number: u64) -> String {
    match number {
        1 => "1 attempt is".to_owned(),
        number => format!("{} attempts are", text::thousands(number)),
    }
}

fn stand(many: &str, number: u64) -> String {
    format!("{many} {}", if number == 1 { "stands" } else { "stand" })
}

/// Rows that wait for a rule, and attempts of it that are open.
fn queue(state: &State, rule: &str) -> (u64, u64) {
    let found = state.data.counts.iter().find(|count| count.rule == rule);
    found.map_or((0, 0), |one| {
        (
            one.queued + one.later + one.backing_off,
            one.running + one.waiting,
        )
    })
}

fn brake_meaning(state: &State, brake: &str) -> String {
    let switch = state
        .data
        .switches
        .iter()
        .find(|switch| switch.kind == SwitchKind::Brake && switch.name == brake);
    let tripped = switch.map_or(String::new(), |switch| {
        let ago = ages::said(state.now, switch.at);
        format!("It tripped {ago}: {}. ", text::cell(&switch.reason))
    });
    let known = state.facts.names.brake_of(brake);
    let stage = known.map(|known| known.stopped().to_owned());
    if let Some((stage, (_, slice))) = stage.as_ref().zip(brake.split_once('/')) {
        let title = state.facts.names.rule(stage);
        return format!(
            "{tripped}{title} takes rows with {} again. What happened before counts against them no more.",
            text::cell(&slice.replacen('=', " ", 1))
        );
    }
    let goes_on = stage.map_or(String::new(), |stage| {
        let (rows, _) = queue(state, &stage);
        let many = text::count(rows as usize, &state.facts.shape.subject);
        format!(
            "{} starts again: {} in its queue. ",
            state.facts.names.rule(&stage),
            stand(&many, rows)
        )
    });
    format!("{tripped}{goes_on}What happened before counts against the brake no more.")
}

fn deed_meaning(state: &State, deed: &Deed) -> String {
    let of = |name: &str| state.facts.names.title(name).to_owned();
    match deed {
        Deed::Retry { from_start: true, .. } => {
            "They are tried again from the first step: what earlier attempts recorded is forgotten, so what was sent \
             may be sent again."
                .into()
        }
        Deed::Retry { .. } => {
            "What failed is tried again, from the step that failed; what was sent already is not sent twice.".into()
        }
        Deed::Trigger { stage } => format!(
            "{} takes them next. Its conditions must hold when it does, and its window, switches and brakes still count.",
            of(stage)
        ),
        Deed::Hold { stage: None } => {
            "No stage and no ladder takes them until they are released. What runs now ends first.".into()
        }
        Deed::Hold { stage: Some(stage) } => format!(
            "{} leaves them until they are released; other stages take them as before.",
            of(stage)
        ),
        Deed::Release { .. } => "Holds and parkings are lifted; retries and rungs count from zero.".into(),
        Deed::Skip { stage } => format!(
            "{} is not for them: it leaves them alone until they are released.",
            of(stage)
        ),
        Deed::Remedy { ladder } => format!(
            "The next rung of \"{}\", now. Each is read afresh first, and left alone if it is no longer stuck.",
            of(ladder)
        ),
        Deed::Refresh => "They are read afresh from the services; nothing is changed there.".into(),
        Deed::Act { act } => act_meaning(state, act),
        Deed::Set { column, .. } => format!(
            "{} is written by hand, and every gate that reads it judges by that.",
            of(column)
        ),
    }
}

/// What the file says of it, and what it writes and lifts.
fn act_meaning(state: &State, act: &str) -> String {
    let names = &state.facts.names;
    let Some(act) = names.pipeline().and_then(|pipeline| pipeline.act(act)) else {
        return "The engine does it as its pipeline says.".into();
    };
    let list = |of: Vec<&str>| text::cell(&of.join(", ")).into_owned();
    let columns = act.set.iter().map(|(column, _)| names.title(column));
    let columns = list(columns.collect());
    let rules = act.releases.iter().map(|rule| names.rule(rule));
    let rules = list(rules.collect());
    let mut said = text::cell(act.about.trim()).into_owned();
    if !said.is_empty() {
        said.push(' ');
    }
    let written = match (columns.is_empty(), rules.is_empty()) {
        (false, false) => format!(
            "It writes {columns} and lifts what holds them in {rules}; nothing is sent by itself."
        ),
        (false, true) => format!("It writes {columns}; nothing is sent by itself."),
        (true, _) => format!("It lifts what holds them in {rules}."),
    };
    said.push_str(&written);
    said
}

/// `28 calls to Fleet, 14 to Jamf; at the allowed 8/s some 4 s`.
fn calls(outlay: &Outlay) -> Option<String> {
    let mut parts = Vec::new();
    for (at, service) in outlay.services.iter().enumerate() {
        let most = if service.at_most { "up to " } else { "" };
        let calls = text::thousands(service.calls);
        let word = match (at, service.calls) {
            (0, 1) => " call",
            (0, _) => " calls",
            _ => "",
        };
        parts.push(format!("{most}{calls}{word} to {}", service.title));
    }
    let slowest = outlay
        .services
        .iter()
        .filter_map(|one| Some((one.seconds()?, one.millirate)));
    let took = slowest.max().map_or(String::new(), |(seconds, millirate)| {
        let rate = millirate as f64 / 1000.0;
        let span = crate::model::time::Span::from_secs(seconds.cast_signed());
        format!("; at the allowed {rate}/s some {}", ages::short(span))
    });
    (!parts.is_empty()).then(|| format!("It makes {}{took}.", parts.join(", ")))
}

/// `Cannot be undone: order Jamf to remove its profile (14 times)`.
fn lasting(outlay: &Outlay) -> Option<String> {
    let steps = outlay.lasting.iter().map(|(title, count)| match count {
        1 => title.clone(),
        count => format!("{title} ({} times)", text::thousands(*count)),
    });
    let steps: Vec<String> = steps.collect();
    (!steps.is_empty()).then(|| format!("Cannot be called back once sent: {}.", steps.join("; ")))
}

/// Why nothing comes of it at once although it will be asked.
fn obstacles(state: &State, members: &Members) -> Vec<String> {
    let mut said = Vec::new();
    if members.rules.is_empty() {
        return said;
    }
    if state.stopped().is_some() {
        said.push("All sending is stopped: nothing begins until somebody goes on.".to_owned());
    }
    for rule in &members.rules {
        let title = state.facts.names.rule(rule);
        let switches = state.data.switches.iter();
        for switch in switches {
            if switch.kind == SwitchKind::Stage && switch.name == *rule && !switch.on {
                said.push(format!(
                    "{title} is switched off: it takes them once it is on."
                ));
            }
            let ours = |names: &crate::tui::data::Names| {
                names
                    .brake_of(&switch.name)
                    .is_some_and(|brake| brake.stopped() == rule.as_str())
            };
            if switch.kind != SwitchKind::Brake || !switch.on || !ours(&state.facts.names) {
                continue;
            }
            said.push(match switch.name.split_once('/') {
                None => {
                    format!("{title} is stopped by its brake: it takes them once that is released.")
                }
                Some((_, slice)) => format!(
                    "{title} is stopped for {}: it takes such rows once that brake is released.",
                    text::cell(&slice.replacen('=', " ", 1))
                ),
            });
        }
        if let Some((window, opens)) = state.facts.names.shut_until(rule, state.now) {
            let when = opens.map_or("never opens".into(), |opens| {
                let at = ages::clock(opens, window.timezone);
                format!("opens {at}, {}", ages::said(state.now, opens))
            });
            said.push(format!(
                "{title} keeps to the window {}, which {when}.",
                window.name
            ));
        }
    }
    said
}

/// A second person must agree to this many rows.
fn second(state: &State, preview: &Preview, members: &Members) -> Option<Note> {
    let most = state.data.commands.two_people_above?;
    let asks = matches!(preview.act, Act::Rows { .. }) && members.will as u64 > most;
    asks.then(|| {
        note(
            1,
            Meaning::Warning,
            format!(
                "More than {most} rows need a second person: this only asks, and nothing is done until somebody else \
                 agrees, within 30 minutes."
            ),
        )
    })
}
