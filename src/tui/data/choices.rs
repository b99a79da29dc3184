//! What can be chosen for an act, as far as the store must be asked: which stages and ladders the rows stand in.

use super::members::rung_now;
use super::names::Names;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::store::{Query, QueueState, StoreError, View};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More rows than this are not asked one by one where they stand; their stages are offered all the same.
const MOST_ASKED: usize = 5_000;

/// What is to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoicesWant {
    /// Tells one choice from the next.
    pub number: u64,
    pub lookup: Lookup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Stages in whose queue some of the rows stand.
    Stages(Arc<Vec<RowId>>),
    /// Every stage and ladder, with how many of the rows stand in it.
    Rules(Arc<Vec<RowId>>),
    /// Ladders in which some of the rows stand, with the rung that comes next.
    Ladders(Arc<Vec<RowId>>),
    /// The rows that stand in a stage's queue.
    Queue(String),
    /// The rows of a wave, or of none.
    Wave(Option<String>),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    pub number: u64,
    pub items: Vec<Choice>,
    /// For [`Lookup::Queue`] and [`Lookup::Wave`].
    pub rows: Arc<Vec<RowId>>,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub name: String,
    pub title: String,
    /// What is to be known of it.
    pub note: String,
}

impl Choices {
    /// Reads the choices once for each number wanted, and forgets them when none are.
    pub fn look(
        kept: &mut Option<Arc<Self>>,
        view: &View<'_>,
        want: Option<&ChoicesWant>,
        names: &Names,
    ) -> Result<(), StoreError> {
        if want.map(|want| want.number) != kept.as_ref().map(|known| known.number) {
            let read = |want| Self::read(view, want, names).map(Arc::new);
            *kept = want.map(read).transpose()?;
        }
        Ok(())
    }

    pub fn read(view: &View<'_>, want: &ChoicesWant, names: &Names) -> Result<Self, StoreError> {
        let (rows, kind, all) = match &want.lookup {
            Lookup::Queue(rule) => {
                return Ok(Self {
                    number: want.number,
                    rows: Arc::new(view.standing(rule)?),
                    items: Vec::new(),
                });
            }
            Lookup::Wave(wave) => {
                let query = Query {
                    condition: Some(of_wave(wave.as_deref())),
                    ..Query::default()
                };
                return Ok(Self {
                    number: want.number,
                    rows: Arc::new(view.ids(&query)?),
                    items: Vec::new(),
                });
            }
            Lookup::Stages(rows) => (rows, Some(RuleKind::Stage), false),
            Lookup::Ladders(rows) => (rows, Some(RuleKind::Ladder), false),
            Lookup::Rules(rows) => (rows, None, true),
        };
        let stands = standing(view, rows, names)?;
        let of = rows.len();
        let rules = view.rules().rules.iter();
        let items = rules
            .filter(|rule| kind.is_none_or(|kind| kind == rule.kind))
            .filter_map(|rule| {
                let stands = stands.get(&rule.name);
                if stands.is_none() && !all && of <= MOST_ASKED {
                    return None;
                }
                Some(Choice {
                    name: rule.name.clone(),
                    title: names.rule(&rule.name).to_owned(),
                    note: note(stands, of),
                })
            })
            .collect();
        Ok(Self {
            number: want.number,
            items,
            rows: Arc::default(),
        })
    }
}

/// SQL over a row: it is of this wave, or of none.
pub(super) fn of_wave(wave: Option<&str>) -> String {
    wave.map_or("wave IS NULL".into(), |wave| {
        format!("wave = '{}'", wave.replace('\'', "''"))
    })
}

/// Rows in a rule's queue, and how many of them come to which rung.
#[derive(Default)]
struct Stands {
    rows: usize,
    rungs: BTreeMap<String, usize>,
}

fn standing(
    view: &View<'_>,
    rows: &[RowId],
    names: &Names,
) -> Result<BTreeMap<String, Stands>, StoreError> {
    let mut stands: BTreeMap<String, Stands> = BTreeMap::new();
    for row in rows.iter().take(MOST_ASKED) {
        for entry in view.queued(*row)? {
            let open = matches!(entry.state, QueueState::Running | QueueState::Waiting);
            let later =
                entry.state == QueueState::Ready && entry.due.is_some_and(|due| due > view.now());
            if open || later {
                continue;
            }
            let one = stands.entry(entry.rule.clone()).or_default();
            one.rows += 1;
            if names.kind(&entry.rule) == RuleKind::Ladder {
                let rung = rung_now(view, *row, &entry.rule, names)?;
                let title = names.rung_title(&entry.rule, rung);
                *one.rungs.entry(title).or_default() += 1;
            }
        }
    }
    Ok(stands)
}

fn note(stands: Option<&Stands>, of: usize) -> String {
    let Some(stands) = stands else {
        return String::new();
    };
    let (rows, rungs) = (stands.rows, &stands.rungs);
    match rungs.len() {
        0 => match (rows, of) {
            (1, 1) => "it stands in its queue".to_owned(),
            (rows, of) if rows == of => format!("all {of} stand in its queue"),
            (rows, of) => format!("{rows} of {of} stand in its queue"),
        },
        // What comes next says more than how many there are.
        1 => format!(
            "{} ({rows} of {of})",
            rungs.keys().next().map_or("", String::as_str)
        ),
        _ => {
            let each = rungs
                .iter()
                .map(|(title, rows)| format!("{title} ({rows})"));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}
