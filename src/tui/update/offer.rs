//! What is offered where an act needs a choice: known at once, or looked up first.

use super::acts::{is_on, show, take};
use crate::control::deed::Deed;
use crate::control::protocol::Request;
use crate::model::row::RowId;
use crate::model::value::ValueType;
use crate::store::{CommandGlance, CommandId, SwitchKind};
use crate::tui::ages;
use crate::tui::data::{Choice, Lookup};
use crate::tui::state::{Act, Choose, Chosen, EMPTY, Mode, Purpose, State};
use serde_json::Value as Json;
use std::sync::Arc;

/// Said where a pipeline has no acts.
pub(super) const NO_ACTS: &str = "this pipeline has no acts of its own";

/// Asks which, or looks up what there is to choose from.
pub(super) fn begin(state: &mut State, purpose: Purpose) {
    let title = match &purpose {
        Purpose::Trigger(_) | Purpose::Queue(_) => "Trigger which stage?",
        Purpose::Skip(_) => "Skip which stage?",
        Purpose::HoldIn(_) => "Hold in which stage?",
        Purpose::Remedy(_) => "Remedy by which ladder?",
        Purpose::Act(_) | Purpose::Wave(..) => "Which act?",
        Purpose::Column(_) => "Set which column?",
        Purpose::Value(..) => "To what?",
        Purpose::Switch => "Switch which stage or ladder?",
        Purpose::Brake => "Release which brake?",
        Purpose::Word | Purpose::Frozen(..) => "Whose act?",
    };
    let lookup = match &purpose {
        Purpose::Trigger(chosen) => Some(Lookup::Stages(chosen.rows.clone())),
        Purpose::Skip(chosen) | Purpose::HoldIn(chosen) => Some(Lookup::Rules(chosen.rows.clone())),
        Purpose::Remedy(chosen) => Some(Lookup::Ladders(chosen.rows.clone())),
        Purpose::Queue(rule) => Some(Lookup::Queue(rule.clone())),
        Purpose::Wave(wave, _) => Some(Lookup::Wave(wave.clone())),
        _ => None,
    };
    let looks_up = lookup.is_some() || matches!(purpose, Purpose::Frozen(..));
    let mut choose = Choose::new(state.take_number(), title, purpose);
    if let Purpose::Value(_, column, _) = &choose.purpose {
        choose.title = format!("Set {} to what?", state.facts.names.title(column));
    }
    choose.lookup = lookup;
    let items = known_items(state, &choose.purpose);
    state.mode = Mode::Choose(Box::new(choose));
    if !looks_up {
        offer(state, items);
    }
}

/// What can be chosen, where it needs no looking up.
fn known_items(state: &State, purpose: &Purpose) -> Vec<Choice> {
    let item = |name: &str, title: &str, note: String| Choice {
        name: name.into(),
        title: title.into(),
        note,
    };
    let names = &state.facts.names;
    match purpose {
        Purpose::Switch => state
            .data
            .counts
            .iter()
            .map(|count| {
                let on = if is_on(state, &count.rule) {
                    "on"
                } else {
                    "off"
                };
                item(&count.rule, names.rule(&count.rule), format!("is {on}"))
            })
            .collect(),
        Purpose::Brake => state
            .data
            .switches
            .iter()
            .filter(|switch| switch.kind == SwitchKind::Brake && switch.on)
            .map(|switch| {
                item(
                    &switch.name,
                    &names.brake(&switch.name),
                    switch.reason.clone(),
                )
            })
            .collect(),
        Purpose::Act(_) => {
            let acts = names.acts().iter();
            acts.map(|act| item(&act.name, names.act(&act.name), act.about.clone()))
                .collect()
        }
        Purpose::Column(_) => {
            let shape = &state.facts.shape;
            let columns = shape.columns.iter().filter(|known| known.name != shape.key);
            columns
                .map(|known| {
                    let title = names.title(&known.name);
                    item(&known.name, title, known.kind.word().to_owned())
                })
                .chain([item("wave", "Wave", "text".into())])
                .collect()
        }
        Purpose::Value(.., kind) => {
            let mut items = match kind {
                ValueType::Boolean => vec![
                    item("yes", "", String::new()),
                    item("no", "", String::new()),
                ],
                ValueType::Time => vec![item("now", "", ages::typed(state.now))],
                _ => Vec::new(),
            };
            items.push(item(EMPTY, "", "no value".into()));
            items
        }
        Purpose::Word => words(state),
        _ => Vec::new(),
    }
}

