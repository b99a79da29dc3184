//! The screen of the services and of the intakes.

use super::hearing;
use super::listing::Listing;
use super::page::{Page, pad};
use super::pen::Span;
use crate::tui::data::{Heartbeat, Service, ServiceHealth, Topic};
use crate::tui::look::Meaning;
use crate::tui::outlook;
use crate::tui::state::{Pick, State};
use crate::tui::{ages, text};

/// Columns of the name and of what is said of it.
pub(super) const NAME: usize = 17;
const STATE: usize = 33;
/// The same where there is little room.
const STATE_NARROW: usize = 33;
/// Cells of the budget's bar.
const BAR: usize = 6;
/// Columns of the budget, the bar among them.
const BUDGET: usize = 21;
/// From so many columns on there is room for everything.
const ROOMY: usize = 120;
/// From so many columns on there is room for any number at all.
const NUMBERS: usize = 80;

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let mut listing = Listing {
        title: "services and intakes".into(),
        aside: aside(state),
        empty: "reading the store…".into(),
        ..Listing::default()
    };
    let Some(Topic::Services(topic)) = state.topic() else {
        return listing;
    };
    listing.empty =
        "the engine has not told of its services yet: start it with `drover run`".into();
    listing.heading = heading(wide);
    let services = topic.services.iter().flatten();
    for service in services.clone() {
        listing.lines.push(line(state, service, wide));
    }
    for hearing in &topic.intakes {
        listing.lines.push(hearing::line(state, hearing, wide));
    }
    let known = services.count();
    listing.detail = match pick.at.checked_sub(known) {
        None => topic
            .services
            .as_ref()
            .and_then(|all| all.get(pick.at))
            .map(|service| detail(state, service, wide)),
        Some(at) => topic
            .intakes
            .get(at)
            .map(|hearing| hearing::detail(state, hearing, wide)),
    }
    .unwrap_or_default();
    listing
}

/// How old all this is, when it is.
fn aside(state: &State) -> String {
    match state.data.heartbeat {
        Heartbeat::Lately => String::new(),
        Heartbeat::Silent(age) => format!(
            " as of {} ago, when the engine was last heard ",
            ages::short(age)
        ),
        Heartbeat::Never => " the engine was never heard ".into(),
    }
}

fn heading(wide: usize) -> Vec<Span> {
    let name = pad("Service", NAME);
    let said = if wide >= ROOMY {
        format!(
            "  {name}{}{:>8}  {:<BUDGET$}{:>9}{:>16}{:>8}",
            pad("", STATE),
            "a minute",
            "budget used",
            "in flight",
            "half / 99% ms",
            "failed"
        )
    } else if wide >= NUMBERS {
        format!(
            "  {name}{}{:>8}{:>9}{:>8}",
            pad("", STATE_NARROW),
            "a minute",
            "budget",
            "failed"
        )
    } else {
        format!("  {name}")
    };
    vec![(said, Meaning::Heading)]
}

fn line(state: &State, service: &Service, wide: usize) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let health = &service.health;
    let (sign, word, meaning) = standing(state, health);
    let fitted = |said: &str, most: usize| pad(&text::fit(said, most - 1, signs.cut), most);
    let mut line = vec![
        (format!("{sign} "), meaning),
        (fitted(&text::cell(&service.name), NAME), Meaning::Text),
    ];
    if wide < NUMBERS {
        let room = wide.saturating_sub(NAME + 4);
        line.push((text::fit(&word, room, signs.cut).into_owned(), meaning));
        return line;
    }
    let minute = format!("{:>8}", text::thousands(health.last_minute));
    let failed = match (health.recent, health.recent_failures) {
        (0, _) => signs.none.to_owned(),
        (_, 0) => "0%".into(),
        (all, failed) => match failed * 100 / all {
            0 => "<1%".into(),
            share => format!("{share}%"),
        },
    };
    let bad = if health.recent_failures > 0 {
        Meaning::Unusual
    } else {
        Meaning::Quiet
    };
    if wide < ROOMY {
        line.push((fitted(&word, STATE_NARROW), meaning));
        line.push((minute, Meaning::Text));
        let share = budget(health).map_or("no limit".into(), |(used, allowed)| {
            format!("{}%", percent(used, allowed))
        });
        line.push((format!("{share:>9}"), Meaning::Quiet));
        line.push((format!("{failed:>8}"), bad));
        return line;
    }
    line.push((fitted(&word, STATE), meaning));
    line.push((minute, Meaning::Text));
    line.push(("  ".into(), Meaning::Text));
    match budget(health) {
        Some((used, allowed)) => {
            let full = (percent(used, allowed) as usize * BAR)
                .div_ceil(100)
                .min(BAR);
            let said = format!(" {} of {}", text::thousands(used), text::thousands(allowed));
            line.push((signs.bar.repeat(full), Meaning::Bar));
            line.push((signs.bar_rest.repeat(BAR - full), Meaning::BarRest));
            line.push((pad(&said, BUDGET - BAR), Meaning::Quiet));
        }
        None => line.push((pad("no limit", BUDGET), Meaning::Quiet)),
    }
    let flight = match health.parallel {
        0 => health.in_flight.to_string(),
        most => format!("{} of {most}", health.in_flight),
    };
    line.push((format!("{flight:>9}"), Meaning::Text));
    let took = if health.calls == 0 {
        signs.none.to_owned()
    } else {
        format!(
            "{} / {}",
            text::thousands(health.p50_ms),
            text::thousands(health.p99_ms)
        )
    };
    line.push((format!("{took:>16}"), Meaning::Quiet));
    line.push((format!("{failed:>8}"), bad));
    line
}

