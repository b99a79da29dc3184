//! What is kept between sessions, and what is taken from it: views, columns, the last used.

use super::{Column, Facts, Sort, State};
use crate::store::SwitchKind;
use crate::tui::filter::{self, Condition};
use crate::tui::kept::{Change, Kept, View};

/// No view's name is longer, in characters.
const LONGEST_NAME: usize = 40;

impl Facts {
    /// The name under which things of this pipeline are kept.
    pub fn pipeline_name(&self) -> String {
        let pipeline = self.names.pipeline().map(|pipeline| &pipeline.name);
        pipeline.unwrap_or(&self.shape.subject).clone()
    }
}

impl State {
    /// Takes over what an earlier session kept. `None` is a very first start, which is greeted; so is every demo.
    pub fn remember(&mut self, kept: Result<Option<Kept>, String>, greet: bool) {
        match kept {
            Ok(kept) => {
                self.greeting = greet || kept.is_none();
                self.kept = kept.unwrap_or_default();
            }
            Err(why) => {
                self.greeting = greet;
                self.refuse(why);
            }
        }
        let columns = self.kept.of(&self.facts.pipeline_name()).columns;
        self.show_named(&columns);
    }

    /// Something is to be kept: for this session at once, and for later ones by the thread that writes.
    pub fn keep(&mut self, change: Change) {
        self.kept.apply(&change);
        self.unkept.push(change);
    }

    /// Keeps the columns as they are for this pipeline.
    pub fn keep_columns(&mut self) {
        let columns = self.column_names();
        let pipeline = self.facts.pipeline_name();
        self.keep(Change::Columns { pipeline, columns });
    }

    fn column_names(&self) -> Vec<String> {
        let columns = self.table.columns.iter();
        columns
            .map(|(column, _)| column.name(&self.facts))
            .collect()
    }

    /// Shows the columns of these names that there are; none of them leaves everything as it is.
    fn show_named(&mut self, names: &[String]) {
        let known = names
            .iter()
            .filter_map(|name| Column::from_name(name, &self.facts));
        let columns: Vec<Column> = known.collect();
        if !columns.is_empty() {
            self.show(&columns);
        }
    }

    /// Shows these columns.
    pub fn show(&mut self, columns: &[Column]) {
        self.table.show(columns, &self.facts);
        let data = self.data.clone();
        self.table.measure(&self.facts, &data);
    }

    /// Filters by what was typed. The error is a sentence, and then nothing changes.
    pub fn filter_by(&mut self, typed: &str) -> Result<(), String> {
        let condition = filter::read(typed, &self.facts.shape, &self.facts.names)?;
        self.table.filter = if condition.is_empty() {
            String::new()
        } else {
            typed.trim().to_owned()
        };
        self.table.condition = condition;
        Ok(())
    }

    /// Shows every row.
    pub fn clear_filter(&mut self) {
        self.table.filter.clear();
        self.table.condition = Condition::default();
    }

    /// Keeps filter, order and columns under a name. The error is a sentence.
    pub fn save_view(&mut self, name: &str) -> Result<String, String> {
        let name = crate::model::text::clean_short(name.trim(), LONGEST_NAME);
        if name.is_empty() {
            return Err("a view needs a name: nothing was kept".into());
        }
        let Sort { column, descending } = self.table.sort;
        let way = if descending { "-" } else { "" };
        let view = View {
            name: name.clone(),
            filter: self.table.filter.clone(),
            sort: format!("{way}{}", column.name(&self.facts)),
            columns: self.column_names(),
        };
        let pipeline = self.facts.pipeline_name();
        self.keep(Change::Save { pipeline, view });
        Ok(name)
    }

    /// Filter, order and columns as a view has them. The error is a sentence, and then nothing changes.
    pub fn apply_view(&mut self, view: &View) -> Result<(), String> {
        self.filter_by(&view.filter)?;
        let (name, descending) = match view.sort.strip_prefix('-') {
            Some(name) => (name, true),
            None => (view.sort.as_str(), false),
        };
        if let Some(column) = Column::from_name(name, &self.facts) {
            self.table.sort = Sort { column, descending };
        }
        self.show_named(&view.columns);
        Ok(())
    }

    pub fn forget_view(&mut self, name: &str) {
        let pipeline = self.facts.pipeline_name();
        let name = name.to_owned();
        self.keep(Change::Forget { pipeline, name });
    }

    /// Every wave that is known: those of the pipeline, and those somebody opened or closed.
    pub fn waves(&self) -> Vec<String> {
        let declared = self
            .facts
            .names
            .pipeline()
            .into_iter()
            .flat_map(|p| &p.waves);
        let mut waves: Vec<String> = declared.map(|wave| wave.name.clone()).collect();
        let switches = self
            .data
            .switches
            .iter()
            .filter(|s| s.kind == SwitchKind::Wave);
        for switch in switches {
            if !waves.contains(&switch.name) {
                waves.push(switch.name.clone());
            }
        }
        waves
    }
}
