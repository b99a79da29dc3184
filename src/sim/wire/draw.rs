//! What happens to one call, drawn or arranged.

use super::hold::Hold;
use crate::model::hash::fnv1a32;
use crate::model::random::Random;
use crate::model::time::Span;
use crate::sim::scenario::{Faults, SpellKind};
use serde::{Deserialize, Serialize};

/// One way in which a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mishap {
    /// This status with the service's own error body; nothing applied.
    Status(u16),
    /// A proxy's page with this status; nothing applied.
    Page(u16),
    /// 429; nothing applied.
    Limited(RetryAfter),
    /// The connection ends without an answer; nothing applied.
    Lost,
    /// Applied, and the connection ends without an answer.
    AnswerCut,
    /// Applied, and a proxy's 502 page is the answer.
    AppliedThenPage,
    /// The connection ends at once; applied this much engine time later.
    AppliedLate(Span),
    /// Never answered, nothing applied: the caller has to give up.
    Hang,
    /// Applied, and never answered.
    AppliedThenHang,
    /// 200 with a sign-in page; nothing applied.
    LoginPage,
    /// 302 to a sign-in page; nothing applied.
    Redirect,
    /// Answered rightly, this much engine time later than usual.
    Slow(Span),
}

/// How a 429 says when to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    Seconds(u64),
    /// As an HTTP date this many seconds ahead.
    Date(u64),
    /// No header at all.
    Absent,
}

/// The rarer troubles of a connection, as shares of all calls; [`Faults`] has the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oddities {
    /// Cut before anything was applied.
    pub lost: f64,
    /// Applied, then answered by a proxy's 502 page.
    pub applied_page: f64,
    /// Cut at once, applied [`Oddities::late_by`] later.
    pub applied_late: f64,
    pub late_by: Span,
    /// Answered 200 with a sign-in page.
    pub login_page: f64,
    /// Never answered.
    pub hang: f64,
    /// Every second 429 states its moment as a date.
    pub dates: bool,
    /// The service's clock is this far ahead, as its `Date` header shows.
    pub clock_ahead: Span,
}

/// A mishap that a test wants at an exact place.
#[derive(Clone, Debug)]
pub struct Arranged {
    /// `GET`, `POST`, …; empty: any.
    pub method: &'static str,
    /// Part of the path; its end when a `$` stands last.
    pub path: String,
    /// Part of the body; empty: any.
    pub body: String,
    /// None: the call fares well.
    pub mishap: Option<Mishap>,
    /// Where the call stops until the test lets it go on.
    pub hold: Option<Hold>,
    /// How many calls it hits before it is used up.
    pub times: usize,
    /// How many matching calls pass unharmed before the first is hit.
    pub after: usize,
}

impl Arranged {
    /// Hits the next call of this method whose path contains `path`.
    pub fn next(method: &'static str, path: impl Into<String>, mishap: Mishap) -> Self {
        Self {
            method,
            path: path.into(),
            body: String::new(),
            mishap: Some(mishap),
            hold: None,
            times: 1,
            after: 0,
        }
    }

    /// As [`Arranged::next`], for a call that fares well.
    pub fn fair(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            mishap: None,
            ..Self::next(method, path, Mishap::Lost)
        }
    }

    /// Only a call whose body contains this.
    pub fn saying(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Stops the call there until [`Hold::release`].
    pub fn held(mut self, hold: &Hold) -> Self {
        self.hold = Some(hold.clone());
        self
    }

    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub fn after(mut self, after: usize) -> Self {
        self.after = after;
        self
    }
}

/// The first arrangement that this call meets; counts it.
pub(super) fn arranged(
    list: &mut Vec<Arranged>,
    method: &str,
    path: &str,
    body: &[u8],
) -> Option<Arranged> {
    let says = |part: &str| part.is_empty() || String::from_utf8_lossy(body).contains(part);
    let leads = |part: &str| match part.strip_suffix('$') {
        Some(end) => path.ends_with(end),
        None => path.contains(part),
    };
    let at = list.iter().position(|one| {
        let met = one.method.is_empty() || one.method == method;
        met && leads(&one.path) && says(&one.body)
    })?;
    let one = &mut list[at];
    if one.after > 0 {
        one.after -= 1;
        return None;
    }
    let met = one.clone();
    one.times = one.times.saturating_sub(1);
    if one.times == 0 {
        list.remove(at);
    }
    Some(met)
}

/// One call, as the draw sees it.
pub(super) struct Circumstances<'a> {
    pub(super) seed: u64,
    pub(super) service: &'static str,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// How many calls of this method and path came before.
    pub(super) nth: u64,
    /// Open requests, this one included.
    pub(super) open: usize,
    /// Since the service opened.
    pub(super) since: Span,
}

/// What the draw decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    pub(super) takes: Span,
    pub(super) mishap: Option<Mishap>,
    /// A read may show what was before.
    pub(super) stale: bool,
    pub(super) hold: Option<Hold>,
}