/// Calls of the last minute, and how many of them the budget allows now.
fn budget(health: &ServiceHealth) -> Option<(u64, u64)> {
    let allowed = (health.rate_per_second * 60.0).round() as u64;
    (allowed > 0).then_some((health.last_minute, allowed))
}

fn percent(used: u64, allowed: u64) -> u64 {
    (used * 100 / allowed.max(1)).min(100)
}

/// How it stands, the gravest first.
fn standing(state: &State, health: &ServiceHealth) -> (&'static str, String, Meaning) {
    let signs = state.facts.look.signs;
    let zone = outlook::zone(state);
    if let Some(until) = health.limited_until.filter(|until| *until > state.now) {
        let said = format!(
            "limited until {} ({})",
            ages::clock_seconds(until, zone),
            ages::said(state.now, until)
        );
        return (signs.waiting, said, Meaning::Waiting);
    }
    if let Some(until) = health.shut_until.filter(|until| *until > state.now) {
        let said = format!("left alone; tried again {}", ages::said(state.now, until));
        return (signs.no, said, Meaning::Bad);
    }
    if health.fails() {
        let said = health.failing_since.map_or("failing".into(), |since| {
            format!(
                "failing since {} ({})",
                ages::clock(since, zone),
                ages::said(state.now, since)
            )
        });
        return (signs.no, said, Meaning::Bad);
    }
    if health.calls == 0 {
        return (signs.idle, "not used yet".into(), Meaning::Quiet);
    }
    if health.failures_in_a_row > 0 {
        let when = health.last_failure.as_ref().map_or(String::new(), |it| {
            format!(" {}", ages::said(state.now, it.at))
        });
        return (
            signs.warning,
            format!("up; a call failed{when}"),
            Meaning::Unusual,
        );
    }
    (signs.yes, "up".into(), Meaning::Done)
}

fn detail(state: &State, service: &Service, wide: usize) -> Vec<Vec<Span>> {
    let health = &service.health;
    let mut page = Page::default();
    let mut flow = |before: &str, said: &str, meaning| {
        page.flow(vec![(pad(before, 14), Meaning::Quiet)], said, meaning, wide);
    };
    let ago = |at| ages::said(state.now, at);
    if let Some(failure) = &health.last_failure {
        let said = format!("{}, {}", text::cell(&failure.text), ago(failure.at));
        flow(
            "last failure",
            &said,
            if health.failures_in_a_row > 0 {
                Meaning::Bad
            } else {
                Meaning::Text
            },
        );
    }
    if let Some(at) = health.last_success_at {
        flow("last success", &ago(at), Meaning::Text);
    }
    let (now, configured) = (health.rate_per_second, health.configured_per_second);
    if now > 0.0 {
        let said = if configured > now {
            format!(
                "{now:.1} calls a second, learned from the service; {configured:.1} are configured"
            )
        } else {
            format!("{now:.1} calls a second")
        };
        flow("budget", &said, Meaning::Text);
    }
    let calls = format!(
        "{} since the engine started, {} of them failed",
        text::count(health.calls as usize, "call"),
        text::thousands(health.failures)
    );
    flow("calls", &calls, Meaning::Text);
    let waits = waits(state, &service.rules);
    let said = if waits.is_empty() {
        "nothing".into()
    } else {
        waits.join(", ")
    };
    flow("waits for it", &said, Meaning::Text);
    if service.faults.is_empty() {
        flow("fails now", "nothing", Meaning::Text);
    }
    for (at, fault) in service.faults.iter().enumerate() {
        let rows = text::count(fault.rows as usize, &state.facts.shape.subject);
        let title = text::cell(state.facts.names.rule(&fault.rule)).into_owned();
        let said = format!(
            "{rows} in {title}, last {}: {}",
            ago(fault.last_at),
            text::cell(&fault.cause)
        );
        flow(if at == 0 { "fails now" } else { "" }, &said, Meaning::Bad);
    }
    page.lines
}

/// What stands in the queues of the stages that call it.
fn waits(state: &State, rules: &[String]) -> Vec<String> {
    let ours = state
        .data
        .counts
        .iter()
        .filter(|count| rules.contains(&count.rule));
    ours.filter_map(|count| {
        let rows = count.queued + count.running + count.waiting + count.backing_off;
        let title = text::cell(state.facts.names.rule(&count.rule));
        (rows > 0).then(|| format!("{} in {title}", text::thousands(rows)))
    })
    .collect()
}
