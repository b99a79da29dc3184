//! Secrets that are like no other text, and every way in which one of them could be written down.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use drover::model::random::Random;
use memchr::memmem::Finder;
use std::fmt::Write;

/// A secret, and where it was put.
#[derive(Clone)]
pub(super) struct Canary {
    pub(super) slot: String,
    pub(super) value: String,
    /// Parts that no encoding of letters and digits changes.
    pieces: Vec<String>,
}

impl Canary {
    /// One that is our own: two random words around signs that each encoding writes differently.
    pub(super) fn new(slot: &str, random: &mut Random) -> Self {
        let word =
            |random: &mut Random| -> String { random.uuid().replace('-', "")[..18].to_owned() };
        let (first, second) = (word(random), word(random));
        Self {
            slot: slot.to_owned(),
            value: format!("{first}+/\"&<>%={second}"),
            pieces: vec![first, second],
        }
    }

    /// One whose text is given: by a service, or by the form it must have.
    pub(super) fn given(slot: &str, value: &str) -> Self {
        assert!(
            value.len() >= 16,
            "{slot} is too short to be told from other text"
        );
        let middle = value.len() / 4;
        Self {
            slot: slot.to_owned(),
            value: value.to_owned(),
            pieces: vec![
                value.to_owned(),
                value[middle..middle + value.len() / 2].to_owned(),
            ],
        }
    }

    /// The same, looked for by this beginning alone, which many of its kind share.
    pub(super) fn whole(self, beginning: &str) -> Self {
        Self {
            slot: self.slot,
            value: beginning.to_owned(),
            pieces: vec![beginning.to_owned()],
        }
    }

    /// Percent-encoded, as it stands in a query.
    pub(super) fn in_query(&self) -> String {
        self.value.bytes().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "%{byte:02X}");
            text
        })
    }

    /// Everything that would be a leak: the pieces as they are, in hexadecimal, in UTF-16; the whole in base64, wherever in a
    /// longer text it stands.
    pub(super) fn needles(&self) -> Vec<Vec<u8>> {
        let mut needles: Vec<Vec<u8>> = Vec::new();
        for piece in &self.pieces {
            needles.push(piece.clone().into_bytes());
            let hex = piece.bytes().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            needles.push(hex.to_uppercase().into_bytes());
            needles.push(hex.into_bytes());
            needles.push(piece.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        for before in 0..3 {
            let mut bytes = vec![b' '; before];
            bytes.extend_from_slice(self.value.as_bytes());
            let whole = bytes.len() / 3 * 4;
            for text in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
                // What the bytes around it share a letter with is left out.
                needles.push(text.as_bytes()[4 * before.min(1)..whole].to_vec());
            }
        }
        needles.sort();
        needles.dedup();
        needles
    }
}

/// Where something was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) place: String,
    pub(super) slot: String,
    /// What stands around it.
    pub(super) around: String,
}

/// Looks for canaries in bytes.
pub(super) struct Search {
    finders: Vec<(String, Finder<'static>)>,
}

impl Search {
    pub(super) fn new(canaries: &[Canary]) -> Self {
        let finders = canaries.iter().flat_map(|canary| {
            let needles = canary.needles().into_iter();
            needles.map(|needle| (canary.slot.clone(), Finder::new(&needle).into_owned()))
        });
        Self {
            finders: finders.collect(),
        }
    }

    pub(super) fn needles(&self) -> usize {
        self.finders.len()
    }

    /// Each slot once, with the first place where it is.
    pub(super) fn hits(&self, place: &str, bytes: &[u8]) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for (slot, finder) in &self.finders {
            let Some(at) = finder.find(bytes) else {
                continue;
            };
            if hits.iter().all(|hit| hit.slot != *slot) {
                let around = &bytes[at.saturating_sub(160)..bytes.len().min(at + 100)];
                hits.push(Hit {
                    place: place.to_owned(),
                    slot: slot.clone(),
                    around: String::from_utf8_lossy(around).into_owned(),
                });
            }
        }
        hits
    }
}

#[test]
fn the_search_finds_each_canary_in_each_spelling_and_nothing_where_there_is_none() {
    let mut random = Random::seeded(4);
    let canaries = [
        Canary::new("a", &mut random),
        Canary::new("b", &mut random),
        Canary::given("c", "xoxb-0123456789abcdef"),
    ];
    let search = Search::new(&canaries);
    assert!(search.hits("nothing", &vec![b'a'; 100_000]).is_empty());
    for canary in &canaries {
        let value = &canary.value;
        for before in ["", "x", "xy", "xyz"] {
            let spelled = [
                format!("{before}{value}"),
                STANDARD.encode(format!("{before}{value}{before}")),
                URL_SAFE.encode(format!("{before}{value}{before}")),
                serde_json::to_string(&format!("{before}{value}")).unwrap(),
                drover::model::percent::percent(&format!("{before}{value}")),
                value
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('"', "&quot;"),
            ];
            for text in spelled {
                let hits = search.hits("here", text.as_bytes());
                assert_eq!(hits.len(), 1, "{before} {} in {text}", canary.slot);
                assert_eq!(hits[0].slot, canary.slot);
            }
        }
    }
}
