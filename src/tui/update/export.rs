//! Writing what is shown to a file.

use crate::tui::data::{Export, ExportError, Sheet, Shown, Written};
use crate::tui::draw::plain;
use crate::tui::event::Effect;
use crate::tui::state::{Column, LineFor, Mode, Screen, State};
use crate::tui::text;

/// Asks for the file's name, with one to begin with.
pub fn open(state: &mut State) {
    let name = format!("drover-{}-{}.csv", what(state), compact(state));
    state.mode = Mode::Line(LineFor::Export, name.into());
}

/// What is shown, in one word that any file system takes.
fn what(state: &State) -> String {
    let subject = &state.facts.shape.subject;
    let word = match state.screen() {
        Screen::Main => format!("{subject}s"),
        Screen::Dossier { row, .. } => {
            let dossier = state.data.dossier.as_ref();
            let known = dossier.filter(|known| known.row.id == *row);
            known.map_or(subject.clone(), |known| known.row.key.clone())
        }
        Screen::Results { .. } => "results".into(),
        Screen::Help { .. } => "help".into(),
        other => other.place().map_or("screen", |place| place.word()).into(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    word.chars().map(plain).take(40).collect()
}

/// `20260302T231000Z`.
fn compact(state: &State) -> String {
    state.now.to_chrono().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The name was typed. `!` at its end lets a file be replaced.
pub fn accept(state: &mut State, typed: &str) -> Option<Effect> {
    let (name, over) = match typed.strip_suffix('!') {
        Some(name) => (name.trim_end(), true),
        None => (typed, false),
    };
    if name.is_empty() {
        state.refuse("a file needs a name: nothing was written");
        return None;
    }
    state.flash(format!("writing {name}…"));
    Some(Effect::Export(Box::new(Export {
        path: name.into(),
        over,
        what: plain::sheet(state).unwrap_or_else(|| rows(state)),
    })))
}

/// The whole list, filtered and sorted as it is, with the table's columns; also those too far right to be seen.
fn rows(state: &State) -> Sheet {
    let shape = &state.facts.shape;
    let named = |name: &str| Shown::Column(name.to_owned());
    let mut columns: Vec<Shown> = state
        .table
        .columns
        .iter()
        .map(|(column, _)| match column {
            Column::Phase => named("phase"),
            Column::Key => named(&shape.key),
            Column::Age => named("phase_since"),
            Column::Declared(at) => named(&shape.columns[*at].name),
            Column::Waits => Shown::Waits,
        })
        .collect();
    if !columns.contains(&Shown::Waits) {
        columns.push(Shown::Waits);
    }
    Sheet::Rows {
        list: state.data.list.want.clone(),
        columns,
    }
}

/// It was written, or not.
pub fn done(state: &mut State, written: Result<Written, ExportError>) {
    match written {
        Ok(written) => state.flash(format!(
            "wrote {}: {}, {} B",
            written.path.display(),
            text::count(written.rows, "row"),
            text::thousands(written.bytes)
        )),
        Err(ExportError::Exists(path)) => {
            let name = path.display().to_string();
            // Whoever went on to something else is not thrown back.
            if matches!(state.mode, Mode::Browse) {
                state
                    .refuse("it is there already: another name, or ! after this one to replace it");
                state.mode = Mode::Line(LineFor::Export, name.into());
            } else {
                state.refuse(format!("{name} is there already: nothing was written"));
            }
        }
        Err(ExportError::Failed(why)) => state.refuse(why),
    }
}
