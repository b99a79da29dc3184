//! Acts: proposed, chosen, and laid out as a preview. What is offered to choose from is in
//! [`super::offer`], what becomes of a preview in [`super::ask`].

use super::offer::{NO_ACTS, begin};
use crate::control::deed::Deed;
use crate::model::value::ValueType;
use crate::store::SwitchKind;
use crate::tui::keys::Action;
use crate::tui::state::{Act, Chosen, Mode, Pane, Preview, Purpose, Screen, State, value};

/// Said where an act is refused for it.
pub const READ_ONLY: &str = "this console is read-only: no key acts; start it without --read-only";

/// Opens the preview of an act, or what must be chosen for it first; or says why there is none.
pub fn propose(state: &mut State, action: Action) {
    if let Some(purpose) = purpose(state, action) {
        begin(state, purpose);
    }
}

/// As [`propose`] with the choice already made: a stage's, ladder's, column's, wave's or brake's name, or its title.
/// For a switch a word may stand before it: `off removal`, `on removal`, `open pilot`, `close pilot`.
pub fn propose_chosen(state: &mut State, action: Action, name: &str) {
    let name = name.trim();
    match action {
        Action::Retry | Action::RetryAnew | Action::Release | Action::Hold => {
            let Some(chosen) = rows(state) else { return };
            let Some(rule) = rule_named(state, name) else {
                return;
            };
            let deed = match action {
                Action::Hold => Deed::Hold { stage: Some(rule) },
                Action::Release => Deed::Release { stage: Some(rule) },
                action => Deed::Retry {
                    stage: Some(rule),
                    from_start: action == Action::RetryAnew,
                },
            };
            show(state, Act::Rows { deed, chosen });
        }
        Action::Switch => {
            if may_act(state) {
                switch_named(state, name);
            }
        }
        Action::BrakeRelease => {
            if may_act(state) {
                take(state, Purpose::Brake, name);
            }
        }
        Action::Set => {
            let Some(chosen) = rows(state) else { return };
            take(state, Purpose::Column(chosen), name);
        }
        Action::Act => match purpose(state, action) {
            Some(Purpose::Wave(wave, _)) => {
                begin(state, Purpose::Wave(wave, Some(name.to_owned())));
            }
            Some(purpose) => take(state, purpose, name),
            None => {}
        },
        _ => {
            let Some(purpose) = purpose(state, action) else {
                return;
            };
            if let Some(rule) = rule_named(state, name) {
                take(state, purpose, &rule);
            }
        }
    }
}

fn may_act(state: &mut State) -> bool {
    if state.facts.read_only {
        state.refuse(READ_ONLY);
    }
    !state.facts.read_only
}

/// The rows an act is about; says so when there is none.
fn rows(state: &mut State) -> Option<Chosen> {
    if !may_act(state) {
        return None;
    }
    let chosen = state.chosen_rows();
    if chosen.rows.is_empty() {
        state.refuse("there is no row to act on: nothing was asked");
        return None;
    }
    Some(chosen)
}

/// What must be chosen for an action. An act that needs no choice is shown at once.
fn purpose(state: &mut State, action: Action) -> Option<Purpose> {
    if !may_act(state) {
        return None;
    }
    let in_stages = matches!(state.screen(), Screen::Main) && state.pane == Pane::Stages;
    let under = state.data.counts.get(state.stage);
    let under = under.filter(|_| in_stages).map(|count| count.rule.clone());
    match action {
        Action::Stop => {
            let act = if state.stopped().is_some() {
                Act::Resume
            } else {
                Act::Stop
            };
            show(state, act);
            None
        }
        Action::Switch => match (state.screen(), under) {
            (Screen::Waves(pick), _) => {
                match pick.id.clone() {
                    Some(wave) => toggle_wave(state, wave),
                    None => state.refuse("there is no wave under the cursor"),
                }
                None
            }
            (_, Some(rule)) => {
                take(state, Purpose::Switch, &rule);
                None
            }
            _ => Some(Purpose::Switch),
        },
        Action::BrakeRelease => Some(Purpose::Brake),
        Action::Agree => Some(Purpose::Word),
        Action::Act if state.facts.names.acts().is_empty() => {
            state.refuse(NO_ACTS);
            None
        }
        Action::Act => match state.screen() {
            Screen::Waves(pick) => {
                let Some(wave) = pick.id.clone() else {
                    state.refuse("there is no wave under the cursor");
                    return None;
                };
                // No wave has an empty name: that line is of the rows in none.
                let wave = Some(wave).filter(|wave| !wave.is_empty());
                Some(Purpose::Wave(wave, None))
            }
            _ => of_rows(state, action),
        },
        Action::Trigger if in_stages => under.map(Purpose::Queue),
        _ => of_rows(state, action),
    }
}

fn of_rows(state: &mut State, action: Action) -> Option<Purpose> {
    let chosen = rows(state)?;
    let deed = match action {
        Action::Trigger => return Some(Purpose::Trigger(chosen)),
        Action::Skip => return Some(Purpose::Skip(chosen)),
        Action::HoldIn => return Some(Purpose::HoldIn(chosen)),
        Action::Remedy => return Some(Purpose::Remedy(chosen)),
        Action::Act => return Some(Purpose::Act(chosen)),
        Action::Set => return Some(Purpose::Column(chosen)),
        Action::Retry | Action::RetryAnew => Deed::Retry {
            stage: None,
            from_start: action == Action::RetryAnew,
        },
        Action::Hold => Deed::Hold { stage: None },
        Action::Release => Deed::Release { stage: None },
        Action::Refresh => Deed::Refresh,
        _ => return None,
    };
    show(state, Act::Rows { deed, chosen });
    None
}

