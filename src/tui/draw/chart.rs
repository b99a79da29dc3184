//! The burn-down: what was left when, and where it will lie if the pace holds.

use super::pen::Span;
use crate::model::time::{Span as Length, Time};
use crate::tui::look::{Meaning, Signs};
use crate::tui::{ages, text};

/// Columns between two labels of the time axis, at least.
const LABEL_EVERY: usize = 9;
/// So far ahead is always looked, as early in a night there is little to look back on.
const FAR: Length = Length::from_hours(4);
/// Round lengths that labels may be apart, in minutes.
const STEPS: [i64; 11] = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 10_080];

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Burndown {
    pub began: Time,
    pub bucket: Length,
    /// Left when each bucket began, and now.
    pub left: Vec<u64>,
    pub now: Time,
    /// Rows that do not go on by themselves: it cannot fall below.
    pub stuck: u64,
    /// When the rest is done, at the earliest and at the latest; without the latter it may never be.
    pub band: Option<(Time, Option<Time>)>,
    /// When the window closes.
    pub closes: Option<Time>,
    pub zone: chrono_tz::Tz,
}

/// What was left when each bucket began, and what is now, from what was completed in each.
pub fn left_over_time(done: &[u64], now: u64) -> Vec<u64> {
    let mut left = vec![now];
    for done in done.iter().rev() {
        left.push(left[left.len() - 1] + done);
    }
    left.reverse();
    left
}

impl Burndown {
    /// The last moment drawn.
    fn end(&self) -> Time {
        let past = self.now.since(self.began).max(Length::from_mins(30));
        let farthest = self.now.plus(past.times(3.0).max(FAR));
        let done = self.band.map(|(early, late)| match late {
            Some(late) if late <= farthest => late,
            _ => self.now.plus(early.since(self.now).times(2.0)),
        });
        let done = done.unwrap_or(self.now).min(farthest);
        // A window that closes long after all that is no reason to draw nothing at length.
        let near = done.max(self.now.plus(past));
        let closes = self.closes.filter(|closes| *closes <= near);
        let least = self.now.plus(past.times(0.125));
        done.max(closes.unwrap_or(self.now)).max(least)
    }

    /// What was left at a moment of the past.
    fn at(&self, at: Time) -> f64 {
        let bucket = self.bucket.millis().max(1);
        let place = at.since(self.began).millis();
        let index = (place / bucket) as usize;
        let last = self.left.len().saturating_sub(1);
        let value = |index: usize| self.left.get(index.min(last)).copied().unwrap_or(0) as f64;
        // The bucket under way is as long as it is now.
        let begins = index as i64 * bucket;
        let whole = (self.now.since(self.began).millis() - begins).clamp(1, bucket);
        let share = ((place - begins) as f64 / whole as f64).min(1.0);
        value(index) + (value(index + 1) - value(index)) * share
    }

    /// Between what and what it may lie at a moment to come.
    fn ahead(&self, at: Time) -> Option<(f64, f64)> {
        let (early, late) = self.band?;
        let floor = self.stuck as f64;
        let above = (self.left.last().copied().unwrap_or(0) as f64 - floor).max(0.0);
        let line = |end: Time| {
            let whole = end.since(self.now).millis().max(1) as f64;
            let share = at.since(self.now).millis() as f64 / whole;
            floor + above * (1.0 - share).max(0.0)
        };
        Some((line(early), late.map_or(floor + above, line)))
    }
}

/// The chart in so many columns and lines, its axes and its key among them.
pub fn draw(signs: &Signs, plot: &Burndown, wide: usize, high: usize) -> Vec<Vec<Span>> {
    let most = plot.left.iter().copied().max().unwrap_or(0).max(1);
    let label = text::width(&text::thousands(most));
    let (columns, rows) = (
        wide.saturating_sub(label + 2).max(4),
        high.saturating_sub(3).max(2),
    );
    let scale = Scale {
        from: plot.began,
        to: plot.end(),
        columns,
        rows,
        most,
    };
    let mut lines = Vec::new();
    for row in 0..rows {
        let said = match row {
            0 => text::thousands(most),
            row if row == rows / 2 && rows >= 4 && most >= 4 => {
                text::thousands(most * (rows - row) as u64 / rows as u64)
            }
            _ => String::new(),
        };
        let mut line = vec![(format!("{said:>label$} {}", signs.wall), Meaning::Quiet)];
        for column in 0..columns {
            let (sign, meaning) = cell(signs, plot, &scale, column, rows - 1 - row);
            match line.last_mut() {
                Some((said, last)) if *last == meaning => said.push_str(sign),
                _ => line.push((sign.to_owned(), meaning)),
            }
        }
        lines.push(line);
    }
    lines.extend(axis(signs, plot, &scale, label));
    lines.push(key(signs, plot));
    lines
}

