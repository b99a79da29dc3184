//! The write-ahead log, looked over before SQLite has it.
//!
//! SQLite takes the log up to the first frame whose checksum does not fit and forgets the rest without a word: right for
//! what a power cut left half written, wrong for a log that was damaged later. The index beside it (`-shm`) says how far
//! the log was once whole: frames are counted there only after they were synced.

use super::open::bad;
use super::sql::Result;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The log's header, and that of each frame (`fileformat2.html` §4.1, §4.2).
const HEADER: usize = 32;
const FRAME: usize = 24;

/// What the index remembers of the log.
struct Known {
    frames: u32,
    /// Of those, how many are in the file already.
    copied: u32,
    salts: [u8; 8],
}

/// Refuses a log that has lost commits.
///
/// To be called before any connection of this process: POSIX locks vanish when any handle of the index closes.
pub(super) fn check(path: &Path, log: &Path, index: &Path) -> Result<()> {
    let Some(known) = known(index).filter(|known| known.frames > known.copied) else {
        return Ok(());
    };
    let whole = whole(log, &known).unwrap_or(0);
    if whole >= known.frames {
        return Ok(());
    }
    Err(bad(
        path,
        &format!(
            "{} is damaged: {} of {} pages written since the last checkpoint can be read; the rest was acknowledged, so \
             it is not dropped silently: go back to a backup with `drover restore`, which keeps these files beside it",
            log.display(),
            whole,
            known.frames
        ),
    ))
}

/// `WalIndexHdr`, twice, then the checkpoint's info: in the machine's own byte order (`walformat.html` §2.1).
fn known(index: &Path) -> Option<Known> {
    let mut bytes = [0_u8; 136];
    File::open(index).ok()?.read_exact(&mut bytes).ok()?;
    let word = |at: usize| {
        let four: [u8; 4] = bytes[at..at + 4].try_into().unwrap_or_default();
        u32::from_ne_bytes(four)
    };
    // Both copies alike, and initialised: else it was being written, or never was.
    if bytes[..48] != bytes[48..96] || bytes[12] == 0 {
        return None;
    }
    Some(Known {
        frames: word(16),
        copied: word(96),
        salts: bytes[32..40].try_into().ok()?,
    })
}

/// Frames in a row, from the first, that belong to this log and whose checksums fit.
fn whole(log: &Path, known: &Known) -> Option<u32> {
    let mut file = BufReader::new(File::open(log).ok()?);
    let mut header = [0_u8; HEADER];
    file.read_exact(&mut header).ok()?;
    let big = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap_or_default());
    // The magic's last bit says in which byte order the sums are made.
    let sum = Sum {
        big: match big(&header[..4]) {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        },
    };
    let mut sums = sum.add((0, 0), &header[..24]);
    if sums != (big(&header[24..28]), big(&header[28..32])) || header[16..24] != known.salts {
        return None;
    }
    let page = big(&header[8..12]) as usize;
    let mut frame = vec![0_u8; FRAME + page];
    let mut frames = 0;
    while frames < known.frames && file.read_exact(&mut frame).is_ok() {
        sums = sum.add(sums, &frame[..8]);
        sums = sum.add(sums, &frame[FRAME..]);
        if frame[8..16] != known.salts || sums != (big(&frame[16..20]), big(&frame[20..24])) {
            break;
        }
        frames += 1;
    }
    Some(frames)
}

struct Sum {
    big: bool,
}

impl Sum {
    /// SQLite's running checksum over pairs of words.
    fn add(&self, (mut first, mut second): (u32, u32), bytes: &[u8]) -> (u32, u32) {
        let word = |four: &[u8]| {
            let four: [u8; 4] = four.try_into().unwrap_or_default();
            if self.big {
                u32::from_be_bytes(four)
            } else {
                u32::from_le_bytes(four)
            }
        };
        for eight in bytes.chunks_exact(8) {
            first = first.wrapping_add(word(&eight[..4])).wrapping_add(second);
            second = second.wrapping_add(word(&eight[4..])).wrapping_add(first);
        }
        (first, second)
    }
}
