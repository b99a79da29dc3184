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
    /// The newest comes first: on the first line the cursor stays there, whatever comes.
    pub live: bool,
}

impl Pick {
    /// A list that grows at its top.
    pub fn live() -> Self {
        Self {
            live: true,
            ..Self::default()
        }
    }

    /// A new list came: the cursor stays on its thing, or goes to what took its place. What is read stays where it is.
    pub fn settle(&mut self, ids: &[String], height: usize) {
        let place = |id: &String| ids.iter().position(|known| known == id);
        let first = self.live && self.at == 0;
        match self.id.as_ref().filter(|_| !first).and_then(place) {
            Some(found) => {
                self.top = (self.top + found).saturating_sub(self.at);
                self.at = found;
            }
            None => self.at = self.at.min(ids.len().saturating_sub(1)),
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
        self.top = top_with(self.at, self.top, count, height);
    }
}

/// The first line of a window in which the cursor's line is, moved no further than it must be, and no emptier than it
/// need be.
pub(super) fn top_with(at: usize, top: usize, count: usize, height: usize) -> usize {
    let height = height.max(1);
    let top = top.clamp((at + 1).saturating_sub(height), at);
    top.min(count.saturating_sub(height))
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
        let mut log = Pick::live();
        log.settle(&ids("cba"), 2);
        log.settle(&ids("dcba"), 2);
        assert_eq!(log.id.as_deref(), Some("d"), "it follows what is new");
        log.step(&ids("dcba"), 1, 2);
        log.settle(&ids("fedcba"), 2);
        assert_eq!((log.id.as_deref(), log.at, log.top), (Some("c"), 3, 2));
        log.step(&ids("fedcba"), -9, 2);
        log.settle(&ids("gfedcba"), 2);
        assert_eq!((log.id.as_deref(), log.top), (Some("g"), 0));
        pick.settle(&[], 3);
        pick.step(&[], 1, 3);
        assert_eq!(pick.id, None);
    }
}
