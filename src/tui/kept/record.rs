//! What is kept, and what changes it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many of the last used are kept.
const MOST_USED: usize = 50;
/// So many views of one pipeline are kept.
const MOST_VIEWS: usize = 100;

/// Everything kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Lines of the palette, the last used first.
    pub used: Vec<String>,
    /// Filters, the last used first.
    pub filters: Vec<String>,
    pub pipeline: BTreeMap<String, Of>,
}

/// What belongs to one pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Of {
    /// The columns shown, in order; empty leaves them to the pipeline.
    pub columns: Vec<String>,
    pub views: Vec<View>,
}

/// A filter, an order and columns under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    pub name: String,
    pub filter: String,
    /// A column's name, with `-` before it for the other way round; empty leaves the order.
    pub sort: String,
    /// Empty leaves the columns.
    pub columns: Vec<String>,
}

/// One thing to keep. Written as a change and not as a whole, so that two consoles do not undo each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The first key was pressed.
    Met,
    Used(String),
    Filtered(String),
    Columns {
        pipeline: String,
        columns: Vec<String>,
    },
    /// One of the same name is replaced.
    Save {
        pipeline: String,
        view: View,
    },
    Forget {
        pipeline: String,
        name: String,
    },
}

impl Kept {
    pub fn of(&self, pipeline: &str) -> Of {
        self.pipeline.get(pipeline).cloned().unwrap_or_default()
    }

    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Met => {}
            Change::Used(name) => put_first(&mut self.used, name),
            Change::Filtered(filter) => put_first(&mut self.filters, filter),
            Change::Columns { pipeline, columns } => {
                self.entry(pipeline).columns.clone_from(columns);
            }
            Change::Save { pipeline, view } => {
                let views = &mut self.entry(pipeline).views;
                views.retain(|known| known.name != view.name);
                views.push(view.clone());
                let surplus = views.len().saturating_sub(MOST_VIEWS);
                views.drain(..surplus);
            }
            Change::Forget { pipeline, name } => {
                self.entry(pipeline)
                    .views
                    .retain(|known| known.name != *name);
            }
        }
    }

    fn entry(&mut self, pipeline: &str) -> &mut Of {
        self.pipeline.entry(pipeline.to_owned()).or_default()
    }

    /// As it may be shown: what stands in a file is text from outside.
    pub fn cleaned(mut self) -> Self {
        let clean = |text: &mut String| *text = crate::model::text::clean(text);
        self.used.truncate(MOST_USED);
        self.filters.truncate(MOST_USED);
        self.used.iter_mut().for_each(clean);
        self.filters.iter_mut().for_each(clean);
        for of in self.pipeline.values_mut() {
            of.columns.iter_mut().for_each(clean);
            for view in &mut of.views {
                clean(&mut view.name);
                clean(&mut view.filter);
            }
        }
        self
    }
}

fn put_first(list: &mut Vec<String>, name: &str) {
    list.retain(|known| known != name);
    list.insert(0, name.to_owned());
    list.truncate(MOST_USED);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_used_come_first_once_and_a_view_replaces_its_namesake() {
        let mut kept = Kept::default();
        for name in ["a", "b", "a", "c"] {
            kept.apply(&Change::Used(name.into()));
        }
        assert_eq!(kept.used, ["c", "a", "b"]);
        for at in 0..MOST_USED * 2 {
            kept.apply(&Change::Filtered(at.to_string()));
        }
        assert_eq!(kept.filters.len(), MOST_USED);
        for filter in ["one", "two"] {
            kept.apply(&Change::Save {
                pipeline: "p".into(),
                view: View {
                    name: "mine".into(),
                    filter: filter.into(),
                    ..View::default()
                },
            });
        }
        assert_eq!(kept.of("p").views.len(), 1);
        assert_eq!(kept.of("p").views[0].filter, "two");
        assert_eq!(kept.of("other").views, []);
        kept.apply(&Change::Forget {
            pipeline: "p".into(),
            name: "mine".into(),
        });
        assert_eq!(kept.of("p").views, []);
    }
}
