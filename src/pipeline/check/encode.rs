//! Values put into the middle of a language: a URL, a script. A device's name is its owner's to choose.

use super::run::Checker;
use crate::pipeline::template::Template;
use serde_json::Value as Json;

/// Inputs that are texts in a language of their own, and the filter that keeps a value a value there.
const LANGUAGES: [(&str, &str, &str); 2] = [
    ("fleet.run_script", "contents", "sh"),
    ("http.request", "url", "url"),
];

impl Checker<'_> {
    /// Says where a value goes into a script or a URL as it is.
    pub(super) fn encoded(&mut self, path: &str, action: &str, with: &[(String, Template)]) {
        for (name, template) in with {
            let language = LANGUAGES
                .iter()
                .find(|(of, input, _)| *of == action && input == name);
            let (Some((_, _, filter)), Json::String(text)) = (language, &template.source) else {
                continue;
            };
            for bare in bare(text, filter) {
                let shown = crate::model::text::clean_short(bare, 60);
                let problem = format!(
                    "{{{{ {shown} }}}} goes into \"{name}\" as it is: whoever chooses that value could write there what is run or called"
                );
                let hint = format!("write {{{{ {shown} | {filter} }}}}");
                let subject = format!("{path}.with.{name}");
                self.report.error(&subject, problem, Some(hint));
            }
        }
    }
}

/// The expressions in a text that do not end with the filter. Settings are the operator's own; and a text that is one
/// expression is a whole URL, which the allow-list judges.
fn bare<'a>(text: &'a str, filter: &str) -> Vec<&'a str> {
    let text = text.trim();
    let expressions: Vec<&str> = text
        .split("{{")
        .skip(1)
        .filter_map(|part| part.split("}}").next())
        .map(|inside| inside.trim_matches(['-', '+']).trim())
        .collect();
    let alone = expressions.len() == 1 && text.starts_with("{{") && text.ends_with("}}");
    let fine = |inside: &&str| {
        let last = inside.rsplit('|').next().unwrap_or_default().trim();
        let filtered = inside.contains('|') && last == filter;
        let own = inside.starts_with("settings.") && !inside.contains(['~', '+']);
        let whole = alone && (filter == "url" || inside.starts_with("input."));
        filtered || own || whole
    };
    expressions
        .into_iter()
        .filter(|inside| !fine(inside))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encoded_values_may_stand_inside_a_script_or_url() {
        for (text, filter, found) in [
            ("echo {{ row.name }}", "sh", 1),
            ("echo {{ row.name | sh }} {{row.other|sh}}", "sh", 0),
            ("echo {{ row.name | sh | upper }}", "sh", 1),
            ("echo {{ settings.folder }}", "sh", 0),
            ("echo {{ settings.folder ~ row.name }}", "sh", 1),
            ("{{ row.script }}", "sh", 1),
            ("{{ input.script }}", "sh", 0),
            ("{{ event.url }}", "url", 0),
            ("https://a.example/{{ row.name }}", "url", 1),
            (
                "https://a.example/{{ row.name | url }}?n={{ row.n | url }}",
                "url",
                0,
            ),
            ("https://a.example/x", "url", 0),
        ] {
            assert_eq!(bare(text, filter).len(), found, "{text}");
        }
    }
}
