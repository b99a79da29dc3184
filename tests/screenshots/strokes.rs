//! Lines, blocks and braille drawn rather than written, so that they join from cell to cell in whatever font.
//! Characters beyond these are the font's business.

/// A piece of a character. Pixels, from the cell's upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stroke {
    Fill {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        /// 1 covers all; the shades cover less.
        share: f32,
    },
    /// A rounded corner, from the middle of one side of the cell to the middle of another.
    Corner {
        /// Whether it leaves to the right, or to the left.
        right: bool,
        /// Whether it leaves downwards, or upwards.
        down: bool,
    },
    Dot {
        x: f32,
        y: f32,
        radius: f32,
    },
}

/// The size of a cell in pixels; whole numbers, so that edges are sharp.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// How thick a light line is.
    pub fn thin(self) -> u32 {
        (self.width / 10).max(1)
    }

    /// Where a light line begins, across and down.
    pub fn middle(self) -> (f32, f32) {
        let at = |length: u32, thick: u32| ((length - thick) / 2) as f32;
        (at(self.width, self.thin()), at(self.height, self.thin()))
    }

    /// The radius of a rounded corner's outer half.
    pub fn bend(self) -> f32 {
        (self.width / 2) as f32
    }
}

/// Which ways each line character goes, left, up, right, down: 1 light, 2 heavy.
const LINES: [(char, [u8; 4]); 38] = [
    ('─', [1, 0, 1, 0]),
    ('━', [2, 0, 2, 0]),
    ('│', [0, 1, 0, 1]),
    ('┃', [0, 2, 0, 2]),
    ('┌', [0, 0, 1, 1]),
    ('┏', [0, 0, 2, 2]),
    ('┐', [1, 0, 0, 1]),
    ('┓', [2, 0, 0, 2]),
    ('└', [0, 1, 1, 0]),
    ('┗', [0, 2, 2, 0]),
    ('┘', [1, 1, 0, 0]),
    ('┛', [2, 2, 0, 0]),
    ('├', [0, 1, 1, 1]),
    ('┝', [0, 1, 2, 1]),
    ('┠', [0, 2, 1, 2]),
    ('┣', [0, 2, 2, 2]),
    ('┤', [1, 1, 0, 1]),
    ('┥', [2, 1, 0, 1]),
    ('┨', [1, 2, 0, 2]),
    ('┫', [2, 2, 0, 2]),
    ('┬', [1, 0, 1, 1]),
    ('┯', [2, 0, 2, 1]),
    ('┳', [2, 0, 2, 2]),
    ('┴', [1, 1, 1, 0]),
    ('┷', [2, 1, 2, 0]),
    ('┻', [2, 2, 2, 0]),
    ('┼', [1, 1, 1, 1]),
    ('┿', [2, 1, 2, 1]),
    ('╂', [1, 2, 1, 2]),
    ('╋', [2, 2, 2, 2]),
    ('╴', [1, 0, 0, 0]),
    ('╵', [0, 1, 0, 0]),
    ('╶', [0, 0, 1, 0]),
    ('╷', [0, 0, 0, 1]),
    ('╸', [2, 0, 0, 0]),
    ('╹', [0, 2, 0, 0]),
    ('╺', [0, 0, 2, 0]),
    ('╻', [0, 0, 0, 2]),
];

/// Each quadrant character's quarters: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUARTERS: [(char, u8); 10] = [
    ('▖', 4),
    ('▗', 8),
    ('▘', 1),
    ('▙', 13),
    ('▚', 9),
    ('▛', 7),
    ('▜', 11),
    ('▝', 2),
    ('▞', 6),
    ('▟', 14),
];

/// What to draw for `c`; `None` when it is to be written.
pub fn strokes(c: char, size: Size) -> Option<Vec<Stroke>> {
    match c {
        '╭' => Some(corner(true, true)),
        '╮' => Some(corner(false, true)),
        '╯' => Some(corner(false, false)),
        '╰' => Some(corner(true, false)),
        '\u{2500}'..='\u{257f}' => {
            let (_, ways) = LINES.iter().find(|(line, _)| *line == c)?;
            Some(lines(*ways, size))
        }
        '\u{2580}'..='\u{259f}' => blocks(c, size),
        '\u{2800}'..='\u{28ff}' => Some(dots(c as u32 - 0x2800, size)),
        _ => None,
    }
}

fn corner(right: bool, down: bool) -> Vec<Stroke> {
    vec![Stroke::Corner { right, down }]
}

fn fill(x: f32, y: f32, width: f32, height: f32) -> Stroke {
    Stroke::Fill {
        x,
        y,
        width,
        height,
        share: 1.0,
    }
}

