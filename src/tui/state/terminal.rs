//! What is known of the terminal, and of whether somebody sits before it.

use std::time::Duration;

/// Whether the terminal has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// It never said; many do not.
    #[default]
    Unknown,
    Here,
    Away,
}

/// Without a word about the focus, whoever pressed no key for so long is elsewhere. Real time.
const ABSENT: Duration = Duration::from_mins(1);
/// Between two calls.
const REST: Duration = Duration::from_secs(10);
/// An act that took so long may be waited for elsewhere.
const LONG: Duration = Duration::from_secs(10);

/// The terminal and its person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// The mouse is heard.
    pub mouse: bool,
    pub focus: Focus,
    /// Somebody elsewhere is called when something happens.
    pub calls: bool,
    /// Real time since the console began, as of the last tick.
    pub up: Duration,
    /// When somebody last did something here.
    touched: Duration,
    /// Alarms up to this entry of the journal are old; `None` until it was read once.
    told: Option<i64>,
    /// What somebody must be told who is not here.
    waiting: Option<String>,
    called: Option<Duration>,
    /// When the last act was asked.
    asked: Option<Duration>,
}

impl Terminal {
    pub fn new(mouse: bool, calls: bool) -> Self {
        Self {
            mouse,
            calls,
            ..Self::default()
        }
    }

    /// Somebody is here, and so sees what there is to see.
    pub fn touch(&mut self) {
        self.touched = self.up;
        self.waiting = None;
    }

    /// The newest alarm of the journal, whose newest entry of all is `last`. Those from before the console began call
    /// nobody.
    pub fn alarm(&mut self, last: i64, newest: Option<&(i64, String)>, unread: u64) {
        let Some(told) = self.told else {
            self.told = Some(last);
            return;
        };
        if let Some((id, said)) = newest.filter(|(id, _)| *id > told) {
            self.told = Some(*id);
            self.tell(match unread {
                0 | 1 => said.clone(),
                more => format!("{said} (and {} more)", more - 1),
            });
        }
    }

    pub fn asked(&mut self) {
        self.asked = Some(self.up);
    }

    /// The last act was answered; it is worth a call if it took long.
    pub fn answered(&mut self, said: String) {
        if self.asked.take().is_some_and(|at| self.since(at) >= LONG) {
            self.tell(said);
        }
    }

    /// Whoever is not here should know.
    pub fn tell(&mut self, said: String) {
        self.waiting = Some(said);
    }

    fn since(&self, then: Duration) -> Duration {
        self.up.saturating_sub(then)
    }

    /// What to call out now, if anything.
    pub fn call(&mut self) -> Option<String> {
        let rests = self.called.is_some_and(|at| self.since(at) < REST);
        match self.focus {
            _ if !self.calls => self.waiting = None,
            Focus::Here => self.waiting = None,
            Focus::Unknown if self.since(self.touched) < ABSENT => return None,
            Focus::Unknown | Focus::Away if rests => return None,
            Focus::Unknown | Focus::Away => {}
        }
        let said = self.waiting.take()?;
        self.called = Some(self.up);
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(terminal: &mut Terminal, secs: u64) -> Option<String> {
        terminal.up = Duration::from_secs(secs);
        terminal.call()
    }

    fn alarm(id: i64) -> Option<(i64, String)> {
        Some((id, format!("alarm {id}")))
    }

    #[test]
    fn only_what_is_new_calls_and_not_often() {
        let mut terminal = Terminal::new(false, true);
        terminal.focus = Focus::Away;
        terminal.alarm(40, alarm(39).as_ref(), 3);
        assert_eq!(at(&mut terminal, 1), None, "older than the console");
        terminal.alarm(41, alarm(41).as_ref(), 1);
        assert_eq!(at(&mut terminal, 2).as_deref(), Some("alarm 41"));
        terminal.alarm(41, alarm(41).as_ref(), 1);
        assert_eq!(at(&mut terminal, 30), None, "told already");
        terminal.alarm(43, alarm(42).as_ref(), 2);
        assert!(at(&mut terminal, 31).is_some());
        terminal.alarm(45, alarm(45).as_ref(), 4);
        assert_eq!(at(&mut terminal, 40), None, "it rests");
        assert_eq!(
            at(&mut terminal, 41).as_deref(),
            Some("alarm 45 (and 3 more)")
        );
    }

    #[test]
    fn who_is_here_is_not_called() {
        let mut terminal = Terminal::new(false, true);
        terminal.tell("a".into());
        assert_eq!(at(&mut terminal, 59), None, "nobody knows yet");
        assert!(at(&mut terminal, 60).is_some());
        terminal.tell("b".into());
        terminal.touch();
        assert_eq!(at(&mut terminal, 600), None, "it was seen");
        terminal.focus = Focus::Here;
        terminal.tell("c".into());
        assert_eq!(at(&mut terminal, 1_000), None);
        terminal.focus = Focus::Away;
        assert_eq!(at(&mut terminal, 1_001), None, "it was seen");
        terminal.calls = false;
        terminal.tell("d".into());
        assert_eq!(at(&mut terminal, 2_000), None);
    }

    #[test]
    fn only_a_long_act_calls_at_its_end() {
        let mut terminal = Terminal::new(false, true);
        terminal.focus = Focus::Away;
        terminal.asked();
        terminal.up = Duration::from_secs(9);
        terminal.answered("short".into());
        assert_eq!(terminal.call(), None);
        terminal.asked();
        terminal.up = Duration::from_secs(19);
        terminal.answered("long".into());
        assert_eq!(terminal.call().as_deref(), Some("long"));
    }
}