/// Draws from a stream that belongs to this very call, so that the same night replays whatever the order of arrival.
pub(super) fn draw(faults: &Faults, odd: &Oddities, call: &Circumstances<'_>) -> Drawn {
    let name = format!("{} {} {}", call.service, call.method, call.path);
    let mut random = Random::named(
        call.seed ^ (u64::from(fnv1a32(name.as_bytes())) << 20) ^ call.nth,
        call.service,
    );
    let mut takes = faults.latency(&mut random);
    let mut errors = faults.errors;
    if faults.parallel > 0 && call.open > faults.parallel {
        takes = takes.times((call.open as f64 / faults.parallel as f64).powi(2));
        errors = errors.max(0.1);
    }
    let spell = faults.spell(call.since);
    if let Some(SpellKind::Slow { factor, errors: e }) = spell {
        takes = takes.times(factor);
        errors = errors.max(e);
    }
    let at = random.unit();
    let (which, stale) = (random.u64(), random.chance(faults.stale));
    let mishap = if spell == Some(SpellKind::Down) {
        Some(Mishap::Page(502))
    } else {
        choose(faults, odd, errors, (at, which), call.method == "GET")
    };
    Drawn {
        takes,
        mishap,
        stale,
        hold: None,
    }
}

fn choose(
    faults: &Faults,
    odd: &Oddities,
    errors: f64,
    (at, which): (f64, u64),
    read: bool,
) -> Option<Mishap> {
    let even = which.is_multiple_of(2);
    let seconds = (faults.retry_after.millis() as u64).div_ceil(1_000);
    let limited = match (seconds, odd.dates && even) {
        (0, _) => RetryAfter::Absent,
        (seconds, true) => RetryAfter::Date(seconds),
        (seconds, false) => RetryAfter::Seconds(seconds),
    };
    let shares = [
        (errors, Mishap::Status(if even { 500 } else { 503 })),
        (faults.pages, Mishap::Page(if even { 502 } else { 504 })),
        (faults.throttled, Mishap::Limited(limited)),
        (if read { 0.0 } else { faults.cut }, Mishap::AnswerCut),
        (odd.lost, Mishap::Lost),
        (odd.applied_page, Mishap::AppliedThenPage),
        (odd.applied_late, Mishap::AppliedLate(odd.late_by)),
        (odd.login_page, Mishap::LoginPage),
        (odd.hang, Mishap::Hang),
    ];
    let mut reached = 0.0;
    shares.into_iter().find_map(|(share, mishap)| {
        reached += share;
        (at < reached).then_some(mishap)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(nth: u64) -> Circumstances<'static> {
        Circumstances {
            seed: 1,
            service: "jamf",
            method: "POST",
            path: "/x",
            nth,
            open: 1,
            since: Span::ZERO,
        }
    }

    #[test]
    fn the_shares_are_kept_and_the_draw_repeats() {
        let faults = Faults {
            errors: 0.1,
            cut: 0.2,
            ..Faults::default()
        };
        let odd = Oddities {
            hang: 0.05,
            ..Oddities::default()
        };
        let drawn: Vec<_> = (0..4_000)
            .map(|n| draw(&faults, &odd, &call(n)).mishap)
            .collect();
        let count = |wanted: fn(&Mishap) -> bool| {
            drawn.iter().flatten().filter(|m| wanted(m)).count() as f64 / 4_000.0
        };
        assert!((0.08..0.12).contains(&count(|m| matches!(m, Mishap::Status(_)))));
        assert!((0.17..0.23).contains(&count(|m| *m == Mishap::AnswerCut)));
        assert!((0.03..0.07).contains(&count(|m| *m == Mishap::Hang)));
        assert_eq!(draw(&faults, &odd, &call(7)), draw(&faults, &odd, &call(7)));
    }

    #[test]
    fn a_crowd_makes_answers_slower_and_worse() {
        let faults = Faults {
            p50: Span::from_millis(100),
            p95: Span::from_millis(100),
            parallel: 5,
            ..Faults::default()
        };
        let crowd = Circumstances {
            open: 10,
            ..call(1)
        };
        let (alone, crowded) = (
            draw(&faults, &Oddities::default(), &call(1)),
            draw(&faults, &Oddities::default(), &crowd),
        );
        assert_eq!(crowded.takes, alone.takes.times(4.0));
        let failed = (0..1_000)
            .filter(|n| {
                let crowd = Circumstances {
                    open: 10,
                    ..call(*n)
                };
                draw(&faults, &Oddities::default(), &crowd).mishap.is_some()
            })
            .count();
        assert!((60..140).contains(&failed), "{failed}");
    }

    #[test]
    fn an_arranged_mishap_hits_its_place_and_is_used_up() {
        let mut list = vec![
            Arranged::next("POST", "/remove", Mishap::Lost)
                .after(1)
                .times(2),
        ];
        let mut go =
            |method, path| arranged(&mut list, method, path, b"").and_then(|one| one.mishap);
        assert_eq!(go("GET", "/1/remove"), None);
        assert_eq!(go("POST", "/1/remove"), None, "the first passes");
        assert_eq!(go("POST", "/1/remove"), Some(Mishap::Lost));
        assert_eq!(go("POST", "/2/remove"), Some(Mishap::Lost));
        assert_eq!(go("POST", "/2/remove"), None);
    }

    #[test]
    fn an_arrangement_may_be_for_one_body_only() {
        let mut list = vec![Arranged::next("POST", "/run", Mishap::Lost).saying("\"host_id\":7,")];
        let mut go = |body: &str| arranged(&mut list, "POST", "/run", body.as_bytes()).is_some();
        assert!(!go("{\"host_id\":77,\"script_id\":1}"));
        assert!(go("{\"host_id\":7,\"script_id\":1}"));
        let mut list = vec![Arranged::fair("", "/hosts/7$")];
        let mut go = |path: &str| arranged(&mut list, "GET", path, b"").is_some();
        assert!(!go("/hosts/77") && !go("/hosts/7/refetch"));
        assert!(go("/api/hosts/7"));
    }
}
