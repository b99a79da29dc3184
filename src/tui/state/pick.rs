//! A list of named things with a cursor: faults, attempts, events, waves, services.

/// Where a list stands. The cursor is the thing's id, so it stays on it while others come and go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    pub id: Option<String>,
    /// Where the cursor stood when the list was last seen.
    pub at: usize,
    /// The first line shown.
    pub top: usize,
    /// Only lines with these words are shown.
    pub search: String,
}

impl Pick {
    /// A new list came: the cursor stays on its thing, or goes to what took its place.
    pub fn settle(&mut self, ids: &[String], height: usize) {
        let found = self
            .id
            .as_ref()
            .and_then(|id| ids.iter().position(|known| known == id));
        let before = self.at;
        self.at = found.unwrap_or_else(|| self.at.min(ids.len().saturating_sub(1)));
        // What is read stays where it is, unless it is read from the very top.
        if self.top > 0 {
            self.top = (self.top + self.at).saturating_sub(before);
        }
        self.id = ids.get(self.at).cloned();
        self.keep_in_sight(ids.len(), height);
    }

    /// Moves the cursor by lines.
    pub fn step(&mut self, ids: &[String], by: isize, height: usize) {
        let last = ids.len().saturating_sub(1);
        self.at = self.at.min(last).saturating_add_signed(by).min(last);
        self.id = ids.get(self.at).cloned();
        self.keep_in_sight(ids.len(), height);
    }

    /// The cursor's line, to the hundred below: lists that are read by pages are read to beyond it.
    pub fn near(&self) -> usize {
        self.at / 100 * 100
    }

    fn keep_in_sight(&mut self, count: usize, height: usize) {
        let height = height.max(1);
        if self.at < self.top {
            self.top = self.at;
        } else if self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(count.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_its_thing_and_in_sight() {
        let ids = |names: &str| names.chars().map(String::from).collect::<Vec<_>>();
        let mut pick = Pick::default();
        pick.settle(&ids("abcdef"), 3);
        assert_eq!(pick.id.as_deref(), Some("a"));
        pick.step(&ids("abcdef"), 4, 3);
        assert_eq!((pick.id.as_deref(), pick.top), (Some("e"), 2));
        pick.settle(&ids("xyabcdef"), 3);
        assert_eq!((pick.id.as_deref(), pick.at), (Some("e"), 6));
        pick.settle(&ids("xy"), 3);
        assert_eq!((pick.id.as_deref(), pick.top), (Some("y"), 0));
        pick.settle(&[], 3);
        pick.step(&[], 1, 3);
        assert_eq!(pick.id, None);
    }
}
