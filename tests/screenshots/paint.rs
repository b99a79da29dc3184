//! A picture of coloured pixels, painted on.

use crate::font::STEPS;
use crate::palette::{Rgb, blend};
use crate::strokes::{Size, Stroke};
use std::collections::HashMap;

/// Pixels, row by row.
pub struct Paint {
    pub width: u32,
    pub height: u32,
    pixels: Vec<Rgb>,
}

impl Paint {
    pub fn new(width: u32, height: u32, paper: Rgb) -> Self {
        Self {
            width,
            height,
            pixels: vec![paper; (width * height) as usize],
        }
    }

    /// One pixel, covered in so many of [`STEPS`]; outside the picture nothing happens.
    pub fn spot(&mut self, x: i32, y: i32, steps: u8, colour: Rgb) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if x < self.width && y < self.height && steps > 0 {
            let pixel = &mut self.pixels[(y * self.width + x) as usize];
            *pixel = blend(*pixel, colour, f32::from(steps) / f32::from(STEPS));
        }
    }

    pub fn fill(&mut self, (left, top): (u32, u32), (width, height): (u32, u32), colour: Rgb) {
        for y in top..(top + height).min(self.height) {
            for x in left..(left + width).min(self.width) {
                self.pixels[(y * self.width + x) as usize] = colour;
            }
        }
    }

    /// A box's outline, one pixel thick for each ten of a cell's width.
    pub fn outline(&mut self, at: (u32, u32), (width, height): (u32, u32), thick: u32, ink: Rgb) {
        let (x, y) = at;
        self.fill(at, (width, thick), ink);
        self.fill((x, y + height - thick), (width, thick), ink);
        self.fill(at, (thick, height), ink);
        self.fill((x + width - thick, y), (thick, height), ink);
    }

    /// A piece of a drawn character in the cell at `left`, `top`.
    pub fn stroke(&mut self, stroke: Stroke, (left, top): (u32, u32), size: Size, ink: Rgb) {
        for y in 0..size.height {
            for x in 0..size.width {
                let covered = covered(stroke, size, x as f32 + 0.5, y as f32 + 0.5);
                let steps = (covered.clamp(0.0, 1.0) * f32::from(STEPS)).round() as u8;
                self.spot((left + x) as i32, (top + y) as i32, steps, ink);
            }
        }
    }

    /// As a PNG: by a palette where the colours allow it, in full otherwise.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut palette: Vec<Rgb> = Vec::new();
        let mut places = HashMap::new();
        let indexed: Vec<usize> = self
            .pixels
            .iter()
            .map(|pixel| {
                *places.entry(*pixel).or_insert_with(|| {
                    palette.push(*pixel);
                    palette.len() - 1
                })
            })
            .collect();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let bytes: Vec<u8> = if palette.len() <= 256 {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette.concat());
            encoder.set_filter(png::Filter::NoFilter);
            indexed.into_iter().map(|place| place as u8).collect()
        } else {
            encoder.set_color(png::ColorType::Rgb);
            self.pixels.concat()
        };
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&bytes)?;
        writer.finish()?;
        Ok(out)
    }
}

/// How much of the pixel around a point of the cell a stroke covers.
fn covered(stroke: Stroke, size: Size, x: f32, y: f32) -> f32 {
    match stroke {
        Stroke::Fill {
            x: left,
            y: top,
            width,
            height,
            share,
        } => {
            let inside = x > left && x < left + width && y > top && y < top + height;
            if inside { share } else { 0.0 }
        }
        Stroke::Dot {
            x: across,
            y: down,
            radius,
        } => radius + 0.5 - (x - across).hypot(y - down),
        Stroke::Corner { right, down } => {
            let thick = size.thin() as f32;
            let (across, along) = size.middle();
            // Turned so that every corner leaves to the right and downwards.
            let turn = |value: f32, from: f32, ahead: bool| {
                let middle = from + thick / 2.0;
                if ahead {
                    value - middle
                } else {
                    middle - value
                }
            };
            let (x, y) = (turn(x, across, right), turn(y, along, down));
            let bend = size.bend();
            let away = if x > bend {
                y.abs()
            } else if y > bend {
                x.abs()
            } else {
                ((x - bend).hypot(y - bend) - bend).abs()
            };
            thick / 2.0 + 0.5 - away
        }
    }
}
