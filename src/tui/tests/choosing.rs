//! Choosing: columns, views, the filter while it is typed, ranges.

use super::finding::{flash, say};
use super::world::{Console, World};
use crate::model::row::RowId;
use crate::tui::event::Effect;
use crate::tui::kept::Change;
use crate::tui::state::{Column, Mode};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn columns_are_chosen_with_the_table_in_sight_and_put_back_by_escape() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    let before = console.state.table.columns.clone();
    console.press("c");
    let Mode::Columns(columns) = &console.state.mode else {
        panic!("no chooser")
    };
    // Every declared column, the phase, the age and what it waits for; the key is among the declared.
    assert_eq!(
        columns.all.len(),
        console.state.facts.shape.columns.len() + 3
    );
    console.press("space");
    assert!(flash(&console).contains("stays"));
    console.press("j space j J");
    let shown = |console: &Console| -> Vec<Column> {
        console
            .state
            .table
            .columns
            .iter()
            .map(|(column, _)| *column)
            .collect()
    };
    assert!(!shown(&console).contains(&Column::Phase));
    assert_eq!(shown(&console)[2], Column::Age);
    assert!(!console.text().lines().nth(3).unwrap().contains("Phase"));
    console.press("esc");
    assert_eq!(console.state.table.columns, before);
    console.press("c j space G enter");
    assert!(!shown(&console).contains(&Column::Phase));
    let kept = console.state.kept.clone();
    assert!(matches!(
        console.effects.last(),
        Some(Effect::Keep(Change::Columns { .. }))
    ));
    // The next session begins with them.
    console.begin((120, 40));
    assert!(shown(&console).contains(&Column::Phase));
    console.state.remember(Ok(Some(kept)), false);
    assert!(!shown(&console).contains(&Column::Phase));
    assert_eq!(shown(&console)[0], Column::Key);
}

#[test]
fn a_view_is_kept_applied_and_forgotten() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("/");
    console.type_text("phase:clean");
    console.press("enter > > i w");
    console.type_text("mine");
    console.press("enter");
    let (sort, count) = (console.state.table.sort, console.state.data.list.ids.len());
    say(&mut console, "view all");
    assert_eq!(console.state.data.list.ids.len(), 60);
    assert_ne!(console.state.table.sort, sort);
    say(&mut console, "view mine");
    assert_eq!(console.state.table.filter, "phase:clean");
    assert_eq!(
        (console.state.table.sort, console.state.data.list.ids.len()),
        (sort, count)
    );
    say(&mut console, "view mine forget");
    say(&mut console, "view mine");
    assert!(
        !console
            .state
            .kept
            .of(&super::world::pipeline().name)
            .views
            .iter()
            .any(|view| view.name == "mine")
    );
    console.press("esc w space enter");
    assert!(flash(&console).contains("needs a name"));
}

#[test]
fn a_filter_is_seen_while_it_is_typed_and_escape_puts_everything_back() {
    let world = World::new(60);
    let mut console = world.console((120, 40));
    console.press("j j j");
    let (row, at) = (console.state.table.cursor, console.state.table.at);
    console.press("/");
    console.type_text("phase:clean");
    let shown = console.state.data.list.ids.len();
    assert!(shown < 60 && shown > 0);
    console.press("esc");
    assert_eq!(console.state.data.list.ids.len(), 60);
    assert_eq!(
        (console.state.table.cursor, console.state.table.at),
        (row, at)
    );
    assert_eq!(console.state.table.filter, "");
    // SQL waits until it is whole.
    console.press("/");
    console.type_text("= phase = 'Clean'");
    assert_eq!(console.state.data.list.ids.len(), 60);
    console.press("enter");
    assert_eq!(console.state.data.list.ids.len(), shown);
    // Up brings back what was used before; tab completes.
    console.press("/ ctrl-u up");
    let Mode::Filter(filtering) = &console.state.mode else {
        panic!("no filter")
    };
    assert_eq!(filtering.line.value(), "= phase = 'Clean'");
    console.press("down");
    console.type_text("stage:tr");
    console.press("tab enter");
    assert_eq!(console.state.table.filter, "stage:transfer");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn the_marks_are_always_those_of_before_and_the_range(
        before in prop::collection::btree_set(0_usize..40, 0..12),
        from in 0_usize..40,
        moves in prop::collection::vec(prop::sample::select(vec!["j", "k", "G", "g", "ctrl-d", "ctrl-u"]), 0..20),
        leave in any::<bool>(),
    ) {
        thread_local!(static WORLD: World = World::new(40));
        WORLD.with(|world| {
            let mut console = world.console((80, 24));
            let ids = console.state.data.list.ids.clone();
            let before: BTreeSet<RowId> = before.iter().map(|at| ids[*at]).collect();
            console.state.table.marks = before.clone();
            for _ in 0..from {
                console.press("j");
            }
            console.press("v");
            let mut range = BTreeSet::from([ids[from]]);
            for key in moves {
                console.press(key);
                let at = console.state.table.at;
                range = ids[from.min(at)..=from.max(at)].iter().copied().collect();
                let both: BTreeSet<RowId> = before.union(&range).copied().collect();
                assert_eq!(console.state.table.marks, both);
                assert!(console.text().contains(&format!("range {}", range.len())));
            }
            console.press(if leave { "esc" } else { "v" });
            let left = if leave { before.clone() } else { before.union(&range).copied().collect() };
            assert_eq!(console.state.table.marks, left);
            console.press("j k");
            assert_eq!(console.state.table.marks, left);
        });
    }
}