/// From time and number to columns and lines.
struct Scale {
    from: Time,
    to: Time,
    columns: usize,
    rows: usize,
    most: u64,
}

impl Scale {
    /// The moment in the middle of a column.
    fn time(&self, column: usize) -> Time {
        let whole = self.to.since(self.from);
        self.from
            .plus(whole.times((column as f64 + 0.5) / self.columns as f64))
    }

    fn column(&self, at: Time) -> Option<usize> {
        let whole = self.to.since(self.from).millis().max(1) as f64;
        let place = at.since(self.from).millis() as f64 / whole * self.columns as f64;
        (at >= self.from && at <= self.to).then(|| (place as usize).min(self.columns - 1))
    }

    fn lines(&self, value: f64) -> f64 {
        value / self.most as f64 * self.rows as f64
    }
}

/// One cell; lines are counted from below.
fn cell(
    signs: &Signs,
    plot: &Burndown,
    scale: &Scale,
    column: usize,
    line: usize,
) -> (&'static str, Meaning) {
    let at = scale.time(column);
    let bottom = line as f64;
    let bar = |value: f64, meaning| {
        let filled = (scale.lines(value) - bottom).clamp(0.0, 1.0);
        let mut level = (filled * 8.0).round() as usize;
        if line == 0 && value > 0.0 {
            level = level.max(1);
        }
        (level > 0).then(|| (signs.levels[level - 1], meaning))
    };
    let wall = plot.closes.and_then(|closes| scale.column(closes)) == Some(column);
    let nothing = if wall {
        (signs.wall, Meaning::Waiting)
    } else {
        (" ", Meaning::Text)
    };
    if at <= plot.now {
        return bar(plot.at(at), Meaning::Bar).unwrap_or(nothing);
    }
    if let Some((low, high)) = plot.ahead(at) {
        let (low, high) = (scale.lines(low), scale.lines(high));
        let inside = high > bottom + 0.05 && low < bottom + 1.0;
        // Where it is done early and late alike there is nothing left to show.
        if inside && high > scale.lines(plot.stuck as f64) + 0.02 {
            return (signs.band, Meaning::Active);
        }
    }
    bar(plot.stuck as f64, Meaning::Bad).unwrap_or(nothing)
}

/// The line below, and the times under it.
fn axis(signs: &Signs, plot: &Burndown, scale: &Scale, label: usize) -> Vec<Vec<Span>> {
    let mut line: Vec<&str> = vec![signs.rule; scale.columns];
    let mut labels = String::new();
    for (column, said) in ticks(plot, scale) {
        line[column] = signs.tick;
        let used = labels.len();
        if column >= used && column + said.len() <= scale.columns {
            labels.push_str(&" ".repeat(column - used));
            labels.push_str(&said);
        }
    }
    if let Some(now) = scale.column(plot.now) {
        line[now] = signs.up;
    }
    let zero = format!("{:>label$} {}", "0", signs.corners[2]);
    vec![
        vec![(format!("{zero}{}", line.concat()), Meaning::Quiet)],
        vec![(format!("{}{labels}", " ".repeat(label + 2)), Meaning::Quiet)],
    ]
}

/// Round times, so far apart that their labels do not touch.
fn ticks(plot: &Burndown, scale: &Scale) -> Vec<(usize, String)> {
    use chrono::Offset;
    let whole = scale.to.since(scale.from).millis();
    let per_label = whole * LABEL_EVERY as i64 / scale.columns.max(1) as i64;
    let step = STEPS
        .into_iter()
        .map(|mins| mins * 60_000)
        .find(|step| *step >= per_label)
        .unwrap_or(per_label.max(1));
    let local = scale.from.to_chrono().with_timezone(&plot.zone);
    let offset = i64::from(local.offset().fix().local_minus_utc()) * 1_000;
    let first = (scale.from.millis() + offset).div_euclid(step) * step - offset;
    (0..)
        .map(|number| Time::from_millis(first + number * step))
        .skip_while(|at| *at < scale.from)
        .take_while(|at| *at <= scale.to)
        .filter_map(|at| Some((scale.column(at)?, ages::clock(at, plot.zone))))
        .collect()
}

