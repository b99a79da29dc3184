//! The lines of the palette, made of what there is.

use super::entry::{Does, Entry, Group, Palette};
use super::stock;
use crate::model::rule::RuleKind;
use crate::store::{Level, SwitchKind};
use crate::tui::filter::quoted;
use crate::tui::keys::{Action, Binding, Where};
use crate::tui::look::ThemeName;
use crate::tui::state::{Column, Pane, Screen, State};
use crate::tui::text;

/// So many of the last used come first.
const LAST_USED: usize = 6;

impl Palette {
    /// As it opens here.
    pub fn new(state: &State) -> Self {
        let mut entries = keys(state);
        entries.extend(acts(state));
        entries.extend(views(state));
        entries.extend(filters(state));
        entries.extend(stages(state));
        entries.extend(waves_and_brakes(state));
        entries.extend(columns(state));
        entries.extend(looks());
        entries.push(
            Entry::new(Group::Screens, "quit", Does::Quit)
                .about("Leave the console. The engine goes on."),
        );
        entries.sort_by_key(|entry| entry.group);
        let used = state.kept.used.iter().filter_map(|name| {
            let mut entry = entries.iter().find(|entry| entry.name == *name)?.clone();
            entry.group = Group::Used;
            Some(entry)
        });
        let used: Vec<Entry> = used.take(LAST_USED).collect();
        Self {
            entries: [used, entries].concat(),
            ..Self::default()
        }
    }

    /// Rows found for what is typed.
    pub fn offer(&mut self, state_rows: &[(crate::model::row::RowId, String)]) {
        let entry = |(row, key): &(_, String)| {
            let name = format!("row {}", text::cell(key));
            Entry::new(Group::Rows, name, Does::Row(*row)).about("Go to this row.")
        };
        self.rows = state_rows.iter().map(entry).collect();
    }
}

/// What keys do here, and in the other panes when this is the main screen.
fn keys(state: &State) -> Vec<Entry> {
    let here = state.place();
    let mut places = vec![(here, None)];
    let panes = [
        (Where::Table, Pane::Table),
        (Where::Stages, Pane::Stages),
        (Where::Log, Pane::Log),
    ];
    if panes.iter().any(|(place, _)| *place == here) {
        let others = panes.into_iter().filter(|(place, _)| *place != here);
        places.extend(others.map(|(place, pane)| (place, Some(pane))));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (place, pane) in places {
        for row in state.facts.keymap.rows_at(place) {
            let known =
                |entry: &Entry| matches!(entry.does, Does::Key(known, _) if known == row.action);
            let useless = row.action == Action::Act && state.facts.names.acts().is_empty();
            if row.action != Action::Palette && !useless && !entries.iter().any(known) {
                entries.push(key(state, row, pane));
            }
        }
    }
    entries
}

fn key(state: &State, row: &Binding, pane: Option<Pane>) -> Entry {
    let group = match (row.action, row.place) {
        (Action::Level | Action::Follow | Action::Alarms | Action::LogRow, _) | (_, Where::Log) => {
            Group::Log
        }
        (Action::SortLeft | Action::SortRight | Action::SortTurn, _) => Group::Order,
        (Action::Columns, _) => Group::Columns,
        (Action::SaveView, _) => Group::Views,
        (Action::Filter, _) => Group::Filters,
        (_, Where::List) => Group::Moving,
        (_, Where::Everywhere) if !row.action.acts() => Group::Screens,
        _ => Group::Acts,
    };
    let off = if row.action.acts() && state.facts.read_only {
        Some("read-only")
    } else if row.place == Where::Row && state.chosen().is_empty() {
        Some("no row")
    } else {
        None
    };
    Entry {
        name: row.action.word().replace('-', " "),
        about: row.sentence.clone(),
        key: row
            .keys
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
        group,
        does: Does::Key(row.action, pane),
        off,
    }
}

fn act(state: &State, group: Group, name: String, action: Action, of: &str) -> Entry {
    let mut entry = Entry::new(group, name, Does::Act(action, of.to_owned()));
    entry.off = state.facts.read_only.then_some("read-only");
    entry
}

/// What the pipeline lets operators do, by its titles.
fn acts(state: &State) -> Vec<Entry> {
    let acts = state.facts.names.acts().iter();
    let none = !matches!(state.screen(), Screen::Waves(_)) && state.chosen().is_empty();
    acts.map(|one| {
        let title = text::cell(state.facts.names.act(&one.name)).into_owned();
        let mut entry =
            act(state, Group::Acts, title, Action::Act, &one.name).about(text::cell(&one.about));
        entry.off = entry.off.or(none.then_some("no row"));
        entry
    })
    .collect()
}

fn views(state: &State) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (view, own) in stock::views(state) {
        let name = format!("view {}", text::cell(&view.name));
        let said = match (view.filter.as_str(), own) {
            ("", _) => "Every row.".to_owned(),
            (filter, _) => format!("/{}", text::cell(filter)),
        };
        entries.push(Entry::new(Group::Views, &name, Does::View(view.name.clone())).about(said));
        if own {
            let forget = Does::Forget(view.name);
            entries.push(
                Entry::new(Group::Views, format!("{name} forget"), forget)
                    .about("Keep this view no longer."),
            );
        }
    }
    entries
}

