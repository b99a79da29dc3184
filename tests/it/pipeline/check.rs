//! Each fault the checker knows, in files that have it.

use super::catalogue;
use drover::pipeline::{Finding, Severity, examine};
use drover::store::Judge;

pub(super) fn told(name: &str, text: &str) -> Vec<Finding> {
    examine(name, text, &catalogue(), &Judge::new().unwrap()).findings
}

/// A sound file of one intake and one stage, with more added to it.
pub(super) fn with(more: &str) -> String {
    let base = r#"
name = "t"
subject = "device"
key = "serial"
settings = { team = "Staging", soon = "10m", tries = 3 }
[columns]
serial = "text"
fleet_id = "integer"
asked_at = "time"
done_at = "time"
moved_at = "time"
ghost = "text"
list = "json"
[[intake]]
name = "heard"
webhook = { path = "heard" }
key = "{{ event.serial }}"
set = { fleet_id = "{{ event.id }}", asked_at = "{{ event.at }}" }
[[stage]]
name = "first"
gate = { "asked" = "asked_at IS NOT NULL", "not done" = "done_at IS NULL" }
set = { done_at = "{{ now }}" }
"#;
    format!("{base}{more}")
}

#[test]
fn the_samples_and_the_shipped_pipelines_are_sound() {
    let sample = include_str!("../../../src/pipeline/parse/sample.toml");
    let base = with("");
    let samples = [("base.toml", base.as_str()), ("sample.toml", sample)];
    for (name, text) in samples.into_iter().chain(drover::pipeline::SHIPPED) {
        let told: Vec<_> = told(name, text).iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}

/// What is added, and a part of the one line that is said about it.
const FAULTS: &[(&str, &str)] = &[
    // Checks
    (
        "[[check]]\nname='c'\nno_row='fleet_idd IS NULL'\nadvice='x'",
        "check c, no_row: no such column: fleet_idd  hint: did you mean \"fleet_id\"?",
    ),
    (
        "[[check]]\nname='c'\nno_row='asked_at < ago(:soon)'\nadvice='x'",
        "check c, no_row: `ago` may not be used here",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nonce_all='ghosts IS NULL'\nadvice='x'",
        "check c, once_all: no such column: ghosts  hint: did you mean \"ghost\"?",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\n[[check]]\nname='d'\nok_if='true'\nadvice='x'\nafter=['e']",
        "check d, after: there is no check \"e\"",
    ),
    (
        "[[check]]\nname='path'\nok_if='true'\nadvice='x'\n[[stage]]\nname='s'\nchecks=['paht']\ngate={a='asked_at IS NOT NULL'}\nset={asked_at='{{ now }}'}",
        "stage s, checks: there is no check \"paht\"  hint: did you mean \"path\"?",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\nafter=['c']",
        "check c, after: it comes after itself: c → c",
    ),
    (
        "[[check]]\nname='c'\nok_if='row.serial'\nadvice='x'",
        "check c, ok_if: `row.serial`: row is not known here",
    ),
    (
        "[[check]]\nname='c'\nno_row='fleet_id IS NULL'\nadvice='{{ steps.look.id }}'",
        "check c, advice: `steps.look.id`: steps is not known here",
    ),
    (
        "[[check]]\nname='c'\nok_if='steps.look.nosuch'\nadvice='x'\n[[check.step]]\nname='look'\ncall='fleet.get_host'\nwith={id=1}",
        "check c, ok_if: fleet.get_host answers no \"nosuch\"",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\n[[check.step]]\nname='look'\ncall='fleet.get_hots'\nwith={id=1}",
        "check c, step look, call: there is no action \"fleet.get_hots\"  hint: did you mean \"fleet.get_host\"?",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\n[[check.step]]\nname='move'\ncall='fleet.transfer_host'\nwith={host_id=1,team='x',serial='y'}",
        "check c, step: fleet.transfer_host changes something; a check may only read",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\n[[check.step]]\nname='look'\ncall='fleet.get_host'\nwith={id=1}\nwait_if='true'",
        "check c, step look, wait_if: a check never waits",
    ),
    (
        "[[check]]\nname='c'\nok_if='true'\nadvice='x'\n[[check.step]]\nname='look'\ncall='helper.look'\n[[helper]]\nname='look'\n[[helper.step]]\nname='host'\ncall='fleet.get_host'\nwith={id='{{ row.fleet_id }}'}",
        "check c, step look, call: the helper look reads row, and a check has none",
    ),
    // SQL
    (
        "[[stage]]\nname='s'\ngate={a='fleet_idd IS NULL'}\nset={fleet_id=1}",
        "gate, a: no such column: fleet_idd  hint: did you mean \"fleet_id\"?",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='fleet_id IS'}\nset={fleet_id=1}",
        "gate, a: near \")\": syntax error",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='asked_at < ago(:soon) AND fleet_id'}\nset={fleet_id=1}",
        "`ago` is only for a whole condition",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='fleet_id < ago(:soon)'}\nset={fleet_id=1}",
        "\"fleet_id\" is integer, and ago compares times",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='asked_at < ago(:tries)'}\nset={asked_at='{{ now }}'}",
        "the setting \"tries\" is 3, and ago needs a span",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='fleet_id = :taem'}\nset={fleet_id=1}",
        "there is no setting \"taem\"  hint: did you mean \"team\"?",
    ),
    (
        "[[phase]]\nname='p'\nwhen=\"asked_at < ago('1h')\"",
        "phase p, when: `ago` may not be used here",
    ),
    (
        "[[wave]]\nname='w'\nwhen='fleet_id = 1'",
        "wave w, when: no stage minds waves",
    ),
    (
        "[[wave]]\nname='w'\npercent=10\ncolumn='serial'",
        "wave w, percent: no stage minds waves",
    ),
    (
        "[[wave]]\nname='w'\nopens='2026-03-02T22:00:00+01:00'",
        "wave w, opens: no stage minds waves",
    ),
    // Calls
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.gethost'\nwith={id=1}",
        "there is no action \"fleet.gethost\"  hint: did you mean \"fleet.get_host\"?",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'",
        "fleet.get_host needs the input \"id\" (integer)",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id=1, udid='x'}",
        "fleet.get_host has no input \"udid\"",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id='seven'}",
        "\"id\" is integer, got \"seven\"",
    ),
    (
        "[[intake]]\nname='i'\nkey='{{ event.s }}'\npoll={call='fleet.refetch_host', with={id=1}, every='1m'}",
        "fleet.refetch_host changes something",
    ),
    (
        "[[intake]]\nname='i'\nkey='{{ event.s }}'\npoll={call='fleet.get_host', with={id=1}, every='1m'}",
        "answers no `items`",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='slack.post'\nwith={text='x'}\nwait_if='not result.ts'",
        "wait_if would call slack.post again",
    ),
    // Templates
    (
        "[[helper]]\nname='h'\noutput={a='{{ row.fleetid }}'}",
        "there is no column \"fleetid\"  hint: did you mean \"fleet_id\"?",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ steps.find.id }}'}",
        "there is no step \"find\" before this place",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id='{{ steps.b.id }}'}\n[[helper.step]]\nname='b'\ncall='fleet.get_host'\nwith={id=1}",
        "steps.b has not run yet",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id=1}\nfail_if='result.team != 1'",
        "fleet.get_host answers no \"team\", so that `result.team` is undefined",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ settings.taem }}'}",
        "there is no setting \"taem\"",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ event.x }}'}",
        "`event.x`: event is not known here  hint: it is known in intakes",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ item }}'}",
        "item is not known here",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ result.x }}'}",
        "result is not known here  hint: it is known in wait_if",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ input.txt }}'}\ninputs={text={type='text', required=false}}",
        "the helper h has no input \"txt\"  hint: did you mean \"text\"?",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ rows.x }}'}",
        "`rows` is not known  hint: did you mean \"row\"?",
    ),
    (
        "[[intake]]\nname='i'\nkey='{{ row.serial }}'\nwebhook={path='i'}",
        "row is not known here",
    ),
    (
        "[[helper]]\nname='h'\noutput={a='{{ steps.a.id }}'}\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id=1}\nwhen='row.serial'",
        "warning: helper h, output, a: steps.a.id may be undefined: the step may be skipped",
    ),
    // Columns
    (
        "[[stage]]\nname='s'\ngate={a='asked_at IS NOT NULL', b='moved_at IS NULL'}\nset={moved='{{ now }}', moved_at='{{ now }}'}",
        "there is no column \"moved\"",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='asked_at IS NOT NULL', b='moved_at IS NULL'}\nset={serial='x', moved_at='{{ now }}'}",
        "\"serial\" is the key",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='asked_at IS NOT NULL', b='moved_at IS NULL'}\nset={fleet_id='x', moved_at='{{ now }}'}",
        "\"fleet_id\" is integer, got \"x\"",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='ghost IS NULL', b='moved_at IS NULL'}\nset={moved_at='{{ now }}'}",
        "reads \"ghost\", which nothing writes",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='slack.post'\nwith={text='{{ row.ghost }}'}",
        "reads \"ghost\", which nothing writes: it is always null",
    ),
    (
        "[[intake]]\nname='i'\nkey='{{ event.s }}'\nwebhook={path='i'}\nkeep=['asked_at']",
        "keep names \"asked_at\", which this intake does not set",
    ),
    // Flow
    (
        "[[stage]]\nname='s'\ngate={a='moved_at IS NOT NULL'}\nset={moved_at='{{ now }}'}",
        "stage s: nothing can reach it: \"a\"",
    ),
    (
        "[[stage]]\nname='s'\ngate={a='asked_at IS NOT NULL'}\nset={moved_at='{{ now }}'}",
        "warning: stage s: its `set` writes no column its gate reads",
    ),
    (
        "[[intake]]\nname='i'\nkey='{{ event.s }}'\nwebhook={path='heard'}",
        "the path \"heard\" is already the intake heard's",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='helper.h'",
        "helper h: the helper calls itself: h → h",
    ),
    (
        "[[helper]]\nname='h'\n[[helper.step]]\nname='a'\ncall='fleet.get_host'\nwith={id=1}\nwait_if='not result.online'\nelse='a'",
        "`else` names \"a\", which is not an earlier step",
    ),
    (
        "[[ladder]]\nname='l'\nstuck={a='asked_at IS NOT NULL'}\nafter='h'\n[[helper]]\nname='h'\ninputs={x='text'}",
        "the helper h needs the input \"x\", and nobody gives it here",
    ),
    (
        "[[helper]]\nname='h'",
        "warning: helper h: nothing calls this helper",
    ),
];