fn key(signs: &Signs, plot: &Burndown) -> Vec<Span> {
    let mut key = vec![
        (format!("  {} ", signs.levels[7]), Meaning::Bar),
        ("left".into(), Meaning::Quiet),
        (format!("   {} ", signs.up), Meaning::Quiet),
        (
            format!("now {}", ages::clock(plot.now, plot.zone)),
            Meaning::Quiet,
        ),
    ];
    if plot.band.is_some() {
        key.push((format!("   {} ", signs.band), Meaning::Active));
        key.push(("at this pace".into(), Meaning::Quiet));
    }
    if plot.stuck > 0 {
        key.push((format!("   {} ", signs.levels[7]), Meaning::Bad));
        key.push(("needs a person".into(), Meaning::Quiet));
    }
    if let Some(closes) = plot.closes {
        let sign = if closes <= plot.end() {
            signs.wall
        } else {
            " "
        };
        key.push((format!("   {sign} "), Meaning::Waiting));
        key.push((
            format!("closes {}", ages::clock(closes, plot.zone)),
            Meaning::Quiet,
        ));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(&format!("2026-03-02T{text}:00Z")).unwrap()
    }

    fn plot(done: &[u64], left: u64) -> Burndown {
        let bucket = Length::from_mins(5);
        Burndown {
            began: at("21:00"),
            bucket,
            left: left_over_time(done, left),
            now: at("21:00").plus(bucket.times(done.len() as f64)),
            stuck: 0,
            band: None,
            closes: None,
            zone: chrono_tz::Tz::UTC,
        }
    }

    fn drawn(plot: &Burndown, wide: usize, high: usize) -> Vec<String> {
        draw(&Signs::UNICODE, plot, wide, high)
            .iter()
            .map(|line| line.iter().map(|(said, _)| said.as_str()).collect())
            .collect()
    }

    #[test]
    fn what_was_left_is_reckoned_back_from_now() {
        assert_eq!(left_over_time(&[], 7), [7]);
        assert_eq!(left_over_time(&[3, 0, 2], 5), [10, 7, 7, 5]);
    }

    #[test]
    fn the_past_falls_from_the_left_and_the_band_ends_where_it_is_said() {
        let mut plot = plot(&[10; 12], 60);
        plot.band = Some((at("22:30"), Some(at("23:00"))));
        let lines = drawn(&plot, 46, 11);
        assert!(lines[0].starts_with("180 │▇"), "{lines:#?}");
        assert!(lines[8].starts_with("  0 └"), "{lines:#?}");
        assert!(lines[9].contains("22:00"), "{lines:#?}");
        let bottom: Vec<char> = lines[7].chars().skip(5).collect();
        // Two hours in forty-one columns: half of them past, and the band runs to the end.
        assert!(bottom[..20].iter().all(|c| *c == '█'), "{lines:#?}");
        assert_eq!((bottom[25], bottom[33]), (' ', '░'), "{lines:#?}");
        assert!(bottom[39] == ' ' || bottom[39] == '░', "{lines:#?}");
    }

    #[test]
    fn nothing_and_one_moment_are_drawn_as_well() {
        for (done, left) in [(&[][..], 0), (&[], 5), (&[0], 0), (&[1], 0)] {
            let mut plot = plot(done, left);
            for wide in [1, 10, 40] {
                plot.closes = Some(at("21:20"));
                plot.band = Some((plot.now, None));
                assert!(!drawn(&plot, wide, 5).is_empty());
            }
        }
    }

    #[test]
    fn rows_that_need_a_person_stay_on_the_ground() {
        let mut plot = plot(&[10; 12], 40);
        plot.stuck = 40;
        plot.band = None;
        plot.closes = Some(at("23:00"));
        let lines = draw(&Signs::ASCII, &plot, 60, 10);
        let last = lines[6].last().unwrap();
        assert_eq!(last.1, Meaning::Bad, "{lines:?}");
        let text: String = lines
            .iter()
            .flatten()
            .map(|(said, _)| said.as_str())
            .collect();
        assert!(text.is_ascii(), "{text}");
    }

    proptest::proptest! {
        #[test]
        fn it_is_never_wider_than_asked(
            done in proptest::collection::vec(0_u64..500, 0..80),
            left in 0_u64..100_000,
            wide in 12_usize..200,
            high in 5_usize..40,
        ) {
            let mut plot = plot(&done, left);
            plot.stuck = left / 7;
            plot.band = Some((plot.now.plus(Length::from_mins(30)), Some(plot.now.plus(Length::from_hours(9)))));
            plot.closes = Some(at("23:00"));
            let lines = drawn(&plot, wide, high);
            proptest::prop_assert_eq!(lines.len(), high.max(5));
            // The key below may be cut by the screen; the chart itself is not. At the least it has seven columns of a
            // number, two of its frame and four of bars.
            for line in &lines[..lines.len() - 1] {
                proptest::prop_assert!(text::width(line) <= wide.max(13), "{}", line);
            }
        }
    }
}
