//! Every key a pipeline file may have, with its sentence: `drover pipeline help` prints this table, and parsing knows
//! no other keys.
//!
//! The table itself is `keys.txt`: a line `# SECTION :: FORM :: SENTENCE` begins a kind of table, each line
//! `KEY :: FORM :: SENTENCE` after it is a key of that kind.

use std::sync::LazyLock;

/// One kind of table.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub name: &'static str,
    /// How the file writes it.
    pub form: &'static str,
    pub about: &'static str,
}

/// One key of one kind of table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name of its [`Section`].
    pub section: &'static str,
    pub name: &'static str,
    /// What may stand there.
    pub form: &'static str,
    pub about: &'static str,
}

static TABLE: LazyLock<(Vec<Section>, Vec<Key>)> = LazyLock::new(|| read(include_str!("keys.txt")));

fn read(text: &'static str) -> (Vec<Section>, Vec<Key>) {
    let (mut sections, mut keys) = (Vec::<Section>::new(), Vec::new());
    for line in text.lines() {
        let (head, line) = line
            .strip_prefix("# ")
            .map_or((false, line), |rest| (true, rest));
        let mut parts = line.splitn(3, " :: ");
        let (Some(name), Some(form), Some(about)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if head {
            sections.push(Section { name, form, about });
        } else if let Some(section) = sections.last() {
            keys.push(Key {
                section: section.name,
                name,
                form,
                about,
            });
        }
    }
    (sections, keys)
}

pub fn sections() -> &'static [Section] {
    &TABLE.0
}

pub fn all() -> &'static [Key] {
    &TABLE.1
}

/// The keys a kind of table may have.
pub fn of(section: &str) -> impl Iterator<Item = &'static Key> + Clone {
    all().iter().filter(move |key| key.section == section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_sentence_and_a_known_section() {
        for key in all() {
            assert!(
                key.about.ends_with('.') && key.about.len() > 8,
                "{}",
                key.name
            );
            let same = of(key.section).filter(|other| other.name == key.name);
            assert_eq!(same.count(), 1, "{}.{}", key.section, key.name);
        }
        for section in sections() {
            assert!(of(section.name).count() > 0, "{}", section.name);
        }
        let lines = include_str!("keys.txt")
            .lines()
            .filter(|line| !line.is_empty());
        assert_eq!(lines.count(), all().len() + sections().len());
    }
}
