//! Old and new names side by side, as servers from 4.82 on answer (`api/fleet.md` §2).

use serde_json::{Map, Value as Json};

const SCALARS: [(&str, &str); 2] = [("team_id", "fleet_id"), ("team_name", "fleet_name")];
const CONTAINERS: [(&str, &str); 3] = [
    ("teams", "fleets"),
    ("team", "fleet"),
    ("available_teams", "available_fleets"),
];

/// Repeats every renamed key under its new name, at the end of its object. A renamed container keeps its old inner names
/// under the old key and has the new ones under the new key.
pub(super) fn both(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(both).collect(),
        Json::Object(map) => Json::Object(both_in(map)),
        other => other,
    }
}

fn both_in(map: Map<String, Json>) -> Map<String, Json> {
    let mut whole = Map::with_capacity(map.len() + 2);
    let mut added = Map::new();
    for (key, value) in map {
        let renamed = |table: &[(&str, &'static str)]| {
            table
                .iter()
                .find(|(old, _)| *old == key)
                .map(|(_, new)| *new)
        };
        if let Some(new) = renamed(&CONTAINERS) {
            added.insert(new.to_owned(), rename(value.clone()));
            whole.insert(key, value);
        } else {
            if let Some(new) = renamed(&SCALARS) {
                added.insert(new.to_owned(), value.clone());
            }
            whole.insert(key, both(value));
        }
    }
    whole.extend(added);
    whole
}

fn rename(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(rename).collect(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, value)| {
                let new = SCALARS
                    .iter()
                    .chain(&CONTAINERS)
                    .find(|(old, _)| *old == key)
                    .map_or(key.clone(), |(_, new)| (*new).to_owned());
                (new, rename(value))
            })
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_repeated_and_containers_come_twice() {
        let host = both(json!({"id": 1, "team_id": 3, "team_name": "A", "mdm": {}}));
        assert_eq!(
            host.to_string(),
            r#"{"id":1,"team_id":3,"team_name":"A","mdm":{},"fleet_id":3,"fleet_name":"A"}"#
        );
        let teams = both(json!({"teams": [{"id": 1, "secrets": [{"team_id": 1}]}]}));
        assert_eq!(
            teams.to_string(),
            r#"{"teams":[{"id":1,"secrets":[{"team_id":1}]}],"fleets":[{"id":1,"secrets":[{"fleet_id":1}]}]}"#
        );
    }
}
