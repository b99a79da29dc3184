//! Names within a file that must lead somewhere.

use crate::pipeline::asking;
use crate::pipeline::definition::{
    Act, Brake, Check, Mirror, Pipeline, Step, Target, Then, Wave, WaveMembers,
};
use crate::pipeline::finding::{Finding, Places, Report, hint};
use crate::pipeline::trial::{Trial, TrialOf};

pub(super) fn findings(pipeline: &Pipeline, places: &Places) -> Vec<Finding> {
    let mut names = Names {
        pipeline,
        report: Report::new(places),
    };
    names.stages();
    names.ladders();
    for helper in &pipeline.helpers {
        names.steps(&format!("helper.{}", helper.name), &helper.steps);
    }
    for brake in &pipeline.brakes {
        names.brake(brake);
    }
    for wave in &pipeline.waves {
        names.wave(wave);
    }
    for mirror in &pipeline.mirrors {
        names.mirror(mirror);
    }
    for act in &pipeline.acts {
        names.act(act);
    }
    for check in &pipeline.checks {
        names.check(check);
    }
    for trial in &pipeline.trials {
        names.trial(trial);
    }
    names.report.findings()
}

struct Names<'a> {
    pipeline: &'a Pipeline,
    report: Report<'a>,
}

impl<'a> Names<'a> {
    fn unknown(&mut self, subject: &str, noun: &str, name: &str, known: Vec<&'a str>) {
        if !name.is_empty() && !known.contains(&name) {
            let problem = format!("there is no {noun} \"{name}\"");
            self.report.error(subject, problem, hint(name, known));
        }
    }

    fn stages(&mut self) {
        for stage in &self.pipeline.stages {
            let subject = format!("stage.{}", stage.name);
            self.window(&subject, stage.window.as_deref());
            self.then(&format!("{subject}.then"), &stage.then);
            self.steps(&subject, &stage.steps);
            self.checks(&format!("{subject}.checks"), &stage.checks);
        }
    }

    fn checks(&mut self, subject: &str, names: &[String]) {
        let known: Vec<&str> = (self.pipeline.checks.iter())
            .map(|check| check.name.as_str())
            .collect();
        for name in names {
            self.unknown(subject, "check", name, known.clone());
        }
    }

    fn check(&mut self, check: &'a Check) {
        let subject = format!("check.{}", check.name);
        self.checks(&format!("{subject}.after"), &check.after);
        if let Some((steps, _)) = asking::outside(check) {
            self.steps(&subject, steps);
        }
        let mut path = vec![check.name.as_str()];
        if self.comes_back(check, &mut path) {
            let problem = format!("it comes after itself: {}", path.join(" → "));
            let hint = Some("take one of them out".into());
            self.report
                .error(&format!("{subject}.after"), problem, hint);
        }
    }

    /// Whether `after` leads from `from` back to the first of `path`, which then names the way.
    fn comes_back(&self, from: &'a Check, path: &mut Vec<&'a str>) -> bool {
        for name in &from.after {
            if path.first() == Some(&name.as_str()) {
                path.push(name);
                return true;
            }
            let next = self.pipeline.check(name);
            if let Some(next) = next.filter(|_| !path.contains(&name.as_str())) {
                path.push(name);
                if self.comes_back(next, path) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }

    fn ladders(&mut self) {
        for ladder in &self.pipeline.ladders {
            let subject = format!("ladder.{}", ladder.name);
            self.window(&subject, ladder.window.as_deref());
            self.then(&format!("{subject}.after"), &ladder.after);
            if !ladder.name.is_empty() && self.pipeline.stage(&ladder.name).is_some() {
                let problem = format!("\"{}\" is also the name of a stage", ladder.name);
                let hint = Some("stages and ladders share their names: give it another".into());
                self.report.error(&format!("{subject}.name"), problem, hint);
            }
            for (number, rung) in ladder.rungs.iter().enumerate() {
                self.call(&format!("{subject}.rung.{}", number + 1), &rung.step);
            }
        }
    }

    fn window(&mut self, subject: &str, window: Option<&str>) {
        let known = self.pipeline.windows.keys().map(String::as_str).collect();
        self.unknown(
            &format!("{subject}.window"),
            "window",
            window.unwrap_or_default(),
            known,
        );
    }

    fn helpers(&self) -> Vec<&'a str> {
        self.pipeline
            .helpers
            .iter()
            .map(|helper| helper.name.as_str())
            .collect()
    }

    fn then(&mut self, subject: &str, then: &Then) {
        if let Then::Helper(name) = then {
            let known = ["hold", "ticket", "page"]
                .into_iter()
                .chain(self.helpers())
                .collect();
            self.unknown(subject, "helper", name, known);
        }
    }

    fn steps(&mut self, subject: &str, steps: &[Step]) {
        for step in steps {
            let path = format!("{subject}.step.{}", step.name);
            self.call(&path, step);
            if let Some(name) = &step.else_step {
                let known = steps.iter().map(|step| step.name.as_str());
                if !known.clone().any(|known| known == name) {
                    let problem = format!("there is no step \"{name}\" here");
                    self.report
                        .error(&format!("{path}.else"), problem, hint(name, known));
                }
            }
        }
    }

    fn call(&mut self, subject: &str, step: &Step) {
        if let Target::Helper(name) = &step.call {
            let known = self.helpers();
            self.unknown(&format!("{subject}.call"), "helper", name, known);
        }
    }

    fn column(&mut self, subject: &str, column: &str) {
        let known = self
            .pipeline
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        self.unknown(subject, "column", column, known);
    }

    fn stage_names(&self) -> Vec<&'a str> {
        let stages = self.pipeline.stages.iter();
        stages.map(|stage| stage.name.as_str()).collect()
    }

