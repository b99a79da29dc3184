//! The tables of a report.

use super::Part;
use super::standing::Standing;
use crate::cli::demo::standing::word;
use crate::cli::status::Survey;
use crate::engine::Left;
use crate::model::time::Time;
use crate::store::CheckRecord;

/// What a pipeline has none of is left out.
pub(super) fn parts(survey: &Survey, standing: &Standing) -> Vec<Part> {
    let mut parts = vec![phases(survey)];
    let own = [
        checks(survey),
        waves(standing),
        mirrors(standing),
        acts(standing),
    ];
    parts.extend(own.into_iter().filter(|part| !part.rows.is_empty()));
    parts.extend([
        queues(survey),
        parked(survey),
        faults(survey),
        attention(survey),
    ]);
    parts.extend(standing.stragglers.as_deref().map(stragglers));
    parts
}

fn checks(survey: &Survey) -> Part {
    let rows = survey.checks.iter().map(|check| {
        let record = check.standing.record.as_ref();
        let time =
            |of: fn(&CheckRecord) -> Time| record.map_or(String::new(), |one| of(one).to_string());
        vec![
            check.standing.title.clone(),
            check.word().to_owned(),
            time(|one| one.since),
            time(|one| one.at),
            check.said.clone(),
        ]
    });
    Part {
        title: "Checks",
        titles: vec!["Check", "State", "Since", "Asked last", "Found"],
        rows: rows.collect(),
    }
}

fn waves(standing: &Standing) -> Part {
    let rows = standing.waves.iter().map(|wave| {
        let settled = wave.settled.iter().filter(|(_, rows)| *rows > 0);
        let settled: Vec<String> = settled
            .map(|(title, rows)| format!("{rows} {title}"))
            .collect();
        let proven = wave.proven_at.map_or("not yet".into(), |at| at.to_string());
        vec![
            wave.wave.clone(),
            wave.rows.to_string(),
            settled.join(", "),
            wave.open.to_string(),
            proven,
        ]
    });
    Part {
        title: "Waves",
        titles: vec!["Wave", "Rows", "Settled", "Not settled", "Proven at"],
        rows: rows.collect(),
    }
}

fn mirrors(standing: &Standing) -> Part {
    let rows = standing.mirrors.iter().map(|mirror| {
        let told = mirror.told_at.map_or("never".into(), |at| at.to_string());
        let result = match mirror.text.as_str() {
            "" => mirror.result.to_string(),
            why => why.to_owned(),
        };
        vec![mirror.name.clone(), word(&mirror.state), told, result]
    });
    Part {
        title: "Told to the outside",
        titles: vec!["Mirror", "State", "Told last", "What"],
        rows: rows.collect(),
    }
}

fn acts(standing: &Standing) -> Part {
    let rows = standing.acts.iter().map(|act| {
        vec![
            act.at.to_string(),
            act.act.clone(),
            act.by.clone(),
            act.done.to_string(),
            act.not.to_string(),
            act.reason.clone(),
            act.which(),
        ]
    });
    Part {
        title: "Acts",
        titles: vec!["At", "Act", "Who", "Rows", "Not done", "Why", "Which"],
        rows: rows.collect(),
    }
}

/// Those a person has, then those nobody has yet.
fn stragglers(left: &[Left]) -> Part {
    let rows = left.iter().map(|left| {
        let owner = left.owner.clone().unwrap_or_else(|| "nobody yet".into());
        vec![
            left.key.clone(),
            left.phase.clone(),
            left.reason.clone(),
            owner,
        ]
    });
    Part {
        title: "Not complete",
        titles: vec!["Row", "Phase", "Why", "Who has it"],
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
