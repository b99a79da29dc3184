//! `[control]`, `[messages]`, `[roles]` and `[windows.*]`.

use super::finding::nearest;
use super::section::Section;
use super::settings::{Config, Control, Messages, Roles, Route, WindowOverride};
use crate::engine::Ceilings;
use chrono::NaiveTime;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Default for Control {
    fn default() -> Self {
        Self {
            two_people_above: 50,
            heartbeat: None,
            group: None,
        }
    }
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            ticket: Route::Slack,
            page: Route::Slack,
        }
    }
}

pub(super) fn control(section: &Section<'_>) -> Control {
    let default = Control::default();
    let control = Control {
        two_people_above: section
            .whole("two_people_above", 0, u64::from(u32::MAX))
            .unwrap_or(default.two_people_above),
        heartbeat: section.parsed("heartbeat", |text| {
            let sound = text.starts_with("https://") || text.starts_with("http://127.0.0.1");
            if sound {
                Ok(text.to_owned())
            } else {
                Err(format!("\"{text}\" is no https:// address"))
            }
        }),
        group: section.text("group"),
    };
    section.finish(&[]);
    control
}

pub(super) fn ceilings(section: &Section<'_>) -> Ceilings {
    let default = Ceilings::default();
    let most = u64::from(u32::MAX);
    let ceilings = Ceilings {
        per_hour: section
            .whole("per_hour", 0, most)
            .unwrap_or(default.per_hour),
        per_night: section
            .whole("per_night", 0, most)
            .unwrap_or(default.per_night),
        per_row: section.whole("per_row", 1, most).unwrap_or(default.per_row),
    };
    section.finish(&[]);
    ceilings
}

/// Runs after the connectors: a route must lead somewhere.
pub(super) fn messages(section: &Section<'_>, config: &Config) -> Messages {
    let read = |key| {
        let route = section.parsed(key, |text| match text.split_once(':') {
            None if text == "slack" => Ok(Route::Slack),
            Some(("http", name)) => Ok(Route::Http(name.to_owned())),
            _ => Err(format!("\"{text}\" is neither \"slack\" nor \"http:NAME\"")),
        });
        let endpoints = config.http.as_ref().map(|http| &http.endpoints);
        match &route {
            Some(Route::Http(name)) if !endpoints.is_some_and(|all| all.contains_key(name)) => {
                let hint = endpoints
                    .and_then(|all| nearest(name, all.keys().map(String::as_str)))
                    .map_or(String::new(), |near| {
                        format!("; did you mean \"http:{near}\"?")
                    });
                section.report(
                    key,
                    format!("needs [connectors.http.{name}] with a url{hint}"),
                );
            }
            _ => {}
        }
        route
    };
    let default = Messages::default();
    let messages = Messages {
        ticket: read("ticket").unwrap_or(default.ticket),
        page: read("page").unwrap_or(default.page),
    };
    section.finish(&[]);
    messages
}

pub(super) fn roles(section: &Section<'_>) -> Roles {
    let read = |key| {
        let names = section.texts(key).unwrap_or_default();
        if names
            .iter()
            .any(|name| name.trim_start_matches('@').trim().is_empty())
        {
            section.report(
                key,
                "holds an empty name; write a user, or a group as \"@group\"",
            );
        }
        names
    };
    let roles = Roles {
        observer: read("observer"),
        operator: read("operator"),
        approver: read("approver"),
        shared: read("shared"),
    };
    section.finish(&[]);
    roles
}

pub(super) fn window(section: &Section<'_>) -> WindowOverride {
    let window = WindowOverride {
        days: section.parsed("days", days),
        from: section.parsed("from", moment),
        to: section.parsed("to", moment),
        timezone: section.parsed("timezone", |text| {
            text.parse::<chrono_tz::Tz>().map_err(|_| {
                let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
                match nearest_zone(text, names) {
                    Some(near) => format!("no such time zone; did you mean \"{near}\"?"),
                    None => "no such time zone; write one such as \"Europe/Berlin\"".into(),
                }
            })
        }),
    };
    if window.from.is_some() && window.from == window.to {
        section.report("to", "the window closes when it opens; for a whole day write from = \"00:00\" and to = \"23:59\"");
    }
    section.finish(&[]);
    window
}

fn nearest_zone<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let city = |name: &str| {
        name.rsplit('/')
            .next()
            .unwrap_or(name)
            .to_ascii_lowercase()
            .replace(' ', "_")
    };
    let wanted = city(text);
    names
        .map(|name| (strsim::damerau_levenshtein(&wanted, &city(name)), name))
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn moment(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| format!("\"{text}\" is not a time of day such as 22:00"))
}

/// `mon-fri`, `sat,sun`, `fri-mon` or `daily`.
fn days(text: &str) -> Result<[bool; 7], String> {
    if text == "daily" {
        return Ok([true; 7]);
    }
    let day = |word: &str| {
        let word = word.trim().to_ascii_lowercase();
        DAYS.iter().position(|day| *day == word).ok_or_else(|| {
            format!("\"{word}\" is not a day; write mon, tue, wed, thu, fri, sat or sun, as in mon-fri or sat,sun")
        })
    };
    let mut chosen = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let length = (last + 7 - first) % 7;
        for step in 0..=length {
            chosen[(first + step) % 7] = true;
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("mon-fri", "1111100"),
            ("sat,sun", "0000011"),
            ("Fri-Mon", "1000111"),
            ("wed", "0010000"),
            ("daily", "1111111"),
        ] {
            let chosen: String = days(text)
                .unwrap()
                .iter()
                .map(|on| if *on { '1' } else { '0' })
                .collect();
            assert_eq!(chosen, expected, "{text}");
        }
        assert!(days("monday").is_err());
        assert!(days("").is_err());
    }
}
