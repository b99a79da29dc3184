//! A user's own settings and windows, put over a file's.

use super::definition::{Pipeline, Setting, Window};
use super::finding::{Finding, Places, Report, hint};
use crate::model::time::Span;
use crate::model::value::{Value, ValueType};
use serde_json::Value as Json;
use std::collections::BTreeMap;

impl Pipeline {
    /// The pipeline with `settings` and `windows` in place of the file's. Findings name what is unknown or of the wrong
    /// type, as `setting.NAME` and `window.NAME`; whoever read the configuration knows its file and lines.
    pub fn apply(
        mut self,
        settings: &BTreeMap<String, Json>,
        windows: Vec<Window>,
    ) -> Result<Self, Vec<Finding>> {
        let places = Places::new("the configuration");
        let mut report = Report::new(&places);
        for (name, json) in settings {
            let subject = format!("setting.{name}");
            let known: Vec<_> = self
                .settings
                .iter()
                .map(|setting| setting.name.clone())
                .collect();
            match self
                .settings
                .iter_mut()
                .find(|setting| setting.name == *name)
            {
                None => {
                    let problem = format!("the pipeline {} has no setting \"{name}\"", self.name);
                    report.error(
                        &subject,
                        problem,
                        hint(name, known.iter().map(String::as_str)),
                    );
                }
                Some(setting) => match fitted(setting, json) {
                    Ok(value) => setting.value = value,
                    Err(problem) => report.error(&subject, problem, None),
                },
            }
        }
        for window in windows {
            let name = window.name.clone();
            if let Some(found) = self.windows.get_mut(&name) {
                *found = window;
            } else {
                let problem = format!("the pipeline {} has no window \"{name}\"", self.name);
                let known = self.windows.keys().map(String::as_str);
                report.error(&format!("window.{name}"), problem, hint(&name, known));
            }
        }
        match report.findings() {
            none if none.is_empty() => Ok(self),
            findings => Err(findings),
        }
    }
}

/// A user's value, which must be written in the setting's own type: `"3"` is no whole number here.
fn fitted(setting: &Setting, json: &Json) -> Result<Value, String> {
    let wrong = || {
        let shown = crate::model::text::clean_short(&json.to_string(), 60);
        format!("expected {}, got {shown}", said(setting.kind))
    };
    let value = match (setting.kind, json) {
        (ValueType::Text | ValueType::Time, Json::String(_))
        | (ValueType::Integer, Json::Number(_))
        | (ValueType::Boolean, Json::Bool(_)) => {
            Value::fit(setting.kind, json).map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    let span = |value: &Value| Span::parse(value.as_text().unwrap_or_default());
    match (span(&setting.value), span(&value)) {
        (Ok(_), Err(error)) => Err(error.to_string()),
        _ => Ok(value),
    }
}

fn said(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Text => "text",
        ValueType::Integer => "a whole number",
        ValueType::Boolean => "true or false",
        ValueType::Time => "an RFC 3339 time",
        ValueType::Json => "a table or list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FILE: &str = r#"
        name = "t"
        subject = "device"
        key = "serial"
        columns = { serial = "text" }
        settings = { team = "Staging", tries = 3, mark = true, stuck_after = "10m" }
        windows = { nightly = { days = "daily", from = "22:00", to = "05:00" } }
    "#;

    fn apply(settings: Json, windows: Vec<Window>) -> Result<Pipeline, Vec<Finding>> {
        let settings = settings.as_object().cloned().unwrap().into_iter().collect();
        super::super::parse("t.toml", FILE)
            .unwrap()
            .apply(&settings, windows)
    }

    #[test]
    fn a_users_values_take_the_place_of_the_files() {
        let window = Window::new("nightly", "sat", "20:00", "23:00", chrono_tz::Tz::UTC).unwrap();
        let settings = json!({"team": "Neu", "tries": 5, "mark": false, "stuck_after": "1h"});
        let pipeline = apply(settings.clone(), vec![window.clone()]).unwrap();
        assert_eq!(pipeline.settings_json(), settings);
        assert_eq!(pipeline.windows["nightly"], window);
    }

    #[test]
    fn every_value_that_does_not_fit_is_reported_with_what_would() {
        let window = Window::new("nigthly", "sat", "20:00", "23:00", chrono_tz::Tz::UTC).unwrap();
        let settings =
            json!({"taem": "Neu", "tries": "5", "mark": 1, "stuck_after": "soon", "team": 5});
        let told: Vec<_> = apply(settings, vec![window])
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect();
        for expected in [
            "setting taem: the pipeline t has no setting \"taem\"  hint: did you mean \"team\"?",
            "setting tries: expected a whole number, got \"5\"",
            "setting mark: expected true or false, got 1",
            "setting stuck_after: \"soon\" is not a span",
            "setting team: expected text, got 5",
            "window nigthly: the pipeline t has no window \"nigthly\"  hint: did you mean \"nightly\"?",
        ] {
            assert!(
                told.iter().any(|line| line.contains(expected)),
                "{expected}: {told:#?}"
            );
        }
        assert_eq!(told.len(), 6);
    }
}
