//! What a check asks next, and what it came to.
//!
//! As with a stage's steps nothing is kept here: the same records asked again give the same answer. The engine and
//! `drover check` make the calls.

use super::Pipeline;
use super::definition::{Asks, Check, Retry, Step};
use super::template::{Context, Expression, Template, TemplateError};
use super::walk::{self, Next, NextCall, Record, Unit};
use crate::model::text::clean_short;
use crate::model::time::{Span, Time};

/// In characters: nobody reads more.
const LONGEST: usize = 800;

/// A check is asked again in any case, so no read of it is repeated at once.
const ONCE: Retry = Retry {
    attempts: 1,
    wait: Span::ZERO,
    factor: 1.0,
    most: Span::ZERO,
    on: None,
};

/// What comes next of a check that asks the outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Asking {
    Call(NextCall),
    Answered(Answer),
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `None`: it could not be asked.
    pub ok: Option<bool>,
    /// What was found, or why it could not be asked.
    pub text: String,
    /// What to change; empty when it is ok.
    pub advice: String,
}

/// What to ask next, with everything asked so far, oldest first.
pub fn next(
    pipeline: &Pipeline,
    check: &Check,
    (steps, ok_if): (&[Step], &Expression),
    records: &[Record],
    now: Time,
) -> Asking {
    let unit = Unit {
        pipeline,
        steps,
        set: &[],
        notify: None,
        retry: &ONCE,
        number: 1,
    };
    let (context, stop) = walk::results(unit, records, now);
    let why = match stop.map(|stop| *stop) {
        Some(Next::Call(call)) => return Asking::Call(call),
        Some(Next::Fail { fault, .. }) => fault.to_string(),
        Some(Next::Wait { at, .. }) => {
            format!("step {at} would wait, and a check is asked anew instead")
        }
        Some(Next::Done { .. }) | None => {
            return Asking::Answered(match ok_if.holds(&context) {
                Ok(true) => good(check, &context),
                Ok(false) => bad(check, &context, || {
                    format!("it is not so that {}", ok_if.source)
                }),
                Err(error) => unknown(check, &context, &format!("ok_if: {error}")),
            });
        }
    };
    Asking::Answered(unknown(check, &context, &why))
}

/// What a check of the table comes to when `meet` of `all` rows meet what none should.
pub fn counted(pipeline: &Pipeline, check: &Check, (meet, all): (u64, u64), now: Time) -> Answer {
    let context = Context {
        settings: pipeline.settings_json(),
        now: Some(now),
        ..Context::default()
    };
    let rows = many(all, &pipeline.subject);
    if meet == 0 {
        let mut answer = good(check, &context);
        if answer.text.is_empty() {
            answer.text = format!("none of {rows}");
        }
        return answer;
    }
    bad(check, &context, || format!("{meet} of {rows}"))
}

/// Why a check is not due, when rows must meet something first and not all do.
pub fn not_yet(pipeline: &Pipeline, (meet, all): (u64, u64)) -> Option<String> {
    if all == 0 {
        return Some(format!("there is no {} yet", pipeline.subject));
    }
    let left = all - meet.min(all);
    (left > 0).then(|| format!("{left} of {} not yet", many(all, &pipeline.subject)))
}

/// What a check of the outside asks; `None` for one of the table.
pub fn outside(check: &Check) -> Option<(&[Step], &Expression)> {
    match &check.asks {
        Asks::Outside { steps, ok_if } => Some((steps, ok_if)),
        Asks::NoRow(_) => None,
    }
}

