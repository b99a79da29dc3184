//! The troubles a scenario may name, by their number in the failure catalogue.

use crate::model::random::Random;
use crate::model::time::Span;
use serde::Deserialize;

/// How often a trouble strikes and how long it lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// From 0 to 1; of what, is said beside the trouble.
    pub rate: f64,
    #[serde(default)]
    pub least: Span,
    #[serde(default)]
    pub most: Span,
}

impl Mode {
    /// How long this case lasts: between `least` and `most`, short ones likelier than long ones.
    pub fn draw(&self, random: &mut Random) -> Span {
        let (low, high) = (self.least.millis() as f64, self.most.millis() as f64);
        if high <= low {
            return self.least;
        }
        let (low, high) = (low.max(1_000.0).ln(), high.ln());
        Span::from_millis(random.between(low, high).exp() as i64)
    }
}

macro_rules! troubles {
    ($($name:ident $key:literal $about:literal,)*) => {
        /// One way in which a night goes wrong. The number is the catalogue's; a letter tells cases of one number apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub enum Trouble {
            $(#[doc = $about] #[serde(rename = $key)] $name,)*
        }

        impl Trouble {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its table in a scenario file: `[trouble.KEY]`.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// What the rate counts and what the time measures.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

troubles! {
    Asleep "1" "share of Macs that fall asleep right after the click; time: until they are back",
    OnPaper "2" "share of Macs that acknowledge the removal and keep the profile",
    NotNow "3" "share of Macs that answer NotNow; time: until they take the command",
    DeadChannel "4" "share of Macs whose MDM channel never answers although the agent lives",
    NoRecord "5a" "share of Macs that Jamf does not know",
    TwoRecords "5b" "share of Macs that Jamf knows twice",
    TokenDies "6" "chance that a Jamf token dies before its time; time: the life of a token",
    JamfSpell "7" "chance that Jamf is slow and faulty for a while this night; time: how long",
    BackInJamf "9" "share of Macs that enrol in Jamf again after leaving; time: until they do",
    NotAssigned "10" "share of Macs not assigned to Fleet in Apple Business: they enrol by hand",
    HookLost "16a" "share of webhooks that never leave Fleet",
    HookDoubled "16b" "share of webhooks that arrive twice",
    HookLate "16c" "share of activity webhooks that arrive late and out of order; time: how late",
    NoEnrolledEvent "17" "share of Macs that enrol without an mdm_enrolled activity",
    EnrolledTooEarly "18" "share of Macs whose mdm_enrolled comes before they answer; time: until they do",
    Ignored "19" "share of people who close the window; time: until they come back to it",
    NeverEnrols "19b" "share of people who never come back to the window by themselves",
    WindowHangs "21" "share of Macs whose enrollment window hangs; time: until it works",
    NotConnected "23" "share of Macs that say On but are not connected; time: until it heals by itself",
    WrongTeam "24a" "share of Macs that enrol into no team",
    TransferIgnored "24b" "share of transfers that answer 200 and do nothing",
    TeamDrift "24c" "share of Macs that fall back into their old team after a transfer; time: how long after",
    GhostHost "25" "share of Macs with a second, older host of the same serial",
    NoAgent "26" "share of Macs without a living fleetd: their people have nothing to click",
    AgentDies "26b" "share of Macs whose fleetd dies when they leave Jamf",
    AgentsSilenced "27" "chance that a batch of agents goes silent this night; time: until each is heard again",
    ScriptFails "28a" "share of script runs that end with an exit code above 0",
    ScriptTimesOut "28b" "share of script runs stopped after the limit (-1)",
    ScriptsOff "28c" "share of script runs refused by the Mac (-2)",
    ScriptLost "28d" "share of script runs whose result never comes",
    Leftovers "29" "share of removals that exit 0 and leave something",
    KeyLate "30" "share of Macs whose FileVault key is late; time: until it is escrowed",
    Dormant "38a" "share of Macs not seen for a month: nobody clicks",
    Leaver "38b" "share of Macs whose owner has left",
    Userless "38c" "share of Macs without an owner",
    SlackLimit "40d" "chance that a Slack call is answered 429; time: the Retry-After",
    FleetRestart "40e" "chance that Fleet restarts this night; time: how long it is down",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_is_read_back_from_its_key() {
        for trouble in Trouble::ALL {
            let json = serde_json::Value::from(trouble.key());
            assert_eq!(serde_json::from_value::<Trouble>(json).unwrap(), *trouble);
            assert!(!trouble.about().is_empty());
        }
    }

    #[test]
    fn a_drawn_time_lies_within_its_bounds() {
        let mode = Mode {
            rate: 1.0,
            least: Span::from_secs(45),
            most: Span::from_mins(20),
        };
        let mut random = Random::seeded(7);
        for _ in 0..200 {
            let span = mode.draw(&mut random);
            assert!(span >= mode.least && span <= mode.most, "{span}");
        }
    }
}
