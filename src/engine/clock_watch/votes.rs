//! What services say of the time, counted, and the sentences about it.

use super::belief::{AGREE, Sight};
use crate::model::machine::Word;
use crate::model::time::Span;
use std::time::Duration;

/// What services say of a time that is so far ahead of the count.
pub(super) struct Votes {
    agree: usize,
    disagree: usize,
    /// How far the middle one is from it, and to which side.
    pub(super) middle: i64,
    pub(super) middle_signed: i64,
}

impl Votes {
    pub(super) fn of(words: &[Word], ahead: i64) -> Self {
        let mut gaps: Vec<i64> = words
            .iter()
            .filter_map(|word| word.ahead)
            .map(|theirs| theirs - ahead)
            .collect();
        gaps.sort_unstable();
        let agree = gaps.iter().filter(|gap| gap.abs() <= AGREE).count();
        let middle_signed = gaps.get(gaps.len() / 2).copied().unwrap_or(0);
        Self {
            agree,
            disagree: gaps.len() - agree,
            middle: middle_signed.abs(),
            middle_signed,
        }
    }

    pub(super) fn confirms(&self) -> bool {
        self.agree > 0 && self.agree >= self.disagree
    }

    pub(super) fn refutes(&self) -> bool {
        self.disagree > self.agree
    }
}

/// Whether services are nearer to the count than to a wall that is so far ahead of it.
pub(super) fn bears_out_the_count(words: &[Word], wall: i64) -> bool {
    dated(words) && Votes::of(words, 0).middle <= Votes::of(words, wall).middle
}

pub(super) fn dated(words: &[Word]) -> bool {
    words.iter().any(|word| word.ahead.is_some())
}

pub(super) fn jump(by: i64, sight: &Sight) -> String {
    format!(
        "the machine's clock jumped by {} at {}; nothing is sent until services bear out one time or the other, or \
         `drover resume` says that the machine's clock ({}) is right",
        signed(by),
        sight.now,
        sight.wall()
    )
}

pub(super) fn differs(sight: &Sight, words: &[Word]) -> String {
    let apart = -Votes::of(words, sight.wall_ahead).middle_signed;
    format!(
        "the machine's clock is {} by that of {}: set it (`timedatectl`); nothing is sent until they agree, or `drover \
         resume` says that this clock is right",
        off(apart),
        who(words)
    )
}

pub(super) fn signed(by: i64) -> String {
    let sign = if by < 0 { '−' } else { '+' };
    format!("{sign}{}", about(by))
}

pub(super) fn off(ahead: i64) -> String {
    let side = if ahead < 0 { "behind" } else { "ahead" };
    format!("{} {side}", about(ahead))
}

/// To the second, and to the minute where that says enough.
fn about(by: i64) -> Span {
    let by = by.abs();
    let grain = if by < 600_000 { 1_000 } else { 60_000 };
    Span::from_millis((by + grain / 2) / grain * grain)
}

pub(super) fn who(words: &[Word]) -> String {
    let names = words.iter().filter(|word| word.ahead.is_some());
    let names: Vec<&str> = names.map(|word| word.who.as_str()).collect();
    names.join(" and ")
}

pub(super) fn span(of: Duration) -> Span {
    Span::from_millis(i64::try_from(of.as_millis()).unwrap_or(i64::MAX))
}
