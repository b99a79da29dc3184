//! Which columns the stages pane has in so much room.

/// A column of the stages pane, in the order drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Name,
    Lately,
    Queue,
    Later,
    Run,
    Wait,
    Retry,
    Held,
    Next,
}

use Column::{Held, Lately, Later, Name, Next, Queue, Retry, Run, Wait};

const DRAWN: [Column; 9] = [Name, Lately, Queue, Run, Wait, Retry, Held, Later, Next];
/// What goes first when there is no room is last here; the name always stays.
const WORTH: [Column; 8] = [Queue, Held, Next, Run, Wait, Retry, Lately, Later];
/// Columns of the gutter, where the cursor is.
pub const GUTTER: u16 = 2;
/// The name has these at least, before anything else gets room, and at most.
const NAME: (u16, u16) = (14, 28);
/// A sparkline of the last hour, or of its second half.
const LATELY: (u16, u16) = (12, 6);

impl Column {
    /// Columns it takes, a gap before it among them.
    fn wide(self) -> u16 {
        match self {
            Name => NAME.0,
            Lately => LATELY.1 + 1,
            Next => 11,
            Queue | Later | Retry => 6,
            Run | Wait | Held => 5,
        }
    }

    pub fn head(self) -> &'static str {
        match self {
            Name => "",
            Lately => "lately",
            Queue => "queue",
            Later => "later",
            Run => "run",
            Wait => "wait",
            Retry => "retry",
            Held => "held",
            Next => "next",
        }
    }
}

/// Where a column lies; numbers stand at its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub column: Column,
    /// From the pane's left edge.
    pub x: u16,
    pub wide: u16,
}

/// The columns that fit, in the order drawn.
pub fn places(wide: u16) -> Vec<Place> {
    let mut left = wide.saturating_sub(GUTTER);
    let mut name = NAME.0.min(left);
    left -= name;
    let mut kept = vec![Name];
    for column in WORTH {
        if column.wide() > left {
            break;
        }
        left -= column.wide();
        kept.push(column);
    }
    let mut lately = Lately.wide();
    // Names are cut before sparklines are stretched.
    let more = left.min(6);
    (name, left) = (name + more, left - more);
    if kept.contains(&Lately) && left >= LATELY.0 - LATELY.1 {
        lately += LATELY.0 - LATELY.1;
        left -= LATELY.0 - LATELY.1;
    }
    name += left.min(NAME.1.saturating_sub(name));
    let mut x = GUTTER;
    let mut places = Vec::new();
    for column in DRAWN.into_iter().filter(|column| kept.contains(column)) {
        let wide = match column {
            Name => name,
            Lately => lately,
            other => other.wide(),
        };
        places.push(Place { column, x, wide });
        x += wide;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worth_least_goes_first_and_nothing_overflows() {
        for wide in 0..=300 {
            let places = places(wide);
            let mut end = GUTTER.min(wide);
            for place in &places {
                assert_eq!(place.x, end.max(GUTTER), "{wide}");
                end = place.x + place.wide;
            }
            assert!(end <= wide.max(GUTTER), "{wide}: {places:?}");
            let has = |column| places.iter().any(|place| place.column == column);
            assert!(has(Name));
            for pair in WORTH.windows(2) {
                assert!(has(pair[0]) || !has(pair[1]), "{wide}: {places:?}");
            }
        }
        let kept = |wide| places(wide).len();
        assert_eq!((kept(38), kept(66), kept(88)), (4, 8, 9));
    }
}
