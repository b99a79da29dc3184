//! Failures grouped by cause, and who is behind the chosen one.

use super::search::Search;
use super::telling::telling;
use crate::model::clock::Stopwatch;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::value::ValueType;
use crate::store::{FaultGroup, FaultShare, FaultShares, FaultStanding, StoreError, View};
use crate::tui::advice;
use crate::tui::data::Names;
use std::sync::Arc;
use std::time::Duration;

/// Parts of a line that can be searched alone.
const PARTS: &[&str] = &["stage", "service", "kind", "cause"];
/// Members that are named.
const NAMED: usize = 24;
/// Values told of at most.
const TOLD: usize = 4;
/// Row ids of the table that are counted in one look, so that others do not wait for it. In a longer table counting begins
/// only when the cursor has come to rest on a group.
const COUNTED: u64 = 10_000;
/// What the members share is counted again after this, in real time.
const REST: Duration = Duration::from_secs(4);
const LONG_REST: Duration = Duration::from_secs(15);

/// Failures grouped by cause, and who is behind the chosen one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultsTopic {
    pub groups: Vec<FaultGroup>,
    /// Groups there are, of which those are the ones with the words.
    pub all: usize,
    pub chosen: Option<Members>,
}

/// The rows of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members {
    /// The group.
    pub id: String,
    /// In the order in which they failed.
    pub rows: Arc<Vec<RowId>>,
    pub standing: FaultStanding,
    /// The first of them by name.
    pub keys: Vec<String>,
    /// What one of them was told, word for word.
    pub example: Option<String>,
    /// What they have in common that others have not, the most telling first; `None` while it is not counted yet.
    pub shared: Option<Vec<FaultShare>>,
    /// Rows of the group and of the table when that was counted.
    pub counted: (u64, u64),
}

/// What was counted last, and what is being counted.
#[derive(Default)]
pub struct FaultsMemory {
    group: String,
    told: Option<Told>,
    counting: Option<FaultShares>,
    due: bool,
}

struct Told {
    shared: Vec<FaultShare>,
    counted: (u64, u64),
    since: Stopwatch,
}

impl Told {
    fn is_old(&self) -> bool {
        let long = self.counted.1 > COUNTED;
        self.since.elapsed() >= if long { LONG_REST } else { REST }
    }
}

impl FaultsMemory {
    /// Whether another look now would bring more.
    pub fn is_due(&self) -> bool {
        self.due
    }
}

impl FaultsTopic {
    pub fn read(
        view: &View<'_>,
        search: &str,
        chosen: Option<&str>,
        names: &Names,
        memory: &mut FaultsMemory,
    ) -> Result<Self, StoreError> {
        let mut groups = view.faults()?;
        let all = groups.len();
        let search = Search::new(search, PARTS);
        groups.retain(|group| {
            search.finds(&[
                ("stage", names.rule(&group.rule)),
                ("stage", &group.rule),
                ("service", &group.connector),
                ("kind", advice::kind(group.kind)),
                ("cause", &group.cause),
            ])
        });
        // Before the cursor is anywhere it will be on the first.
        let group = groups
            .iter()
            .find(|group| Some(group.id.as_str()) == chosen)
            .or(groups.first());
        let chosen = group
            .map(|group| members(view, group, memory))
            .transpose()?;
        Ok(Self {
            groups,
            all,
            chosen,
        })
    }

    pub fn ids(&self) -> Vec<String> {
        self.groups.iter().map(|group| group.id.clone()).collect()
    }
}

fn members(
    view: &View<'_>,
    group: &FaultGroup,
    memory: &mut FaultsMemory,
) -> Result<Members, StoreError> {
    let rows = view.rows_of_fault(&group.id)?;
    let mut keys = Vec::new();
    for row in rows.iter().take(NAMED) {
        keys.extend(view.row(*row)?.map(|row| row.key));
    }
    let example = view.attempt(group.example)?.and_then(|known| known.fault);
    count_shared(view, group, memory)?;
    let told = memory.told.as_ref();
    Ok(Members {
        id: group.id.clone(),
        rows: Arc::new(rows),
        standing: view.fault_standing(&group.id)?,
        keys,
        example: example.map(|fault| fault.message),
        shared: told.map(|told| told.shared.clone()),
        counted: told.map_or((0, 0), |told| told.counted),
    })
}

/// Counts what the members share, unless it was counted a moment ago: a part of the table in each look. In a long table
/// the cursor must have rested on the group for one look, so that moving over the list costs nothing.
fn count_shared(
    view: &View<'_>,
    group: &FaultGroup,
    memory: &mut FaultsMemory,
) -> Result<(), StoreError> {
    if memory.group != group.id {
        *memory = FaultsMemory {
            group: group.id.clone(),
            ..FaultsMemory::default()
        };
        let rows: u64 = view.phases()?.iter().map(|(_, rows)| rows).sum();
        if rows > COUNTED {
            memory.due = true;
            return Ok(());
        }
    }
    memory.due = false;
    let known = memory.told.as_ref().is_some_and(|told| !told.is_old());
    if known && memory.counting.is_none() {
        return Ok(());
    }
    let mut shares = match memory.counting.take() {
        Some(shares) => shares,
        None => view.fault_shares(&group.id, &columns(view))?,
    };
    if view.count_shares(&mut shares, COUNTED.cast_signed())? {
        memory.told = Some(Told {
            shared: telling(&shares, TOLD),
            counted: (shares.rows, shares.total),
            since: Stopwatch::start(),
        });
    } else {
        memory.counting = Some(shares);
        memory.due = true;
    }
    Ok(())
}

/// Columns that may say what is special about the members. What the gates of stages and the phases ask only says how far
/// a row is.
fn columns(view: &View<'_>) -> Vec<String> {
    let (shape, rules) = (view.shape(), view.rules());
    let stages = rules.rules.iter().filter(|r| r.kind == RuleKind::Stage);
    let gates = stages.flat_map(|stage| stage.conditions.iter().map(|c| c.sql.as_str()));
    let asked: Vec<&str> = gates
        .chain(rules.phases.iter().map(|phase| phase.when.as_str()))
        .collect();
    let told = shape.columns.iter().filter(|column| {
        matches!(column.kind, ValueType::Text | ValueType::Boolean)
            && column.name != shape.key
            && !asked.iter().any(|sql| mentions(sql, &column.name))
    });
    told.map(|column| column.name.clone())
        .chain(["wave".to_owned()])
        .collect()
}

/// Whether a condition has the name as a word of its own.
fn mentions(sql: &str, name: &str) -> bool {
    sql.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn a_name_is_a_whole_word_of_a_condition() {
        assert!(mentions("fleet_team = :staging_team", "fleet_team"));
        assert!(!mentions("fleet_team_old IS NULL", "fleet_team"));
    }
}
