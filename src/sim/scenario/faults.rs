//! What is wrong with one service's answers; `wire` applies it.

use crate::model::random::Random;
use crate::model::time::Span;
use serde::Deserialize;

/// The faults of one service. All times are engine time. The default is a perfect, instant service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Median time to answer.
    pub p50: Span,
    /// 95th percentile of the time to answer; log-normal between the two.
    pub p95: Span,
    /// Share of requests answered 5xx with the service's own error body, nothing applied.
    pub errors: f64,
    /// Share of requests answered 502 or 504 with a proxy's HTML page, nothing applied.
    pub pages: f64,
    /// Share of requests answered 429, nothing applied.
    pub throttled: f64,
    /// What such a 429 says in `Retry-After`; zero: the header is left out.
    pub retry_after: Span,
    /// Requests per second taken before the rest gets 429; zero: no limit.
    pub per_second: f64,
    /// Share of mutating requests that are applied and whose answer is then cut off.
    pub cut: f64,
    /// Share of reads, within [`Faults::stale_for`] after a write, that show what was before.
    pub stale: f64,
    pub stale_for: Span,
    /// How long an access token lives; zero: for ever (`api/jamf.md` §1.1).
    pub token_life: Span,
    /// Share of tokens that are refused before their time.
    pub token_dies: f64,
    /// More parallel calls than this slow the service down and make it fail; zero: no such limit.
    pub parallel: usize,
    /// Bad hours of this night. Not part of the file: drawn from the troubles.
    #[serde(skip)]
    pub spells: Vec<Spell>,
}

/// A stretch of time in which the service is worse than usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    /// Counted from the moment the company opens for business.
    pub after: Span,
    pub lasts: Span,
    pub kind: SpellKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpellKind {
    /// Answers take `factor` times as long and `errors` of them fail.
    Slow { factor: f64, errors: f64 },
    /// Every request gets a proxy's 502 page.
    Down,
}

impl Faults {
    /// The spell under way, `since` after opening.
    pub fn spell(&self, since: Span) -> Option<SpellKind> {
        self.spells
            .iter()
            .find(|spell| {
                since >= spell.after && since.millis() < spell.after.millis() + spell.lasts.millis()
            })
            .map(|spell| spell.kind)
    }

    /// How long one answer takes, spells aside.
    pub fn latency(&self, random: &mut Random) -> Span {
        if self.p50 == Span::ZERO {
            return Span::ZERO;
        }
        // The 95th percentile of a log-normal lies 1.645 sigmas above the median.
        let median = self.p50.millis() as f64;
        let sigma = (self.p95.millis() as f64 / median).max(1.0).ln() / 1.645;
        let drawn = random.log_normal(median, sigma);
        Span::from_millis(drawn.min(30_000.0) as i64)
    }

    /// The names of the shares, for checking them.
    pub(super) fn shares(&self) -> [(&'static str, f64); 6] {
        [
            ("errors", self.errors),
            ("pages", self.pages),
            ("throttled", self.throttled),
            ("cut", self.cut),
            ("stale", self.stale),
            ("token_dies", self.token_dies),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spell_holds_from_its_start_until_its_end() {
        let faults = Faults {
            spells: vec![Spell {
                after: Span::from_mins(10),
                lasts: Span::from_mins(5),
                kind: SpellKind::Down,
            }],
            ..Faults::default()
        };
        assert_eq!(faults.spell(Span::from_mins(9)), None);
        assert_eq!(faults.spell(Span::from_mins(10)), Some(SpellKind::Down));
        assert_eq!(faults.spell(Span::from_mins(15)), None);
    }

    #[test]
    fn latency_has_the_stated_median_and_tail() {
        let faults = Faults {
            p50: Span::from_millis(250),
            p95: Span::from_millis(1_500),
            ..Faults::default()
        };
        let mut random = Random::seeded(1);
        let mut drawn: Vec<i64> = (0..4_000)
            .map(|_| faults.latency(&mut random).millis())
            .collect();
        drawn.sort_unstable();
        assert!((230..270).contains(&drawn[2_000]), "{}", drawn[2_000]);
        assert!((1_300..1_750).contains(&drawn[3_800]), "{}", drawn[3_800]);
    }
}
