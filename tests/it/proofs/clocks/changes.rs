//! E4: every change of the clock from 2025 to 2030 in twelve zones, under an engine that always has something to send.

use super::judge::{Read, changes, local};
use crate::engine::world::World;
use crate::proofs::{alone, figure};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use drover::model::clock::Clock;
use drover::model::row::Values;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::store::Cause;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// By an hour and by half of one; at midnight, and on the evening before; at a quarter to three; four times a year.
const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Atlantic/Azores",
    "Pacific/Chatham",
];

/// How far before and after a change the engine is looked at.
const AROUND: Span = Span::from_hours(28);

#[derive(Default)]
struct Tally {
    changes: u64,
    looks: u64,
    sends: u64,
    outside: u64,
    nights: u64,
    doubled: u64,
    /// Open by the wall, and closed to the engine at a time that does not come twice.
    shut: u64,
    swallowed: u64,
    unannounced: u64,
}

#[test]
fn no_change_of_the_clock_loses_or_doubles_a_night() {
    let tally = over(&ZONES[..3], 2026..2027);
    assert_eq!(tally.changes, 6);
    judge(&tally);
}

#[test]
#[ignore = "takes minutes"]
fn no_change_of_six_years_in_twelve_zones_loses_or_doubles_a_night() {
    let _alone = alone();
    let tally = over(&ZONES, 2025..2031);
    figure(
        "clock_changes",
        &[
            ("zones", &ZONES.len()),
            ("changes", &tally.changes),
            ("looks", &tally.looks),
            ("sends", &tally.sends),
            ("nights", &tally.nights),
            ("outside", &tally.outside),
            ("doubled", &tally.doubled),
            ("shut", &tally.shut),
            ("swallowed", &tally.swallowed),
            ("unannounced", &tally.unannounced),
        ],
    );
    assert!(tally.changes >= 120, "{}", tally.changes);
    judge(&tally);
}

fn judge(tally: &Tally) {
    assert!(tally.sends > 0 && tally.nights > 0 && tally.swallowed > 0);
    let wrong = [tally.outside, tally.doubled, tally.shut, tally.unannounced];
    assert_eq!(wrong, [0; 4], "outside, doubled, shut, unannounced");
}

fn over(zones: &[&str], years: std::ops::Range<i32>) -> Tally {
    let at = |year: i32| Time::parse(&format!("{year}-01-01T00:00:00Z")).unwrap();
    let mut tally = Tally::default();
    for zone in zones {
        let zone: Tz = zone.parse().unwrap();
        for change in changes(zone, at(years.start), at(years.end)) {
            tally.changes += 1;
            one(zone, change, &mut tally);
        }
    }
    tally
}

/// Windows before, over, into, out of and inside what is left out or comes twice; at its very edges; and day and night.
fn windows(zone: Tz, change: Time) -> Vec<Read> {
    let (before, after) = (change.minus(Span::from_millis(1)), change);
    let before = local(before, zone) + TimeDelta::milliseconds(1);
    let after = local(after, zone);
    let (low, high) = (before.min(after), before.max(after));
    let part = |share: i32| (high - low) / 4 * share;
    let hours = TimeDelta::hours;
    let ends: [(NaiveDateTime, NaiveDateTime); 8] = [
        (low - hours(4), high + hours(2)),
        (low - hours(5), low - hours(1)),
        (low + part(2), high + hours(3)),
        (low - hours(4), low + part(2)),
        (low + part(1), low + part(3)),
        (low - hours(6), low - hours(6)),
        (low - hours(3), low),
        (low, high + hours(2)),
    ];
    let read = |(at, (from, to)): (usize, (NaiveDateTime, NaiveDateTime))| {
        let minute = |at: NaiveDateTime| {
            NaiveTime::from_hms_opt(
                chrono::Timelike::hour(&at),
                chrono::Timelike::minute(&at),
                0,
            )
        };
        // Every second window opens on the evening of the change alone.
        let day = from.date().weekday().num_days_from_monday() as usize;
        let days = std::array::from_fn(|weekday| at % 2 == 1 || weekday == day);
        Read {
            days,
            from: minute(from).unwrap(),
            to: minute(to).unwrap(),
        }
    };
    ends.into_iter().enumerate().map(read).collect()
}

