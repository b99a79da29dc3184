//! What the terminal's colours look like in the pictures: one calm palette for dark backgrounds, one for light ones.

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// A terminal's own colours.
#[derive(Debug)]
pub struct Palette {
    pub paper: Rgb,
    pub ink: Rgb,
    /// The sixteen, in the terminal's order.
    pub named: [Rgb; 16],
}

const fn rgb(hex: u32) -> Rgb {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

pub static DARK: Palette = Palette {
    paper: rgb(0x1a_1d23),
    ink: rgb(0xd3_d7de),
    named: [
        rgb(0x2c_313a),
        rgb(0xe0_6c75),
        rgb(0x8c_c38a),
        rgb(0xd9_b36c),
        rgb(0x7a_a2e3),
        rgb(0xc7_93d6),
        rgb(0x6f_bfc9),
        rgb(0xc9_ced6),
        rgb(0x70_7783),
        rgb(0xf0_8a8a),
        rgb(0xa3_d9a0),
        rgb(0xec_d08e),
        rgb(0x9c_bdf2),
        rgb(0xdc_b1e8),
        rgb(0x93_d8e0),
        rgb(0xf4_f6f8),
    ],
};

/// White stays white here, as terminals have it, so that text nobody could read shows as such.
pub static LIGHT: Palette = Palette {
    paper: rgb(0xfc_fbf8),
    ink: rgb(0x2d_3138),
    named: [
        rgb(0x2d_3138),
        rgb(0xb3_353c),
        rgb(0x3a_7d34),
        rgb(0x8f_6400),
        rgb(0x2c_5fb0),
        rgb(0x8a_3f9e),
        rgb(0x0f_7480),
        rgb(0xd9_d8d3),
        rgb(0x82_8790),
        rgb(0xc8_343c),
        rgb(0x2f_8a3c),
        rgb(0xa0_6f00),
        rgb(0x2f_6bd0),
        rgb(0x9c_46b4),
        rgb(0x0e_8190),
        rgb(0xff_ffff),
    ],
};

/// How bright the steps of the 6×6×6 cube are, as xterm has them.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Palette {
    /// A colour by its number among the 256.
    pub fn numbered(&self, number: u8) -> Rgb {
        match number {
            0..16 => self.named[usize::from(number)],
            16..232 => {
                let at = usize::from(number - 16);
                [CUBE[at / 36], CUBE[at / 6 % 6], CUBE[at % 6]]
            }
            232.. => [8 + 10 * (number - 232); 3],
        }
    }
}

/// `share` of `over`, the rest of `under`; both ends exact.
pub fn blend(under: Rgb, over: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|at| {
        let (low, high) = (f32::from(under[at]), f32::from(over[at]));
        (low + (high - low) * share).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_256_are_the_sixteen_a_cube_and_a_row_of_greys() {
        assert_eq!(DARK.numbered(9), DARK.named[9]);
        assert_eq!(DARK.numbered(16), [0, 0, 0]);
        assert_eq!(DARK.numbered(196), [255, 0, 0]);
        assert_eq!(DARK.numbered(231), [255, 255, 255]);
        assert_eq!(DARK.numbered(232), [8, 8, 8]);
        assert_eq!(DARK.numbered(255), [238, 238, 238]);
    }
}