#[test]
fn each_fault_is_found_where_it_stands() {
    each_is_found_alone(FAULTS);
}

/// Of each of these, added to a sound file, exactly its line is said.
pub(super) fn each_is_found_alone(faults: &[(&str, &str)]) {
    let before = with("").lines().count();
    let mut wrong = Vec::new();
    for (more, expected) in faults {
        let findings = told("t.toml", &with(more));
        let found = findings
            .iter()
            .find(|finding| finding.line > before && finding.to_string().contains(expected));
        // Nothing else is said, but that nobody calls the helper the example stands in.
        let others = findings
            .iter()
            .filter(|other| Some(*other) != found && !other.problem.starts_with("nothing calls"));
        if found.is_none() || others.count() > 0 {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            wrong.push(format!(
                "{more}\nexpected only: {expected}\ngot: {lines:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn mistakes_of_form_and_of_meaning_are_found_together() {
    let text = with(
        "[[stage]]\nname='s'\nparalel=3\ngate={a='fleet_idd IS NULL'}\nset={moved_at='{{ row.nope }}'}\n[[stage.step]]\nname='x'\ncall='fleet.nope'",
    );
    let findings = told("t.toml", &text);
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    assert_eq!(errors.count(), 4, "{findings:#?}");
    let lines: Vec<_> = findings.iter().map(|finding| finding.line).collect();
    assert!(lines.is_sorted());
}