fn lines([left, up, right, down]: [u8; 4], size: Size) -> Vec<Stroke> {
    let thick = |weight: u8| {
        let thin = size.thin();
        if weight == 2 {
            thin * 2 + thin % 2
        } else {
            thin
        }
    };
    // Where the lines cross: as wide as the upright ones, as high as the level ones.
    let (across, tall) = (thick(up.max(down)), thick(left.max(right)));
    let (x, y) = ((size.width - across) / 2, (size.height - tall) / 2);
    let mut drawn = Vec::new();
    let mut level = |weight: u8, from: u32, to: u32| {
        let top = (size.height - thick(weight)) / 2;
        if weight > 0 {
            let (from, width) = (from as f32, (to - from) as f32);
            drawn.push(fill(from, top as f32, width, thick(weight) as f32));
        }
    };
    if left == right {
        level(left, 0, size.width);
    } else {
        level(left, 0, x + across);
        level(right, x, size.width);
    }
    let mut upright = |weight: u8, from: u32, to: u32| {
        let side = (size.width - thick(weight)) / 2;
        if weight > 0 {
            let (from, height) = (from as f32, (to - from) as f32);
            drawn.push(fill(side as f32, from, thick(weight) as f32, height));
        }
    };
    if up == down {
        upright(up, 0, size.height);
    } else {
        upright(up, 0, y + tall);
        upright(down, y, size.height);
    }
    drawn
}

fn blocks(c: char, size: Size) -> Option<Vec<Stroke>> {
    let (width, height) = (size.width as f32, size.height as f32);
    let eighths = |length: f32, count: u32| (length * count as f32 / 8.0).round();
    let number = c as u32;
    let shade = |share| Stroke::Fill {
        x: 0.0,
        y: 0.0,
        width,
        height,
        share,
    };
    let half = eighths(width, 4);
    let drawn = match c {
        '▀' => fill(0.0, 0.0, width, eighths(height, 4)),
        '▁'..='█' => {
            let high = eighths(height, number - 0x2580);
            fill(0.0, height - high, width, high)
        }
        '▉'..='▏' => fill(0.0, 0.0, eighths(width, 0x2590 - number), height),
        '▐' => fill(half, 0.0, width - half, height),
        '░' => shade(0.25),
        '▒' => shade(0.5),
        '▓' => shade(0.75),
        '▔' => fill(0.0, 0.0, width, eighths(height, 1)),
        '▕' => fill(width - eighths(width, 1), 0.0, eighths(width, 1), height),
        _ => {
            let (_, parts) = QUARTERS.iter().find(|(quarter, _)| *quarter == c)?;
            let split = eighths(height, 4);
            let all = [
                (1, 0.0, 0.0),
                (2, half, 0.0),
                (4, 0.0, split),
                (8, half, split),
            ];
            let chosen = all.iter().filter(|(bit, ..)| parts & bit != 0);
            return Some(
                chosen
                    .map(|(_, x, y)| {
                        let wide = if *x > 0.0 { width - half } else { half };
                        let high = if *y > 0.0 { height - split } else { split };
                        fill(*x, *y, wide, high)
                    })
                    .collect(),
            );
        }
    };
    Some(vec![drawn])
}

/// Two columns of four, evenly spaced also from cell to cell.
fn dots(bits: u32, size: Size) -> Vec<Stroke> {
    // Unicode counts the left three, the right three, then the lowest two.
    let places = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    let (width, height) = (size.width as f32, size.height as f32);
    let chosen = places
        .iter()
        .enumerate()
        .filter(|(at, _)| bits & (1 << at) != 0);
    chosen
        .map(|(_, &(column, row))| Stroke::Dot {
            x: width * (0.25 + 0.5 * column as f32),
            y: height * (0.125 + 0.25 * row as f32),
            radius: width * 0.16,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size {
        width: 10,
        height: 20,
    };

    #[test]
    fn lines_reach_the_edges_they_join_at() {
        assert_eq!(strokes('─', SIZE), Some(vec![fill(0.0, 9.0, 10.0, 1.0)]));
        let tee = strokes('┬', SIZE).unwrap();
        assert_eq!(tee, [fill(0.0, 9.0, 10.0, 1.0), fill(4.0, 9.0, 1.0, 11.0)]);
    }

    #[test]
    fn a_block_of_eighths_stands_on_the_floor_or_the_left_wall() {
        assert_eq!(strokes('▄', SIZE), Some(vec![fill(0.0, 10.0, 10.0, 10.0)]));
        assert_eq!(strokes('█', SIZE), Some(vec![fill(0.0, 0.0, 10.0, 20.0)]));
        assert_eq!(strokes('▌', SIZE), Some(vec![fill(0.0, 0.0, 5.0, 20.0)]));
        assert_eq!(strokes('▟', SIZE).unwrap().len(), 3);
    }

    #[test]
    fn braille_is_as_many_dots_as_the_character_has_bits() {
        assert_eq!(strokes('⣿', SIZE).unwrap().len(), 8);
        let lowest = strokes('⡀', SIZE).unwrap();
        let [Stroke::Dot { x, y, .. }] = lowest[..] else {
            panic!("{lowest:?}");
        };
        assert_eq!((x, y), (2.5, 17.5));
        assert_eq!(strokes('a', SIZE), None);
    }
}