    fn wave(&mut self, wave: &'a Wave) {
        let subject = format!("wave.{}", wave.name);
        if let WaveMembers::Percent { column, .. } = &wave.members {
            self.column(&format!("{subject}.column"), column);
        }
        if let Some((before, _)) = &wave.after {
            let waves = self.pipeline.waves.iter();
            let known = waves.map(|wave| wave.name.as_str()).collect();
            self.unknown(&format!("{subject}.after"), "wave", before, known);
        }
    }

    fn mirror(&mut self, mirror: &'a Mirror) {
        let checks = self.pipeline.checks.iter();
        let checks = checks.map(|check| check.name.as_str()).collect();
        let until = mirror.until.as_deref().unwrap_or_default();
        let subject = format!("mirror.{}.until", mirror.name);
        self.unknown(&subject, "check", until, checks);
        for list in &mirror.lists {
            let subject = format!("mirror.{}.lists.{}", mirror.name, list.name);
            self.column(&format!("{subject}.column"), &list.column);
            let marks = list.marks.as_deref().unwrap_or_default();
            self.column(&format!("{subject}.marks"), marks);
        }
    }

    fn act(&mut self, act: &'a Act) {
        let ladders = self.pipeline.ladders.iter();
        let ladders = ladders.map(|ladder| ladder.name.as_str());
        let known: Vec<&str> = self.stage_names().into_iter().chain(ladders).collect();
        for rule in &act.releases {
            let subject = format!("act.{}.releases", act.name);
            self.unknown(&subject, "stage or ladder", rule, known.clone());
        }
    }

    fn brake(&mut self, brake: &'a Brake) {
        let subject = format!("brake.{}", brake.name);
        let stages = self.stage_names();
        let stops = brake.stops.as_deref().unwrap_or_default();
        self.unknown(&format!("{subject}.stops"), "stage", stops, stages.clone());
        self.unknown(&format!("{subject}.stage"), "stage", &brake.stage, stages);
        for column in &brake.slice {
            self.column(&format!("{subject}.slice"), column);
        }
    }

    fn trial(&mut self, trial: &'a Trial) {
        let subject = format!("trial.{}", trial.name);
        let pipeline = self.pipeline;
        let (noun, known): (_, Vec<&str>) = match &trial.of {
            TrialOf::Stage(_) => (
                "stage",
                pipeline.stages.iter().map(|s| s.name.as_str()).collect(),
            ),
            TrialOf::Ladder(_) => (
                "ladder",
                pipeline.ladders.iter().map(|l| l.name.as_str()).collect(),
            ),
            TrialOf::Intake(_) => (
                "intake",
                pipeline.intakes.iter().map(|i| i.name.as_str()).collect(),
            ),
        };
        self.unknown(&format!("{subject}.{noun}"), noun, trial.of.name(), known);
        for (column, _) in &trial.row {
            self.column(&format!("{subject}.row.{column}"), column);
        }
        for (column, _) in &trial.expect.row {
            self.column(&format!("{subject}.expect.row.{column}"), column);
        }
        let settings: Vec<_> = pipeline
            .settings
            .iter()
            .map(|setting| setting.name.as_str())
            .collect();
        for name in trial.settings.keys() {
            self.unknown(
                &format!("{subject}.settings.{name}"),
                "setting",
                name,
                settings.clone(),
            );
        }
    }
}
