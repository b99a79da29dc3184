//! What a window means, told by the wall alone: nothing here asks `Window`.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;
use drover::model::time::{Span, Time};

/// A window as a person reads it.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// Monday first.
    pub(super) days: [bool; 7],
    pub(super) from: NaiveTime,
    pub(super) to: NaiveTime,
}

impl Read {
    /// The evening to whose window this local time belongs, if it is open.
    pub(super) fn evening(&self, local: NaiveDateTime) -> Option<NaiveDate> {
        let (date, time) = (local.date(), local.time());
        let before = date.pred_opt().unwrap();
        let evening = if self.from < self.to {
            (self.from <= time && time < self.to).then_some(date)
        } else if time >= self.from {
            Some(date)
        } else {
            (time < self.to).then_some(before)
        };
        evening.filter(|day| self.days[day.weekday().num_days_from_monday() as usize])
    }
}

pub(super) fn local(at: Time, zone: Tz) -> NaiveDateTime {
    at.to_chrono().with_timezone(&zone).naive_local()
}

/// The moments from one time to another at which the zone's clock is put forward or back, to the minute.
pub(super) fn changes(zone: Tz, from: Time, to: Time) -> Vec<Time> {
    let offset = |at: Time| {
        let here = zone.offset_from_utc_datetime(&at.to_chrono().naive_utc());
        here.fix().local_minus_utc()
    };
    let hour = Span::from_hours(1);
    let hours = std::iter::successors(Some(from), |at| Some(at.plus(hour)));
    hours
        .take_while(|at| *at < to)
        .filter(|at| offset(*at) != offset(at.plus(hour)))
        .map(|at| {
            let minutes = (1..=60).map(|minute| at.plus(Span::from_mins(minute)));
            let mut after = minutes.filter(|minute| offset(*minute) != offset(at));
            after.next().unwrap()
        })
        .collect()
}