fn many(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

fn good(check: &Check, context: &Context) -> Answer {
    match evidence(check, context) {
        Ok(text) => Answer {
            ok: Some(true),
            text: text.unwrap_or_default(),
            advice: String::new(),
        },
        Err(error) => unknown(check, context, &format!("evidence: {error}")),
    }
}

fn bad(check: &Check, context: &Context, plain: impl FnOnce() -> String) -> Answer {
    match evidence(check, context) {
        Ok(text) => Answer {
            ok: Some(false),
            text: text.unwrap_or_else(|| clean_short(&plain(), LONGEST)),
            // That it failed is known; what cannot be said of it is not worth hiding that.
            advice: advice(check, context)
                .unwrap_or_else(|error| format!("its advice cannot be written: {error}")),
        },
        Err(error) => unknown(check, context, &format!("evidence: {error}")),
    }
}

fn unknown(check: &Check, context: &Context, why: &str) -> Answer {
    Answer {
        ok: None,
        text: clean_short(why, LONGEST),
        advice: advice(check, context).unwrap_or_default(),
    }
}

fn evidence(check: &Check, context: &Context) -> Result<Option<String>, TemplateError> {
    let template = check.evidence.as_ref();
    template
        .map(|template| rendered(template, context))
        .transpose()
}

fn advice(check: &Check, context: &Context) -> Result<String, TemplateError> {
    rendered(&check.advice, context)
}

fn rendered(template: &Template, context: &Context) -> Result<String, TemplateError> {
    let text = template.render_text(context)?;
    Ok(clean_short(text.trim(), LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::{Fault, FaultKind};
    use crate::pipeline::parse;
    use serde_json::{Value as Json, json};

    const FILE: &str = r#"
name    = "p"
title   = "P"
subject = "thing"
key     = "serial"
[settings]
wanted = "10.0.0.9"
[columns]
serial = "text"
[[check]]
name = "names"
ok_if = "steps.old.error is not defined and settings.wanted in steps.old.answers"
evidence = "answers {{ steps.old.answers | default(['nothing']) | join(', ') }}"
advice = "let the name point to {{ settings.wanted }}"
[[check.step]]
name = "old"
call = "dns.resolve"
with = { name = "mdm.example" }
on_error = "continue"
[[check]]
name = "certificate"
ok_if = "steps.look.days > 7"
advice = "renew {{ steps.look.subject }}"
[[check.step]]
name = "look"
call = "tls.look"
[[check]]
name = "settled"
no_row = "serial IS NULL"
advice = "settle them"
"#;

    fn pipeline() -> Pipeline {
        parse("p.toml", FILE).unwrap_or_else(|found| panic!("{found:#?}"))
    }

    fn ask(check: &str, end: Option<Result<Json, Fault>>) -> Asking {
        let pipeline = pipeline();
        let check = pipeline.check(check).unwrap();
        let outside = outside(check).unwrap();
        let record = |end| Record {
            path: outside.0[0].name.clone(),
            item: None,
            end,
            started_at: Time::from_millis(0),
        };
        let records: Vec<_> = end.into_iter().map(record).collect();
        next(&pipeline, check, outside, &records, Time::from_millis(1))
    }

    fn answered(check: &str, end: Result<Json, Fault>) -> (Option<bool>, String, String) {
        match ask(check, Some(end)) {
            Asking::Answered(answer) => (answer.ok, answer.text, answer.advice),
            Asking::Call(call) => panic!("{call:?}"),
        }
    }

    #[test]
    fn its_reads_are_asked_in_their_order_and_then_it_is_judged() {
        let Asking::Call(call) = ask("names", None) else {
            panic!("it must ask first");
        };
        assert_eq!(
            (call.action.as_str(), call.path.as_str()),
            ("dns.resolve", "old")
        );
        assert_eq!(call.input["name"], "mdm.example");
        let here = answered("names", Ok(json!({ "answers": ["10.0.0.9"] })));
        assert_eq!(here, (Some(true), "answers 10.0.0.9".into(), String::new()));
        let there = answered("names", Ok(json!({ "answers": ["10.0.0.1"] })));
        let advice = "let the name point to 10.0.0.9";
        assert_eq!(
            there,
            (Some(false), "answers 10.0.0.1".into(), advice.into())
        );
    }

    #[test]
    fn a_read_that_may_fail_counts_as_what_it_said_and_another_makes_it_unknown() {
        let fault = || Err(Fault::new(FaultKind::Timeout, "no answer"));
        let (ok, text, _) = answered("names", fault());
        assert_eq!((ok, text.as_str()), (Some(false), "answers nothing"));
        let (ok, text, advice) = answered("certificate", fault());
        assert_eq!(ok, None);
        assert!(text.contains("no answer"), "{text}");
        assert_eq!(advice, "", "it needs what was not read");
    }

    #[test]
    fn what_cannot_be_judged_or_said_is_no_crash() {
        let (ok, text, _) = answered("certificate", Ok(json!({})));
        assert_eq!(ok, None);
        assert!(text.starts_with("ok_if: "), "{text}");
        let (ok, text, advice) = answered("certificate", Ok(json!({ "days": 3 })));
        assert_eq!(ok, Some(false));
        assert_eq!(text, "it is not so that steps.look.days > 7");
        assert!(
            advice.starts_with("its advice cannot be written: "),
            "{advice}"
        );
        let hostile = json!({ "answers": ["a\u{1b}[2J", "b\n"] });
        let (_, text, _) = answered("names", Ok(hostile));
        assert!(!text.contains(char::is_control), "{text:?}");
    }

    #[test]
    fn the_table_is_counted() {
        let pipeline = pipeline();
        let check = pipeline.check("settled").unwrap();
        let now = Time::from_millis(0);
        let none = counted(&pipeline, check, (0, 9), now);
        assert_eq!(
            (none.ok, none.text.as_str()),
            (Some(true), "none of 9 things")
        );
        let some = counted(&pipeline, check, (2, 9), now);
        assert_eq!(
            (some.ok, some.text.as_str()),
            (Some(false), "2 of 9 things")
        );
        assert_eq!(some.advice, "settle them");
        let yet = |met| not_yet(&pipeline, met);
        assert_eq!(yet((0, 0)).unwrap(), "there is no thing yet");
        assert_eq!(yet((4, 9)).unwrap(), "5 of 9 things not yet");
        assert_eq!(yet((9, 9)), None);
    }
}
