//! What is believed, second by second.

use super::*;

/// A belief of a machine that runs, second by second.
struct Bench {
    belief: Belief,
    up: Duration,
    ahead: i64,
    tellers: bool,
}

impl Bench {
    fn new(tellers: bool) -> Self {
        let up = Duration::from_secs(1_000);
        Self {
            belief: Belief::new(up, up, Some(Time::from_millis(0))),
            up,
            ahead: 0,
            tellers,
        }
    }

    /// One look a second later; services are so far ahead of the engine's time.
    fn look(&mut self, services: &[Option<i64>]) -> Vec<Verdict> {
        self.up += Duration::from_secs(1);
        let sight = Sight {
            now: Time::from_millis(1_000_000_000_000 + self.up.as_millis() as i64),
            wall_ahead: self.ahead,
            up: self.up,
            awake: self.up,
            tellers: self.tellers,
            caught_up: true,
        };
        let words: Vec<Word> = services
            .iter()
            .enumerate()
            .map(|(at, ahead)| Word {
                who: format!("s{at}"),
                ahead: *ahead,
                at: self.up,
            })
            .collect();
        self.belief.look(&sight, &words)
    }

    fn believed() -> Self {
        let mut bench = Self::new(true);
        assert!(bench.look(&[Some(0)]).contains(&Verdict::GoOn(None)));
        bench
    }

    fn is_sure(&self) -> bool {
        self.belief.state == State::Sure
    }
}

const DAY: i64 = 86_400_000;

#[test]
fn a_start_is_believed_when_no_majority_of_services_says_otherwise() {
    for (services, sure) in [
        (&[][..], false),
        (&[None], false),
        (&[Some(60_000)], true),
        (&[Some(DAY)], false),
        (&[Some(0), Some(DAY)], true),
        (&[Some(0), Some(DAY), Some(DAY)], false),
    ] {
        let mut bench = Bench::new(true);
        bench.look(services);
        assert_eq!(bench.is_sure(), sure, "{services:?}");
    }
    let mut alone = Bench::new(false);
    alone.look(&[]);
    assert!(alone.is_sure(), "there is nobody to ask");
}

#[test]
fn services_that_never_date_their_answers_are_not_waited_for_for_ever() {
    let mut bench = Bench::new(true);
    let looks = (0..200).take_while(|_| {
        bench.look(&[None]);
        !bench.is_sure()
    });
    assert_eq!(looks.count(), 10);
}

#[test]
fn a_small_step_is_followed_unless_services_bear_out_the_count() {
    let mut bench = Bench::believed();
    bench.ahead = 20_000;
    assert_eq!(bench.look(&[Some(300)]), [], "the wall is wrong");
    assert_eq!(bench.belief.off, 20_000);
    let mut bench = Bench::believed();
    bench.ahead = -20_000;
    assert_eq!(bench.look(&[Some(-20_300)]), [Verdict::Set(-20_000)]);
    let mut bench = Bench::believed();
    bench.ahead = 20_000;
    let waits = (0..100).take_while(|_| bench.look(&[]).is_empty()).count();
    assert_eq!(waits, 60, "nobody answers");
}

#[test]
fn a_wall_that_services_agree_with_is_believed_after_a_jump() {
    let mut bench = Bench::believed();
    bench.ahead = DAY;
    assert!(matches!(
        bench.look(&[])[..],
        [Verdict::Halt { news: true, .. }]
    ));
    assert!(bench.belief.wonders());
    assert_eq!(bench.look(&[]), []);
    let verdicts = bench.look(&[Some(DAY + 400)]);
    assert!(matches!(
        verdicts[..],
        [Verdict::Set(DAY), Verdict::GoOn(Some(_))]
    ));
    assert!(bench.is_sure());
}

#[test]
fn services_that_come_to_differ_stop_an_engine_only_when_they_go_on_to() {
    let mut bench = Bench::believed();
    let looks = (0..100).take_while(|_| {
        bench.look(&[Some(-DAY)]);
        bench.is_sure()
    });
    assert_eq!(looks.count(), 30);
    bench.look(&[Some(0)]);
    assert!(bench.is_sure());
    bench.look(&[Some(-DAY)]);
    assert!(bench.belief.vouch() || bench.is_sure());
}

#[test]
fn an_operators_word_holds_against_services_until_the_next_jump() {
    let mut bench = Bench::new(true);
    bench.look(&[Some(DAY)]);
    assert!(!bench.is_sure());
    assert!(bench.belief.vouch());
    for _ in 0..100 {
        bench.look(&[Some(DAY)]);
    }
    assert!(bench.is_sure());
    assert!(!bench.belief.vouch(), "there is nothing to vouch for");
    bench.ahead = -DAY;
    bench.look(&[]);
    assert!(!bench.is_sure());
}
