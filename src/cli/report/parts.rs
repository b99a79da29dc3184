//! The tables of a report.

use super::Part;
use crate::cli::status::Survey;

pub(super) fn parts(survey: &Survey) -> Vec<Part> {
    let mut parts = vec![
        phases(survey),
        queues(survey),
        parked(survey),
        faults(survey),
        attention(survey),
    ];
    if !survey.checks.is_empty() {
        parts.insert(2, checks(survey));
    }
    parts
}

fn checks(survey: &Survey) -> Part {
    let rows = survey.checks.iter().map(|check| {
        let since = check.standing.record.as_ref();
        vec![
            check.standing.title.clone(),
            check.word().to_owned(),
            since.map_or_else(String::new, |record| record.since.to_string()),
            check.said.clone(),
            check.keeps_back.join(", "),
        ]
    });
    Part {
        title: "Checks",
        titles: vec!["Name", "State", "Since", "Found", "Keeps back unless ok"],
        rows: rows.collect(),
    }
}

fn phases(survey: &Survey) -> Part {
    let rows = survey.phases.iter().map(|count| {
        let phase = count.phase.clone().unwrap_or_else(|| "no phase".into());
        vec![phase, count.rows.to_string()]
    });
    Part {
        title: "Phases",
        titles: vec!["Phase", "Rows"],
        rows: rows.collect(),
    }
}

fn queues(survey: &Survey) -> Part {
    let rows = survey.queues.iter().map(|queue| {
        let c = &queue.count;
        let state = if queue.on { "on" } else { "off" };
        let numbers = [
            c.queued,
            c.later,
            c.running,
            c.waiting,
            c.backing_off,
            c.held,
        ];
        let numbers = numbers.iter().map(ToString::to_string);
        [queue.title.clone(), state.to_owned()]
            .into_iter()
            .chain(numbers)
            .collect()
    });
    Part {
        title: "Stages and ladders",
        titles: vec![
            "Name",
            "Switch",
            "Queued",
            "Later",
            "Running",
            "Waiting",
            "Backing off",
            "Held",
        ],
        rows: rows.collect(),
    }
}

fn parked(survey: &Survey) -> Part {
    let rows = survey.parked.iter().map(|parked| {
        vec![
            parked.rows.to_string(),
            parked.rule.clone(),
            parked.reason.clone(),
            parked.owner.clone().unwrap_or_else(|| "nobody".into()),
            parked.example.clone(),
        ]
    });
    Part {
        title: "Parked",
        titles: vec!["Rows", "Rule", "Why", "Who has it", "For example"],
        rows: rows.collect(),
    }
}

fn faults(survey: &Survey) -> Part {
    let rows = survey.faults.iter().map(|fault| {
        vec![
            fault.rows.to_string(),
            fault.attempts.to_string(),
            fault.rule.clone(),
            format!("{}: {}", fault.kind, fault.cause),
            fault.first_at.to_string(),
            fault.last_at.to_string(),
        ]
    });
    Part {
        title: "Failures by cause",
        titles: vec!["Rows", "Attempts", "Rule", "Cause", "First", "Last"],
        rows: rows.collect(),
    }
}

fn attention(survey: &Survey) -> Part {
    Part {
        title: "Needs an operator",
        titles: vec!["What"],
        rows: survey
            .attention
            .iter()
            .map(|text| vec![text.clone()])
            .collect(),
    }
}
