//! What the mouse did, from the two ways terminals say it.

/// One press or one notch of the wheel, at a cell counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    pub column: u16,
    pub line: u16,
    pub kind: MouseKind,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The first button went down.
    Press,
    WheelUp,
    WheelDown,
}

/// Shift, alt and control held down: they change nothing here.
const HELD: u16 = 4 | 8 | 16;

/// Reads what stands between `ESC [ <` and the last byte: button, column and line, counted from one. `None` for a
/// release, another button, and whatever no terminal would send.
pub fn sgr(numbers: &[u8], last: u8) -> Option<Mouse> {
    let mut parts = numbers.split(|byte| *byte == b';').map(number);
    let (button, column, line) = (parts.next()??, parts.next()??, parts.next()??);
    if last != b'M' || parts.next().is_some() {
        return None;
    }
    mouse(button, column, line)
}

/// Reads the three bytes after `ESC [ M`, by which a terminal answers that knows no other way. Taken so that they are
/// never read as keys.
pub fn old([button, column, line]: [u8; 3]) -> Option<Mouse> {
    let plain = |byte: u8| byte.checked_sub(32).map(u16::from);
    mouse(plain(button)?, plain(column)?, plain(line)?)
}

fn mouse(button: u16, column: u16, line: u16) -> Option<Mouse> {
    let kind = match button & !HELD {
        0 => MouseKind::Press,
        64 => MouseKind::WheelUp,
        65 => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse {
        column: column.checked_sub(1)?,
        line: line.checked_sub(1)?,
        kind,
    })
}

/// Digits only: a sign, a space or a number no screen has is no number.
fn number(part: &[u8]) -> Option<u16> {
    let digits = !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(part)
        .ok()
        .filter(|_| digits)?
        .parse()
        .ok()
}
