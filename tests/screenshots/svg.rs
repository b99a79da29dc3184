//! A grid as SVG: every stretch of text starts at its column and ends at its column, in whatever font the reader has.

use crate::grid::Grid;
use crate::palette::{Rgb, blend};
use crate::runs::{Band, Run, backgrounds, texts, underlines};
use crate::strokes::{Size, Stroke, strokes};
use std::fmt::Write;

/// A cell, in the picture's own units.
const CELL: Size = Size {
    width: 10,
    height: 20,
};
/// From the top of a line to where its letters stand.
const BASE: f32 = 15.5;
/// Where a letter of most monospaced fonts is one cell wide.
const FONT: &str =
    "16.6px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace";

/// The picture, line by line.
pub fn svg(grid: &Grid) -> String {
    let (width, height) = (
        u32::from(grid.columns) * CELL.width,
        grid.lines.len() as u32 * CELL.height,
    );
    // One column and half a line of paper all round.
    let (side, top) = (CELL.width, CELL.height / 2);
    let (wide, high) = (width + 2 * side, height + 2 * top);
    let frame = blend(grid.paper, grid.ink, 0.25);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\">\n\
         <style>text{{font:{FONT};white-space:pre}}.b{{font-weight:bold}}</style>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"{}\"/>\n\
         <g transform=\"translate({side} {top})\">",
        wide - 1,
        high - 1,
        hex(grid.paper),
        hex(frame),
    );
    out.push_str("<g shape-rendering=\"crispEdges\">\n");
    for band in backgrounds(grid) {
        bar(&mut out, band, 0, CELL.height);
    }
    for band in underlines(grid) {
        bar(&mut out, band, CELL.height - 2, 1);
    }
    out.push_str("</g>\n");
    for run in texts(grid, |cell| drawn(&cell.text).is_some()) {
        text(&mut out, &run);
    }
    for (line, cells) in grid.lines.iter().enumerate() {
        for cell in cells {
            for stroke in drawn(&cell.text).into_iter().flatten() {
                let x = (u32::from(cell.column) * CELL.width) as f32;
                let y = (line as u32 * CELL.height) as f32;
                draw(&mut out, stroke, (x, y), cell.look.ink);
            }
        }
    }
    if let Some((line, column)) = grid.caret {
        let (x, y) = (
            u32::from(column) * CELL.width,
            u32::from(line) * CELL.height,
        );
        rect(
            &mut out,
            (x as f32, y as f32 + 2.0),
            (2.0, 16.0),
            grid.ink,
            1.0,
        );
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// What to draw for a cell that is one drawn character.
fn drawn(text: &str) -> Option<Vec<Stroke>> {
    let mut chars = text.chars();
    let first = chars.next()?;
    strokes(first, CELL).filter(|_| chars.next().is_none())
}

fn bar(out: &mut String, band: Band, from: u32, height: u32) {
    let x = (u32::from(band.column) * CELL.width) as f32;
    let y = (band.line as u32 * CELL.height + from) as f32;
    let width = (u32::from(band.columns) * CELL.width) as f32;
    rect(out, (x, y), (width, height as f32), band.colour, 1.0);
}

fn rect(out: &mut String, at: (f32, f32), size: (f32, f32), colour: Rgb, share: f32) {
    let _ = write!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"",
        at.0,
        at.1,
        size.0,
        size.1,
        hex(colour)
    );
    if share < 1.0 {
        let _ = write!(out, " fill-opacity=\"{share}\"");
    }
    out.push_str("/>\n");
}

fn text(out: &mut String, run: &Run) {
    let x = u32::from(run.column) * CELL.width;
    let y = (run.line as u32 * CELL.height) as f32 + BASE;
    let width = u32::from(run.columns) * CELL.width;
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" textLength=\"{width}\"");
    if !run.text.is_ascii() {
        // A glyph that another font lends may be wider than its cell.
        out.push_str(" lengthAdjust=\"spacingAndGlyphs\"");
    }
    let class = if run.look.bold { " class=\"b\"" } else { "" };
    let _ = write!(out, "{class} fill=\"{}\">", hex(run.look.ink));
    escape(out, &run.text);
    out.push_str("</text>\n");
}

fn draw(out: &mut String, stroke: Stroke, (left, top): (f32, f32), colour: Rgb) {
    match stroke {
        Stroke::Fill {
            x,
            y,
            width,
            height,
            share,
        } => rect(out, (left + x, top + y), (width, height), colour, share),
        Stroke::Dot { x, y, radius } => {
            let (x, y) = (left + x, top + y);
            let _ = writeln!(
                out,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{}\"/>",
                hex(colour)
            );
        }
        Stroke::Corner { right, down } => {
            let thick = CELL.thin() as f32;
            let (across, along) = CELL.middle();
            let (x, y) = (left + across + thick / 2.0, top + along + thick / 2.0);
            let bend = CELL.bend();
            let (side, way) = if right {
                (left + 10.0, bend)
            } else {
                (left, -bend)
            };
            let (end, turn) = if down {
                (top + 20.0, bend)
            } else {
                (top, -bend)
            };
            let sweep = u8::from(right != down);
            let _ = writeln!(
                out,
                "<path d=\"M{side} {y}H{}A{bend} {bend} 0 0 {sweep} {x} {}V{end}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{thick}\"/>",
                x + way,
                y + turn,
                hex(colour)
            );
        }
    }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Nothing else below a space may stand in XML.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::tests::shown;

    fn texts_of(grid: &Grid) -> Vec<String> {
        svg(grid)
            .lines()
            .filter(|line| line.starts_with("<text"))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_stretch_begins_at_its_column_and_is_as_long_as_its_columns() {
        let texts = texts_of(&shown(2, 20, "ab   cd日ef\r\n  \x1b[1mg"));
        let at: Vec<String> = texts
            .iter()
            .map(|text| text.split(" fill").next().unwrap().to_owned())
            .collect();
        let expected = [
            r#"<text x="0" y="15.5" textLength="20""#,
            r#"<text x="50" y="15.5" textLength="20""#,
            r#"<text x="70" y="15.5" textLength="20" lengthAdjust="spacingAndGlyphs""#,
            r#"<text x="90" y="15.5" textLength="20""#,
            r#"<text x="20" y="35.5" textLength="10" class="b""#,
        ];
        assert_eq!(at, expected);
    }

    #[test]
    fn marks_of_xml_are_escaped() {
        let texts = texts_of(&shown(1, 20, "a<b>&\"c\""));
        assert!(
            texts[0].ends_with(">a&lt;b&gt;&amp;\"c\"</text>"),
            "{texts:?}"
        );
    }

    #[test]
    fn lines_are_drawn_and_not_written() {
        let grid = shown(1, 4, "──╮x");
        let picture = svg(&grid);
        assert!(picture.contains(r#"<rect x="10" y="9" width="10" height="1""#));
        assert!(picture.contains(r#"<path d="M20 9.5H19.5A5 5 0 0 1 24.5 14.5V20""#));
        assert_eq!(texts_of(&grid).len(), 1);
    }

    #[test]
    fn the_same_screen_gives_the_same_picture() {
        let bytes = "\x1b[7mone\x1b[0m \x1b[4;36mtwo\x1b[0m ▄▄ ⣿";
        assert_eq!(svg(&shown(3, 20, bytes)), svg(&shown(3, 20, bytes)));
    }
}
