//! What is said of a night, in states that are made up.

use super::*;
use crate::model::actor::Actor;
use crate::model::time::{Span, Time};
use crate::pipeline::forecast::Forecast;
use crate::store::{Switch, SwitchKind};
use crate::tui::data::{Heartbeat, ServiceHealth, Snapshot};
use crate::tui::event::Engine;
use crate::tui::state::State;
use crate::tui::tests::world::{World, midnight};
use std::sync::Arc;

/// An hour or so.
fn hours(hours: f64) -> Time {
    midnight().plus(Span::from_hours(1).times(hours))
}

/// A console that looks at a night in which nothing is wrong.
fn calm() -> State {
    let mut state = World::new(0).console((120, 40)).state;
    let phase = |name: &str, rows| (Some(name.to_owned()), rows);
    let mut data = Snapshot {
        heartbeat: Heartbeat::Lately,
        phases: vec![
            phase("Complete", 100),
            phase("In Fleet", 30),
            phase("In Jamf", 70),
        ],
        ..Snapshot::default()
    };
    data.night.services = Some(Vec::new());
    data.night.forecast = Some(Forecast {
        left: 100,
        per_hour: 50.0,
        done_at: Some(hours(2.0)),
        early: Some(hours(1.5)),
        late: Some(hours(3.0)),
    });
    state.data = Arc::new(data);
    state.engine = Engine::Answers;
    (state.ready, state.unreadable) = (true, false);
    state
}

fn with(change: impl FnOnce(&mut Snapshot)) -> State {
    let mut state = calm();
    change(Arc::make_mut(&mut state.data));
    state
}

fn said(state: &State) -> Vec<String> {
    sentences(state).into_iter().map(|(said, _)| said).collect()
}

#[test]
fn all_is_well_only_when_everything_is_known() {
    assert_eq!(verdict(&calm()), Verdict::Well);
    let unknown = |change: &dyn Fn(&mut State)| {
        let mut state = calm();
        change(&mut state);
        assert!(matches!(verdict(&state), Verdict::Unknown(_)));
    };
    unknown(&|state| state.ready = false);
    unknown(&|state| state.unreadable = true);
    unknown(&|state| state.engine = Engine::Unasked);
    unknown(&|state| Arc::make_mut(&mut state.data).heartbeat = Heartbeat::Never);
    unknown(&|state| {
        Arc::make_mut(&mut state.data).heartbeat = Heartbeat::Silent(Span::from_mins(9));
    });
    unknown(&|state| Arc::make_mut(&mut state.data).night.services = None);
    unknown(&|state| Arc::make_mut(&mut state.data).night.forecast = None);
}

#[test]
fn whatever_needs_somebody_is_said_even_when_not_all_is_known() {
    let switch = |kind, name: &str| Switch {
        kind,
        name: name.into(),
        on: true,
        reason: "5 failures in 10m".into(),
        by: Actor::Engine,
        at: midnight(),
    };
    let failing = ServiceHealth {
        failures_in_a_row: 9,
        ..ServiceHealth::default()
    };
    let mut state = with(|data| {
        data.heartbeat = Heartbeat::Never;
        data.switches = vec![switch(SwitchKind::Brake, "transfers")];
        data.night.stuck.mine = 3;
        data.journal.alarms = 1;
        data.night.malformed = 1;
        data.night.undelivered = 2;
        data.night.services = Some(vec![("slack".into(), failing)]);
        let forecast = data.night.forecast.as_mut().unwrap();
        (forecast.early, forecast.late) = (Some(hours(40.0)), None);
    });
    state.engine = Engine::Silent("no socket".into());
    let Verdict::Needs(needs) = verdict(&state) else {
        panic!("{:?}", verdict(&state));
    };
    assert_eq!(
        needs,
        [
            "nothing moves",
            "1 alarm: a",
            "brake transfers",
            "3 need you",
            "slack fails",
            "window too short",
            "1 event not understood",
            "2 messages not delivered"
        ]
    );
}

#[test]
fn a_forecast_says_no_more_than_it_knows() {
    let state = calm();
    assert_eq!(in_few_words(&state).unwrap().0, "done ≈ 02:10");
    assert_eq!(
        said(&state),
        [
            "done between 01:40 and 03:10 at this pace (50 an hour): 100 devices to go, 70 of them not begun",
            "the window nightly closes at 05:00: enough for the 30 under way"
        ]
    );
    let words = |early, late, done_at, left| {
        let state = with(|data| {
            data.night.forecast = Some(Forecast {
                left,
                per_hour: 5.0,
                done_at,
                early,
                late,
            });
        });
        (
            in_few_words(&state).map(|(said, _)| said),
            said(&state).remove(0),
        )
    };
    let (few, whole) = words(Some(hours(1.0)), Some(hours(9.0)), Some(hours(2.0)), 9);
    assert_eq!(few.as_deref(), Some("done after 01:10"));
    assert!(whole.starts_with("done between 01:10 and 09:10"), "{whole}");
    let (few, whole) = words(Some(hours(1.0)), None, Some(hours(2.0)), 9);
    assert_eq!(few.as_deref(), Some("none done for 30m"));
    assert!(whole.starts_with("not done before 01:10"), "{whole}");
    let (few, whole) = words(None, None, Some(hours(2.0)), 9);
    assert_eq!(few.as_deref(), Some("no forecast yet"));
    assert!(whole.starts_with("too early to say"), "{whole}");
    let (few, whole) = words(None, None, None, 0);
    assert_eq!((few, whole.as_str()), (None, "everything is done"));
    let (few, _) = words(Some(hours(70.0)), Some(hours(90.0)), Some(hours(80.0)), 9);
    assert_eq!(few.as_deref(), Some("done ≈ Fri 08:10"));
}

#[test]
fn the_window_is_judged_by_what_is_under_way() {
    let fit = |early: f64, late: Option<f64>, stuck| {
        window_fit(&with(|data| {
            data.night.stuck.unfinished = stuck;
            let forecast = data.night.forecast.as_mut().unwrap();
            forecast.early = Some(hours(early));
            forecast.late = late.map(hours);
        }))
    };
    // Thirty of a hundred are under way; the window closes in four hours and fifty minutes.
    assert_eq!(fit(2.0, Some(15.0), 0), Some(Fit::Enough));
    assert_eq!(fit(2.0, Some(17.0), 0), Some(Fit::Perhaps));
    assert_eq!(fit(2.0, None, 0), Some(Fit::Perhaps));
    assert_eq!(fit(17.0, None, 0), Some(Fit::TooShort));
    // Those that a person has wait for no window.
    assert_eq!(fit(17.0, None, 30), None);
}