/// The choice is made.
pub(super) fn take(state: &mut State, purpose: Purpose, name: &str) {
    state.mode = Mode::Browse;
    let named = || name.to_owned();
    let (deed, chosen) = match purpose {
        Purpose::Trigger(chosen) => (Deed::Trigger { stage: named() }, chosen),
        Purpose::Skip(chosen) => (Deed::Skip { stage: named() }, chosen),
        Purpose::HoldIn(chosen) => {
            let stage = Some(named());
            (Deed::Hold { stage }, chosen)
        }
        Purpose::Remedy(chosen) => (Deed::Remedy { ladder: named() }, chosen),
        Purpose::Act(chosen) => match act_named(state, name) {
            Some(act) => (Deed::Act { act }, chosen),
            None => return,
        },
        Purpose::Wave(wave, _) => return begin(state, Purpose::Wave(wave, Some(named()))),
        Purpose::Column(chosen) => return column(state, chosen, name),
        Purpose::Value(chosen, column, kind) => match value(kind, name, state.now) {
            Ok(value) => (Deed::Set { column, value }, chosen),
            Err(why) => {
                begin(state, Purpose::Value(chosen, column, kind));
                if let Mode::Choose(choose) = &mut state.mode {
                    choose.line = named().into();
                    choose.fault = Some(why);
                }
                return;
            }
        },
        Purpose::Queue(_) => return begin(state, Purpose::Queue(named())),
        Purpose::Switch => {
            let on = !is_on(state, name);
            return show(state, Act::Stage { stage: named(), on });
        }
        Purpose::Brake => return brake(state, name),
        Purpose::Word | Purpose::Frozen(..) => {
            let agree = name.starts_with("agree");
            let number = name.rsplit(' ').next().and_then(|word| word.parse().ok());
            match number {
                Some(command) => begin(state, Purpose::Frozen(command, agree)),
                None => state.refuse(format!("\"{name}\" names no command")),
            }
            return;
        }
    };
    show(state, Act::Rows { deed, chosen });
}

fn column(state: &mut State, chosen: Chosen, name: &str) {
    let shape = &state.facts.shape;
    let mut known = shape.columns.iter();
    let same =
        |column: &str| column == name || state.facts.names.title(column).eq_ignore_ascii_case(name);
    let found = known.find(|column| same(&column.name));
    let (column, kind) = match found {
        Some(column) if column.name == shape.key => {
            let why = format!("{} names the row and cannot be changed", column.name);
            return state.refuse(why);
        }
        Some(column) => (column.name.clone(), column.kind),
        None if name.eq_ignore_ascii_case("wave") => ("wave".to_owned(), ValueType::Text),
        None => return state.refuse(format!("there is no column \"{name}\"")),
    };
    begin(state, Purpose::Value(chosen, column, kind));
}

fn brake(state: &mut State, name: &str) {
    let tripped = state.data.switches.iter().find(|switch| {
        switch.kind == SwitchKind::Brake
            && switch.on
            && (switch.name == name || state.facts.names.brake(&switch.name) == name)
    });
    match tripped.map(|switch| switch.name.clone()) {
        Some(brake) => show(state, Act::Brake { brake }),
        None => state.refuse(format!("the brake {name} is not tripped")),
    }
}

fn switch_named(state: &mut State, typed: &str) {
    let (word, name) = typed.split_once(' ').unwrap_or(("", typed));
    match word {
        "open" | "close" => show(
            state,
            Act::Wave {
                wave: name.to_owned(),
                open: word == "open",
            },
        ),
        "wave" => toggle_wave(state, name.to_owned()),
        "on" | "off" => {
            let Some(stage) = rule_named(state, name) else {
                return;
            };
            let on = word == "on";
            if is_on(state, &stage) == on {
                let title = state.facts.names.rule(&stage).to_owned();
                return state.refuse(format!("{title} is {word} already"));
            }
            show(state, Act::Stage { stage, on });
        }
        _ => {
            if let Some(stage) = rule_named(state, typed) {
                take(state, Purpose::Switch, &stage);
            }
        }
    }
}

fn toggle_wave(state: &mut State, wave: String) {
    let open = state
        .data
        .switches
        .iter()
        .any(|switch| switch.kind == SwitchKind::Wave && switch.name == wave && switch.on);
    show(state, Act::Wave { wave, open: !open });
}

/// An act by its name or title; says so when there is none.
fn act_named(state: &mut State, typed: &str) -> Option<String> {
    let names = &state.facts.names;
    let mut acts = names.acts().iter();
    let found = acts.find(|act| act.name == typed || act.title.eq_ignore_ascii_case(typed));
    let found = found.map(|act| act.name.clone());
    if found.is_none() {
        state.refuse(format!("there is no act \"{typed}\""));
    }
    found
}

/// A stage or ladder by its name or title; says so when there is none.
fn rule_named(state: &mut State, typed: &str) -> Option<String> {
    let names = &state.facts.names;
    let found =
        state.data.counts.iter().find(|count| {
            count.rule == typed || names.rule(&count.rule).eq_ignore_ascii_case(typed)
        });
    let found = found.map(|count| count.rule.clone());
    if found.is_none() {
        state.refuse(format!("there is no stage or ladder \"{typed}\""));
    }
    found
}

pub(super) fn is_on(state: &State, rule: &str) -> bool {
    !state
        .data
        .switches
        .iter()
        .any(|switch| switch.kind == SwitchKind::Stage && switch.name == rule && !switch.on)
}

pub(super) fn show(state: &mut State, act: Act) {
    let number = state.take_number();
    state.mode = Mode::Preview(Box::new(Preview::new(number, act)));
}
