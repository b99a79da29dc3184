//! Which key does what where: the rows of `assets/keymap.toml`, from which the footer and help are made.

use super::action::{Action, Where};
use super::key::Key;
use serde::Deserialize;

/// The rows that come with the program.
const OWN: &str = include_str!("../../../assets/keymap.toml");

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub keys: Vec<Key>,
    pub action: Action,
    pub place: Where,
    /// One short sentence for help.
    pub sentence: String,
    /// One or two words, when the footer shows it; the rows' order is the footer's.
    pub foot: Option<String>,
}

/// Every row, checked.
#[derive(Clone, Debug)]
pub struct Keymap {
    rows: Vec<Binding>,
}

/// Why a key map is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    #[error("the key map cannot be read: {0}")]
    Unreadable(String),
    #[error("the key map names the action \"{0}\", which there is not{1}")]
    NoAction(String, String),
    #[error("the key map names the place \"{0}\", which there is not{1}")]
    NoPlace(String, String),
    #[error(
        "the key map names the key \"{0}\", which there is not: write j, G, ctrl-d, space, pgdn, f1"
    )]
    NoKey(String),
    #[error("the key map gives the key {key} both to {first} and to {second}: take one away")]
    Twice {
        key: String,
        first: String,
        second: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    keys: Vec<String>,
    action: String,
    #[serde(rename = "where")]
    place: String,
    #[serde(default)]
    sentence: String,
    foot: Option<String>,
}

impl Keymap {
    /// The rows that come with the program, with a user's in place of those of the same action and place.
    pub fn load(users: Option<&str>) -> Result<Self, KeymapError> {
        let mut rows = parse(OWN)?;
        for user in users.map(parse).transpose()?.into_iter().flatten() {
            let same = |row: &&mut Binding| (row.action, row.place) == (user.action, user.place);
            match rows.iter_mut().find(same) {
                Some(row) => row.keys = user.keys,
                None => rows.push(user),
            }
        }
        no_key_twice(&rows)?;
        Ok(Self { rows })
    }

    /// What the key does where `place` is the nearest.
    pub fn action(&self, place: Where, key: Key) -> Option<Action> {
        place.in_force().iter().find_map(|place| {
            let mut here = self.rows.iter().filter(|row| row.place == *place);
            here.find(|row| row.keys.contains(&key))
                .map(|row| row.action)
        })
    }

    /// The rows in force where `place` is the nearest, in the file's order.
    pub fn rows_at(&self, place: Where) -> impl Iterator<Item = &Binding> {
        self.rows
            .iter()
            .filter(move |row| place.in_force().contains(&row.place))
    }

    pub fn rows(&self) -> &[Binding] {
        &self.rows
    }

    /// The first key of an action, for a sentence that names it.
    pub fn key_of(&self, action: Action) -> String {
        let row = self.rows.iter().find(|row| row.action == action);
        row.and_then(|row| row.keys.first())
            .map(Key::to_string)
            .unwrap_or_default()
    }
}

fn parse(text: &str) -> Result<Vec<Binding>, KeymapError> {
    let file: File = toml::from_str(text)
        .map_err(|error| KeymapError::Unreadable(error.message().to_owned()))?;
    file.key.into_iter().map(binding).collect()
}

fn binding(line: Line) -> Result<Binding, KeymapError> {
    let actions = Action::ALL.iter().map(|action| action.word());
    let places = Where::ALL.iter().map(|place| place.word());
    let action = Action::from_word(&line.action).ok_or_else(|| {
        KeymapError::NoAction(line.action.clone(), nearest(&line.action, actions))
    })?;
    let place = Where::from_word(&line.place)
        .ok_or_else(|| KeymapError::NoPlace(line.place.clone(), nearest(&line.place, places)))?;
    let keys = line
        .keys
        .iter()
        .map(|name| Key::parse(name).ok_or_else(|| KeymapError::NoKey(name.clone())))
        .collect::<Result<_, _>>()?;
    Ok(Binding {
        keys,
        action,
        place,
        sentence: line.sentence,
        foot: line.foot,
    })
}

fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> String {
    let mut near: Vec<_> = known
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .collect();
    near.sort_unstable();
    match near.first() {
        Some((far, name)) if *far <= 3 => format!("; did you mean \"{name}\"?"),
        _ => String::new(),
    }
}

fn no_key_twice(rows: &[Binding]) -> Result<(), KeymapError> {
    for set in Where::SETS {
        let mut seen: Vec<(Key, &Binding)> = Vec::new();
        for row in rows.iter().filter(|row| set.contains(&row.place)) {
            for key in &row.keys {
                if let Some((_, first)) = seen.iter().find(|(known, _)| known == key) {
                    let name =
                        |row: &Binding| format!("{} ({})", row.action.word(), row.place.word());
                    return Err(KeymapError::Twice {
                        key: key.to_string(),
                        first: name(first),
                        second: name(row),
                    });
                }
                seen.push((*key, row));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rows_load_and_every_action_has_a_key_and_a_sentence() {
        let keymap = Keymap::load(None).unwrap();
        for action in Action::ALL {
            let row = keymap.rows().iter().find(|row| row.action == *action);
            let row = row.unwrap_or_else(|| panic!("{action:?} has no row"));
            assert!(
                !row.keys.is_empty() && !row.sentence.is_empty(),
                "{action:?}"
            );
        }
    }

    #[test]
    fn a_users_row_replaces_the_keys_and_conflicts_are_refused() {
        let row = |keys: &str, action: &str, place: &str| {
            format!("[[key]]\nkeys = {keys}\naction = \"{action}\"\nwhere = \"{place}\"\n")
        };
        let load = |text: String| Keymap::load(Some(&text));
        let keymap = load(row("[\"f5\"]", "refresh", "row")).unwrap();
        assert_eq!(
            keymap.action(Where::Table, Key::parse("f5").unwrap()),
            Some(Action::Refresh)
        );
        assert_eq!(keymap.action(Where::Table, Key::char('R')), None);
        assert!(matches!(
            load(row("[\"j\"]", "refresh", "row")),
            Err(KeymapError::Twice { .. })
        ));
        assert!(matches!(
            load(row("[\"hyper-j\"]", "refresh", "row")),
            Err(KeymapError::NoKey(_))
        ));
        assert!(matches!(
            load(row("[\"x\"]", "refresh", "moon")),
            Err(KeymapError::NoPlace(..))
        ));
        let error = load(row("[\"x\"]", "refesh", "row"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("did you mean \"refresh\""), "{error}");
    }
}