/// Commands that wait for a second person, each with both words.
fn words(state: &State) -> Vec<Choice> {
    state
        .data
        .commands
        .waiting()
        .flat_map(|command| {
            let note = format!("{}: {}", command.actor, command.reason);
            ["agree to", "refuse"].map(|word| {
                let title = format!("{word} {} ({} rows)", command.verb, command.rows);
                Choice {
                    name: format!("{word} {}", command.id.0),
                    title,
                    note: note.clone(),
                }
            })
        })
        .collect()
}

/// What was looked up has come.
pub fn settle(state: &mut State) {
    let Mode::Choose(choose) = &state.mode else {
        return;
    };
    if let Purpose::Frozen(command, agree) = choose.purpose {
        return frozen(state, CommandId(command), agree);
    }
    let found = state.data.choices.clone();
    let Some(found) = found.filter(|found| found.number == choose.number) else {
        return;
    };
    if choose.items.is_some() {
        return;
    }
    if let Purpose::Wave(wave, act) = choose.purpose.clone() {
        return members(state, wave.as_deref(), act, found.rows.clone());
    }
    if let Purpose::Queue(rule) = &choose.purpose {
        let (stage, title) = (rule.clone(), state.facts.names.rule(rule).to_owned());
        let chosen = Chosen {
            rows: found.rows.clone(),
            ..Chosen::default()
        };
        state.mode = Mode::Browse;
        if chosen.rows.is_empty() {
            state.refuse(format!(
                "no row stands in the queue of {title}: nothing was asked"
            ));
        } else if state
            .facts
            .names
            .pipeline()
            .is_some_and(|p| p.ladder(&stage).is_some())
        {
            let deed = Deed::Remedy { ladder: stage };
            show(state, Act::Rows { deed, chosen });
        } else {
            let deed = Deed::Trigger { stage };
            show(state, Act::Rows { deed, chosen });
        }
        return;
    }
    offer(state, found.items.clone());
}

/// The rows of a wave were found: they stay as they are now, whoever joins later.
fn members(state: &mut State, wave: Option<&str>, act: Option<String>, rows: Arc<Vec<RowId>>) {
    state.mode = Mode::Browse;
    if rows.is_empty() {
        let of = wave.map_or("no wave".to_owned(), |wave| format!("the wave {wave}"));
        return state.refuse(format!("no row is in {of}: nothing was asked"));
    }
    let chosen = Chosen {
        rows,
        ..Chosen::default()
    };
    match act {
        Some(act) => take(state, Purpose::Act(chosen), &act),
        None => begin(state, Purpose::Act(chosen)),
    }
}

/// Offers what there is: none is said, one is taken at once.
fn offer(state: &mut State, items: Vec<Choice>) {
    let Mode::Choose(choose) = &mut state.mode else {
        return;
    };
    let none = match &choose.purpose {
        Purpose::Trigger(_) => "none of these rows stands in a stage's queue: nothing to trigger",
        Purpose::Remedy(_) => "none of these rows stands in a ladder: nothing to remedy",
        Purpose::Act(_) => NO_ACTS,
        Purpose::Brake => "no brake is tripped",
        Purpose::Word => "nothing waits for a second person's word",
        _ => "there is nothing to choose from",
    };
    let asks = matches!(choose.purpose, Purpose::Word | Purpose::Value(..));
    match items.as_slice() {
        [] => {
            state.mode = Mode::Browse;
            state.refuse(none);
        }
        [only] if !asks => {
            let (purpose, name) = (choose.purpose.clone(), only.name.clone());
            take(state, purpose, &name);
        }
        _ => choose.items = Some(items),
    }
}

/// The frozen rows of a waiting command have been read: the second person sees what the first one saw.
fn frozen(state: &mut State, id: CommandId, agree: bool) {
    let Some(rows) = state.data.commands.rows(id) else {
        return;
    };
    let seen = state.data.commands.waiting().find(|one| one.id == id);
    let act = seen.and_then(|command| {
        let deed = Deed::of(&request(command)?)?;
        let chosen = Chosen {
            rows,
            ..Chosen::default()
        };
        Some(Act::Word {
            command: id,
            agree,
            deed,
            chosen,
            asker: command.actor.to_string(),
            because: command.reason.clone(),
        })
    });
    state.mode = Mode::Browse;
    match act {
        Some(act) => show(state, act),
        None => state.refuse(format!("command {} does not wait any more", id.0)),
    }
}

/// What was asked, but for its rows.
fn request(command: &CommandGlance) -> Option<Request> {
    let mut json = command.request.clone();
    json.as_object_mut()?
        .insert("rows".into(), Json::Array(Vec::new()));
    serde_json::from_value(json).ok()
}
