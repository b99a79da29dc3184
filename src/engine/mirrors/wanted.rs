//! What a mirror is to tell now, by the table.

use crate::engine::plan::stopped;
use crate::model::hash::sha256_hex;
use crate::model::row::RowId;
use crate::model::time::Span;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Mirror, MirrorList, WaveMembers};
use crate::store::{CheckState, MirrorRecord, StoreError, View};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Everything of one look.
pub(super) struct Wanted {
    /// What templates see as `lists`.
    pub lists: Json,
    /// What templates see as `waves`.
    pub waves: Json,
    /// Tells two wants apart. What is rendered may hold the time, so this is made of what the table says.
    pub hash: String,
    pub marks: Vec<Marks>,
    /// How the mirror stands on record.
    pub known: Option<MirrorRecord>,
    /// All sending is stopped.
    pub stopped: bool,
    /// Nobody asks there any more.
    pub over: bool,
}

/// How long a mirror is told on although its `until` is ok: what was believed before is believed for a while.
const GRACE: Span = Span::from_hours(24);

/// What one `marks` column lacks once the outside has taken what is told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub column: String,
    /// Listed, and not marked yet.
    pub mark: Vec<RowId>,
    /// Marked, and listed no more.
    pub clear: Vec<RowId>,
}

impl Wanted {
    pub fn look(view: &View<'_>, pipeline: &Pipeline, mirror: &Mirror) -> Result<Self, StoreError> {
        let over = is_over(view, mirror)?;
        let mut lists = Map::new();
        let mut marks = Vec::new();
        for list in mirror.lists.iter().filter(|_| !over) {
            let listed = view.listed(&list.column, &list.when)?;
            marks.extend(lacking(view, list, &listed)?);
            let values = listed.into_iter().map(|(_, value)| Json::String(value));
            lists.insert(list.name.clone(), values.collect());
        }
        let proven = proven(pipeline, &view.proven_waves()?);
        let (lists, waves) = (Json::Object(lists), json!({ "proven": proven }));
        let basis = json!([&lists, &waves, pipeline.settings_json()]).to_string();
        Ok(Self {
            hash: sha256_hex(basis.as_bytes()),
            lists,
            waves,
            marks,
            known: view.mirror(&mirror.name)?,
            stopped: stopped(view)?,
            over,
        })
    }
}

fn is_over(view: &View<'_>, mirror: &Mirror) -> Result<bool, StoreError> {
    let Some(until) = &mirror.until else {
        return Ok(false);
    };
    let since = view.check(until)?;
    let since = since.filter(|check| check.state == CheckState::Ok);
    Ok(since.is_some_and(|check| view.now().since(check.since) >= GRACE))
}

fn lacking(
    view: &View<'_>,
    list: &MirrorList,
    listed: &[(RowId, String)],
) -> Result<Option<Marks>, StoreError> {
    let Some(column) = &list.marks else {
        return Ok(None);
    };
    let marked = view.listed(column, "1")?;
    let marked: BTreeSet<RowId> = marked.into_iter().map(|(row, _)| row).collect();
    let listed: BTreeSet<RowId> = listed.iter().map(|(row, _)| *row).collect();
    Ok(Some(Marks {
        column: column.clone(),
        mark: listed.difference(&marked).copied().collect(),
        clear: marked.difference(&listed).copied().collect(),
    }))
}

/// The percentages of proven waves. One counts when every smaller one of its column is proven too: a percentage takes in
/// the rows of all waves below it.
fn proven(pipeline: &Pipeline, names: &[String]) -> Vec<u32> {
    let mut of: BTreeMap<&str, Vec<(u32, bool)>> = BTreeMap::new();
    for wave in &pipeline.waves {
        if let WaveMembers::Percent { column, percent } = &wave.members {
            let is_proven = names.contains(&wave.name);
            of.entry(column).or_default().push((*percent, is_proven));
        }
    }
    let mut proven = Vec::new();
    for waves in of.values_mut() {
        waves.sort_unstable();
        let first = waves.iter().take_while(|(_, is_proven)| *is_proven);
        proven.extend(first.map(|(percent, _)| *percent));
    }
    proven.sort_unstable();
    proven.dedup();
    proven
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
[columns]
serial = "text"
[[wave]]
name = "some"
percent = 10
column = "serial"
[[wave]]
name = "one"
percent = 1
column = "serial"
[[wave]]
name = "all"
percent = 100
column = "serial"
[[wave]]
name = "named"
[[stage]]
name = "send"
waves = true
[stage.gate]
"named" = "serial IS NOT NULL"
"#;

    #[test]
    fn a_percentage_is_proven_when_all_below_it_are() {
        let pipeline = parse("p.toml", FILE).unwrap_or_else(|found| panic!("{found:?}"));
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            proven(&pipeline, &names)
        };
        assert!(of(&[]).is_empty());
        assert_eq!(of(&["one", "named"]), [1]);
        assert!(of(&["some", "all"]).is_empty());
        assert_eq!(of(&["all", "one", "some"]), [1, 10, 100]);
    }
}
