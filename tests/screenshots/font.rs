//! Glyphs as coverage in steps, from fonts that come with the crate: the same on every machine.

use ab_glyph::{Font, FontRef, GlyphId, PxScale, point};
use std::collections::HashMap;

/// Into how many steps a glyph's edge is divided. Few enough that a picture has at most 256 colours, as long as the
/// screen has not more than some fifteen.
pub const STEPS: u8 = 7;

/// How much of one pixel is covered: right, down, steps.
pub type Spot = (i32, i32, u8);

/// The fonts, and every glyph drawn so far.
pub struct Fonts {
    plain: FontRef<'static>,
    bold: FontRef<'static>,
    /// Has signs that the others lack; its glyphs are squeezed into the cell.
    wide: FontRef<'static>,
    width: f32,
    base: f32,
    /// By character, which has its columns always, and whether it is bold.
    known: HashMap<(char, bool), Option<Vec<Spot>>>,
}

impl Fonts {
    /// For cells of this width, with letters standing on `base`.
    pub fn new(width: f32, base: f32) -> Self {
        let font = |bytes| FontRef::try_from_slice(bytes).expect("a font of the crate is a font");
        Self {
            plain: font(dejavu::sans_mono::regular()),
            bold: font(dejavu::sans_mono::bold()),
            wide: font(dejavu::sans::regular()),
            width,
            base,
            known: HashMap::new(),
        }
    }

    /// The glyph in a cell of one column or two whose upper left corner is at 0, 0; `None` when no font has it.
    pub fn glyph(&mut self, c: char, columns: u16, bold: bool) -> Option<&[Spot]> {
        if !self.known.contains_key(&(c, bold)) {
            let glyph = self.outline(c, columns, bold);
            self.known.insert((c, bold), glyph);
        }
        self.known[&(c, bold)].as_deref()
    }

    fn outline(&self, c: char, columns: u16, bold: bool) -> Option<Vec<Spot>> {
        let mono = if bold { &self.bold } else { &self.plain };
        let has = |font: &FontRef<'_>| Some(font.glyph_id(c)).filter(|id| *id != GlyphId(0));
        // One letter's advance fills the cell, for every letter of the monospaced font.
        let scale = |font: &FontRef<'_>| {
            let letter = mono.h_advance_unscaled(mono.glyph_id('M'));
            self.width / letter * font.height_unscaled()
        };
        let (font, id, squeeze) = if let Some(id) = has(mono) {
            (mono, id, 1.0)
        } else {
            let id = has(&self.wide)?;
            let advance =
                self.wide.h_advance_unscaled(id) * scale(&self.wide) / self.wide.height_unscaled();
            (
                &self.wide,
                id,
                (self.width * f32::from(columns) / advance.max(1.0)).min(1.0),
            )
        };
        let size = scale(font);
        let size = PxScale {
            x: size * squeeze,
            y: size,
        };
        let glyph = id.with_scale_and_position(size, point(0.0, self.base));
        // A blank has a glyph, and no outline.
        let Some(outline) = font.outline_glyph(glyph) else {
            return Some(Vec::new());
        };
        let bounds = outline.px_bounds();
        let mut spots = Vec::new();
        outline.draw(|x, y, covered| {
            let step = (covered.clamp(0.0, 1.0) * f32::from(STEPS)).round() as u8;
            if step > 0 {
                let (x, y) = (
                    x as i32 + bounds.min.x as i32,
                    y as i32 + bounds.min.y as i32,
                );
                spots.push((x, y, step));
            }
        });
        Some(spots)
    }
}