fn filters(state: &State) -> Vec<Entry> {
    let mut entries = vec![
        Entry::new(Group::Filters, "filter none", Does::Filter(String::new()))
            .about("Show every row."),
    ];
    for (phase, rows) in &state.data.phases {
        let (name, filter) = match phase {
            Some(phase) => (
                text::cell(phase).into_owned(),
                format!("phase:{}", quoted(phase)),
            ),
            None => ("none".into(), "phase:none".into()),
        };
        let said = text::count(*rows as usize, &state.facts.shape.subject);
        entries.push(
            Entry::new(
                Group::Filters,
                format!("phase: {name}"),
                Does::Filter(filter),
            )
            .about(said),
        );
    }
    entries
}

fn stages(state: &State) -> Vec<Entry> {
    let names = &state.facts.names;
    let mut entries = Vec::new();
    for count in &state.data.counts {
        let rule = count.rule.as_str();
        let title = text::cell(names.rule(rule)).into_owned();
        let standing = [
            (count.queued, "queued"),
            (count.running, "running"),
            (count.waiting, "waiting"),
            (count.backing_off, "to retry"),
            (count.held, "held"),
        ];
        let some = standing.iter().filter(|(rows, _)| *rows > 0);
        let said: Vec<String> = some.map(|(rows, word)| format!("{rows} {word}")).collect();
        let said = if said.is_empty() {
            "nothing in it".to_owned()
        } else {
            said.join(", ")
        };
        let filter = Does::Filter(format!("stage:{}", quoted(rule)));
        entries.push(Entry::new(Group::Stages, format!("queue {title}"), filter).about(said));
        if names.kind(rule) == RuleKind::Ladder {
            let name = format!("remedy {title}");
            entries.push(
                act(state, Group::Stages, name, Action::Remedy, rule)
                    .about("The next rung of this ladder, now."),
            );
            continue;
        }
        let mut switches = state.data.switches.iter();
        let off = switches.find(|s| s.kind == SwitchKind::Stage && s.name == rule && !s.on);
        let (turn, said) = match off {
            Some(off) => (
                "on",
                format!("off by {}: {}", off.by, text::cell(&off.reason)),
            ),
            None => ("off", "It takes no rows until it is on again.".to_owned()),
        };
        let name = format!("stage {turn} {title}");
        let turned = format!("{turn} {rule}");
        entries.push(act(state, Group::Stages, name, Action::Switch, &turned).about(said));
        for (verb, action, said) in [
            (
                "trigger",
                Action::Trigger,
                "Run it now, for rows whose gate holds.",
            ),
            ("skip", Action::Skip, "It is not for these rows."),
        ] {
            let name = format!("{verb} {title}");
            entries.push(act(state, Group::Stages, name, action, rule).about(said));
        }
    }
    entries
}

fn waves_and_brakes(state: &State) -> Vec<Entry> {
    let mut entries = Vec::new();
    for wave in state.waves() {
        let title = text::cell(state.facts.names.wave_title(&wave)).into_owned();
        let mut switches = state.data.switches.iter();
        let open = switches.any(|s| s.kind == SwitchKind::Wave && s.name == wave && s.on);
        let turn = if open { "close" } else { "open" };
        let name = format!("wave {turn} {title}");
        let turned = format!("{turn} {wave}");
        entries.push(act(state, Group::Waves, name, Action::Switch, &turned));
        let filter = Does::Filter(format!("wave:{}", quoted(&wave)));
        entries.push(
            Entry::new(Group::Waves, format!("wave {title}"), filter).about("Show its rows."),
        );
    }
    let brakes = state.data.switches.iter();
    for brake in brakes.filter(|s| s.kind == SwitchKind::Brake && s.on) {
        let name = format!("brake release {}", text::cell(&brake.name));
        entries.push(
            act(
                state,
                Group::Brakes,
                name,
                Action::BrakeRelease,
                &brake.name,
            )
            .about(text::cell(&brake.reason)),
        );
    }
    entries
}

fn columns(state: &State) -> Vec<Entry> {
    let facts = &state.facts;
    let mut entries = Vec::new();
    for column in Column::all(facts) {
        let title = text::cell(column.title(facts)).into_owned();
        if column != Column::Key {
            let shown = state
                .table
                .columns
                .iter()
                .any(|(known, _)| *known == column);
            let turn = if shown { "hide" } else { "show" };
            let does = Does::Show(column, !shown);
            entries.push(Entry::new(
                Group::Columns,
                format!("{turn} column {title}"),
                does,
            ));
        }
        if column != Column::Waits {
            for (way, descending) in [("", false), (" descending", true)] {
                let name = format!("sort by {title}{way}");
                entries.push(Entry::new(
                    Group::Order,
                    name,
                    Does::Sort(column, descending),
                ));
            }
        }
    }
    entries
}

fn looks() -> Vec<Entry> {
    let levels = [
        ("all", Level::Debug),
        ("info", Level::Info),
        ("warnings", Level::Warning),
        ("alarms", Level::Alarm),
    ];
    let mut entries: Vec<Entry> = levels
        .map(|(word, level)| {
            Entry::new(Group::Log, format!("log level {word}"), Does::Level(level))
        })
        .into();
    for theme in ThemeName::ALL {
        let name = format!("theme {}", theme.word());
        entries.push(Entry::new(Group::Looks, name, Does::Theme(theme)));
    }
    entries
}
