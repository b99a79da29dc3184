//! A grid as PNG: what the SVG shows, in a font that comes along.

use crate::font::Fonts;
use crate::grid::{Cell, Grid};
use crate::paint::Paint;
use crate::palette::blend;
use crate::runs::{Band, backgrounds, underlines};
use crate::strokes::{Size, strokes};

/// How many pixels a cell has: fine enough to read in a page that shows the picture smaller than it is, small enough to keep.
fn size(columns: u16) -> Size {
    let (width, height) = match columns {
        0..=80 => (20, 40),
        81..=130 => (14, 28),
        _ => (10, 20),
    };
    Size { width, height }
}

/// The picture's bytes. The error is a sentence.
pub fn png(grid: &Grid) -> Result<Vec<u8>, String> {
    let mut easel = Easel::new(grid);
    easel.bands(&backgrounds(grid), 0, easel.size.height);
    let thin = easel.size.thin();
    easel.bands(&underlines(grid), easel.size.height - 2 * thin, thin);
    for (line, cells) in grid.lines.iter().enumerate() {
        for cell in cells.iter().filter(|cell| !cell.text.is_empty()) {
            easel.cell(line as u32, cell);
        }
    }
    if let Some((line, column)) = grid.caret {
        let (x, y) = easel.corner(line.into(), column.into());
        let height = easel.size.height - 4 * thin;
        easel
            .paint
            .fill((x, y + 2 * thin), (2 * thin, height), grid.ink);
    }
    easel
        .paint
        .png()
        .map_err(|error| format!("the picture cannot be packed as PNG: {error}"))
}

struct Easel {
    size: Size,
    fonts: Fonts,
    paint: Paint,
}

impl Easel {
    fn new(grid: &Grid) -> Self {
        let size = size(grid.columns);
        // One column and half a line of paper all round.
        let width = (u32::from(grid.columns) + 2) * size.width;
        let height = (grid.lines.len() as u32 + 1) * size.height;
        let mut paint = Paint::new(width, height, grid.paper);
        let frame = blend(grid.paper, grid.ink, 0.25);
        paint.outline((0, 0), (width, height), size.thin(), frame);
        Self {
            size,
            fonts: Fonts::new(size.width as f32, (size.height as f32 * 0.775).round()),
            paint,
        }
    }

    /// The pixel at a cell's upper left corner.
    fn corner(&self, line: u32, column: u32) -> (u32, u32) {
        let Size { width, height } = self.size;
        ((column + 1) * width, line * height + height / 2)
    }

    fn bands(&mut self, bands: &[Band], from: u32, height: u32) {
        for band in bands {
            let (x, y) = self.corner(band.line as u32, band.column.into());
            let width = u32::from(band.columns) * self.size.width;
            self.paint.fill((x, y + from), (width, height), band.colour);
        }
    }

    fn cell(&mut self, line: u32, cell: &Cell) {
        let (x, y) = self.corner(line, cell.column.into());
        let ink = cell.look.ink;
        let mut lacking = false;
        for c in cell.text.chars() {
            if let Some(strokes) = strokes(c, self.size) {
                for stroke in strokes {
                    self.paint.stroke(stroke, (x, y), self.size, ink);
                }
            } else if let Some(spots) = self.fonts.glyph(c, cell.columns, cell.look.bold) {
                for &(right, down, steps) in spots {
                    self.paint
                        .spot(x as i32 + right, y as i32 + down, steps, ink);
                }
            } else {
                lacking = true;
            }
        }
        if lacking {
            // A box as wide as the character, so that whatever follows still stands in its column.
            let Size { width, height } = self.size;
            let (side, top) = (width / 10 + 1, height / 8);
            let wide = u32::from(cell.columns) * width - 2 * side;
            let thin = self.size.thin();
            self.paint
                .outline((x + side, y + top), (wide, height - 2 * top), thin, ink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::tests::shown;

    fn pixels(bytes: &str) -> (u32, Vec<u8>) {
        let packed = png(&shown(1, 6, bytes)).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(packed))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, pixels)
    }

    /// Whether anything is painted in a column of cells; cells are 20 pixels wide, and one stands before the first.
    fn painted((width, pixels): &(u32, Vec<u8>), column: u32) -> bool {
        let paper = pixels[(10 * width + 10) as usize];
        let from = (column + 1) * 20;
        (20..60).any(|y| (from..from + 20).any(|x| pixels[(y * width + x) as usize] != paper))
    }

    #[test]
    fn letters_stand_in_their_columns_and_a_character_no_font_has_takes_its_two() {
        let picture = pixels("\x1b[?25la 日 b");
        let columns: Vec<bool> = (0..6).map(|column| painted(&picture, column)).collect();
        assert_eq!(columns, [true, false, true, true, false, true]);
    }
}
