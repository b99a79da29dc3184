//! The pipeline's checks, asked now and of nobody's record.

use crate::connectors::action::{CAREFUL, Finding, Registry};
use crate::engine::ask_outside;
use crate::model::clock::Clock;
use crate::pipeline::Pipeline;
use crate::pipeline::asking::Answer;
use crate::pipeline::definition::Check;
use std::collections::BTreeSet;

/// One finding for each check, in the file's order. There is no table here: what is asked of it, and what waits for it,
/// is the engine's to say.
pub(super) async fn ask_all(
    pipeline: &Pipeline,
    registry: &Registry,
    clock: &Clock,
) -> Vec<Finding> {
    let mut asked: Vec<(&Check, Option<Answer>)> = Vec::new();
    for check in &pipeline.checks {
        let answer = ask_outside(pipeline, registry, clock, check).await;
        asked.push((check, answer));
    }
    let is_ok = |(_, answer): &&(&Check, Option<Answer>)| {
        answer
            .as_ref()
            .is_some_and(|answer| answer.ok == Some(true))
    };
    let ok = asked.iter().filter(is_ok);
    let ok: BTreeSet<&str> = ok.map(|(check, _)| check.name.as_str()).collect();
    asked
        .iter()
        .map(|(check, answer)| finding(pipeline, check, answer.as_ref(), &ok))
        .collect()
}

fn finding(
    pipeline: &Pipeline,
    check: &Check,
    answer: Option<&Answer>,
    ok: &BTreeSet<&str>,
) -> Finding {
    let said = |ok, detail: String| Finding {
        subject: check.title.clone(),
        ok,
        detail,
    };
    let Some(answer) = answer else {
        return said(true, "asked of the table by the engine".into());
    };
    let found = match (answer.ok, answer.text.as_str()) {
        (Some(true), "") => "ok".to_owned(),
        (Some(_), text) => text.to_owned(),
        (None, text) => format!("could not be asked: {text}"),
    };
    if answer.ok == Some(true) {
        return said(true, found);
    }
    let found = match answer.advice.as_str() {
        "" => found,
        advice => format!("{found} — {advice}"),
    };
    let first: Vec<&str> = (check.after.iter())
        .filter(|name| !ok.contains(name.as_str()))
        .map(|name| {
            pipeline
                .check(name)
                .map_or(name.as_str(), |it| it.title.as_str())
        })
        .collect();
    if !first.is_empty() {
        let why = format!(
            "{CAREFUL}its turn comes after {}; now: {found}",
            first.join(" and ")
        );
        return said(true, why);
    }
    if check.once_all.is_some() {
        let subject = &pipeline.subject;
        let why = format!("{CAREFUL}its turn comes once every {subject} is so far; now: {found}");
        return said(true, why);
    }
    said(false, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::parse;

    const FILE: &str = r#"
name    = "p"
title   = "P"
subject = "thing"
key     = "serial"
[settings]
moved = false
[columns]
serial = "text"
[[check]]
name   = "good"
ok_if  = "true"
advice = "nothing"
[[check]]
name     = "bad"
ok_if    = "settings.moved"
evidence = "moved is {{ settings.moved }}"
advice   = "move it"
[[check]]
name   = "later"
ok_if  = "settings.moved"
after  = ["good", "bad"]
advice = "move it"
[[check]]
name     = "last"
ok_if    = "settings.moved"
once_all = "serial IS NOT NULL"
advice   = "move it"
[[check]]
name   = "rows"
no_row = "serial IS NULL"
advice = "name them"
[[check]]
name   = "lost"
ok_if  = "steps.look.found"
advice = "look"
[[check.step]]
name = "look"
call = "nobody.look"
"#;

    #[tokio::test]
    async fn each_is_asked_and_what_is_not_its_turn_is_no_failure() {
        let pipeline = parse("p.toml", FILE).unwrap_or_else(|found| panic!("{found:#?}"));
        let found = ask_all(&pipeline, &Registry::default(), &Clock::system()).await;
        let said: Vec<_> = found
            .iter()
            .map(|one| (one.ok, one.detail.as_str()))
            .collect();
        let later =
            "careful: its turn comes after Bad; now: it is not so that settings.moved — move it";
        let last = "careful: its turn comes once every thing is so far; now: it is not so that settings.moved — move it";
        let lost = "could not be asked: nobody.look needs [connectors.nobody], which is not in the configuration";
        assert_eq!(said[0], (true, "ok"));
        assert_eq!(said[1], (false, "moved is False — move it"));
        assert_eq!(said[2], (true, later));
        assert_eq!(said[3], (true, last));
        assert_eq!(said[4], (true, "asked of the table by the engine"));
        assert!(
            !said[5].0 && said[5].1.contains("nobody"),
            "{:?} not {lost}",
            said[5]
        );
    }
}