fn pipeline(windows: &[Read], zone: Tz) -> String {
    let mut text = "slot = \"integer\"\n".to_owned();
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for (slot, window) in windows.iter().enumerate() {
        let days: Vec<&str> = (0..7)
            .filter(|day| window.days[*day])
            .map(|day| names[day])
            .collect();
        let _ = write!(
            text,
            "
            [windows.w{slot}]
            days = \"{}\"
            from = \"{}\"
            to = \"{}\"
            timezone = \"{zone}\"
            [[stage]]
            name = \"s{slot}\"
            window = \"w{slot}\"
            [stage.gate]
            \"its own\" = \"slot = {slot}\"
            \"not done\" = \"done_at IS NULL\"
            [[stage.step]]
            name = \"put\"
            call = \"svc.put\"
            with = {{ to = \"{{{{ row.serial }}}}\" }}
            [stage.set]
            done_at = \"{{{{ now }}}}\"
            ",
            days.join(","),
            window.from.format("%H:%M"),
            window.to.format("%H:%M"),
        );
    }
    text
}

/// When anything opens or closes by the wall, a second before and after, and every three hours.
fn moments(windows: &[Read], zone: Tz, (start, end): (Time, Time)) -> BTreeSet<Time> {
    let mut moments = BTreeSet::new();
    let mut before = None;
    let mut at = start;
    while at < end {
        let here = local(at, zone);
        let open: Vec<_> = windows.iter().map(|window| window.evening(here)).collect();
        if before.is_some_and(|before| before != open) {
            let second = Span::from_secs(1);
            moments.extend([at.minus(second), at, at.plus(second)]);
        } else if at.since(start).millis() % (3 * 3_600_000) == 0 {
            moments.insert(at);
        }
        before = Some(open);
        at = at.plus(Span::from_mins(1));
    }
    moments
}

fn one(zone: Tz, change: Time, tally: &mut Tally) {
    let windows = windows(zone, change);
    let (start, end) = (change.minus(AROUND), change.plus(AROUND));
    let mut world = World::asleep(&pipeline(&windows, zone));
    world.clock = Clock::manual(start);
    world.start();
    let mut waits = vec![false; windows.len()];
    // By window: whether it was open when it was looked at last, and how often each evening's opened.
    let mut open = vec![false; windows.len()];
    let mut opened: BTreeMap<(usize, NaiveDate), u64> = BTreeMap::new();
    let mut seen = 0;
    for (round, at) in moments(&windows, zone, (start, end))
        .into_iter()
        .enumerate()
    {
        tally.looks += 1;
        world.clock.turn_to(at);
        feed(&world, round, &mut waits);
        world.settle();
        let here = local(at, zone);
        let calls = world.svc.calls();
        let mut sent = vec![false; windows.len()];
        for call in &calls[seen..] {
            let to = call.input["to"].as_str().unwrap();
            let slot: usize = to[1..2].parse().unwrap();
            tally.sends += 1;
            tally.outside +=
                u64::from(windows[slot].evening(local(call.intent_at, zone)).is_none());
            sent[slot] = true;
        }
        seen = calls.len();
        let twice =
            zone.from_local_datetime(&here).latest() != zone.from_local_datetime(&here).earliest();
        for (slot, window) in windows.iter().enumerate() {
            waits[slot] = !sent[slot];
            let evening = window.evening(here);
            if let Some(evening) = evening.filter(|_| sent[slot] && !open[slot]) {
                *opened.entry((slot, evening)).or_default() += 1;
            }
            tally.shut += u64::from(evening.is_some() && !sent[slot] && !twice);
            open[slot] = sent[slot];
        }
    }
    count_nights(&world, (&windows, zone), (start, end), &opened, tally);
}

/// One row for each window whose row was sent.
fn feed(world: &World, round: usize, waits: &mut [bool]) {
    let slots: Vec<usize> = (0..waits.len()).filter(|slot| !waits[*slot]).collect();
    world.write(move |tx| {
        for slot in slots {
            let (row, _) = tx.row_of(&format!("w{slot}-{round}"))?;
            let values = Values::from([("slot".to_owned(), Value::Integer(slot as i64))]);
            tx.set(row, &values, &Cause::Schedule)?;
        }
        Ok(())
    });
    waits.fill(true);
}

/// Evenings that lie wholly within what was looked at: opened once, or announced as left out.
fn count_nights(
    world: &World,
    (windows, zone): (&[Read], Tz),
    (start, end): (Time, Time),
    opened: &BTreeMap<(usize, NaiveDate), u64>,
    tally: &mut Tally,
) {
    let day = Span::from_hours(25);
    let (first, last) = (
        local(start, zone).date(),
        local(end.minus(day), zone).date(),
    );
    for (slot, window) in windows.iter().enumerate() {
        let evenings = first
            .succ_opt()
            .unwrap()
            .iter_days()
            .take_while(|date| *date <= last);
        for evening in evenings {
            let weekday = evening.weekday().num_days_from_monday() as usize;
            if !window.days[weekday] {
                continue;
            }
            tally.nights += 1;
            match opened.get(&(slot, evening)) {
                // One after the other, day and night: what is open stays so.
                None if window.from == window.to => {}
                None => {
                    tally.swallowed += 1;
                    let text = format!("the window w{slot} does not open on {evening}");
                    tally.unannounced += u64::from(world.said(&text) != 1);
                }
                Some(1) => {}
                Some(_) => tally.doubled += 1,
            }
        }
    }
}
