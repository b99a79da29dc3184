//! Where things lie on the main screen.

use crate::tui::state::Pane;
use ratatui::layout::Rect;

/// Below this nothing useful fits.
pub const SMALLEST: (u16, u16) = (40, 12);
/// From these on, stages and log lie side by side under the table.
const ROOMY: (u16, u16) = (100, 30);
/// Columns of the stages pane: a share of the screen, in hundredths, between these.
const STAGES_SHARE: u16 = 55;
const STAGES: (u16, u16) = (56, 88);

/// The parts; those that do not fit are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    pub header: Rect,
    /// The line above the table, with counts, filter and order.
    pub title: Option<Rect>,
    /// The columns' names.
    pub heading: Rect,
    /// The rows alone.
    pub table: Rect,
    /// The stages in one line.
    pub strip: Option<Rect>,
    /// With its title line.
    pub stages: Option<Rect>,
    /// The entries alone.
    pub log: Option<Rect>,
    pub log_title: Option<Rect>,
    pub footer: Rect,
}

/// True when even the smallest layout does not fit.
pub fn too_small(size: (u16, u16)) -> bool {
    size.0 < SMALLEST.0 || size.1 < SMALLEST.1
}

pub fn main(size: (u16, u16), rules: usize, pane: Pane) -> Areas {
    let (wide, high) = size;
    if too_small(size) {
        return Areas::default();
    }
    let mut areas = Areas {
        header: Rect::new(0, 0, wide, 2),
        footer: Rect::new(0, high - 1, wide, 1),
        ..Areas::default()
    };
    let body = Rect::new(0, 2, wide, high - 3);
    let rules = rules.min(40) as u16;
    if wide >= ROOMY.0 && high >= ROOMY.1 {
        roomy(&mut areas, body, rules);
    } else if high >= 20 {
        narrow(&mut areas, body, rules, pane);
    } else {
        tight(&mut areas, body, rules, pane);
    }
    areas
}

/// Table above; stages and log side by side below.
fn roomy(areas: &mut Areas, body: Rect, rules: u16) {
    let below = (rules + 2).clamp(8, body.height * 2 / 5);
    let (above, below) = split(body, body.height - below);
    table(areas, above, true);
    let wide = (below.width * STAGES_SHARE / 100).clamp(STAGES.0, STAGES.1);
    let left = Rect {
        width: wide,
        ..below
    };
    areas.stages = Some(left);
    let right = Rect {
        x: left.width + 1,
        width: below.width - left.width - 1,
        ..below
    };
    log(areas, right);
}

/// Table above; below it one line of stages and a little log, or the pane that has the keys.
fn narrow(areas: &mut Areas, body: Rect, rules: u16, pane: Pane) {
    let most = body.height / 2;
    match pane {
        Pane::Table => {
            let lines = 2 + body.height.saturating_sub(21) / 2;
            let (above, below) = split(body, body.height - 1 - lines);
            table(areas, above, true);
            let (strip, below) = split(below, 1);
            areas.strip = Some(strip);
            areas.log = Some(below);
        }
        Pane::Stages => {
            let (above, below) = split(body, body.height - (rules + 2).clamp(5, most.max(5)));
            table(areas, above, true);
            areas.stages = Some(below);
        }
        Pane::Log => {
            let (above, below) = split(body, body.height - most);
            table(areas, above, true);
            log(areas, below);
        }
    }
}

/// One pane alone.
fn tight(areas: &mut Areas, body: Rect, rules: u16, pane: Pane) {
    match pane {
        Pane::Table => table(areas, body, false),
        Pane::Stages => {
            let (above, below) = split(body, body.height.saturating_sub(rules + 2).min(3));
            if above.height >= 3 {
                table(areas, above, false);
            }
            areas.stages = Some(if above.height >= 3 { below } else { body });
        }
        Pane::Log => log(areas, body),
    }
}

fn table(areas: &mut Areas, area: Rect, titled: bool) {
    let mut rest = area;
    if titled {
        let (title, below) = split(rest, 1);
        areas.title = Some(title);
        rest = below;
    }
    (areas.heading, areas.table) = split(rest, 1);
}

fn log(areas: &mut Areas, area: Rect) {
    let (title, below) = split(area, 1);
    areas.log_title = Some(title);
    areas.log = Some(below);
}

fn split(area: Rect, above: u16) -> (Rect, Rect) {
    let above = above.min(area.height);
    (
        Rect {
            height: above,
            ..area
        },
        Rect {
            y: area.y + above,
            height: area.height - above,
            ..area
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_screens_keep_the_rows_and_everything_lies_inside() {
        assert_eq!(main((80, 24), 11, Pane::Table).table.height, 16);
        assert_eq!(main((40, 12), 11, Pane::Table).table.height, 8);
        assert!(main((120, 40), 11, Pane::Table).table.height >= 20);
        assert!(main((220, 60), 11, Pane::Table).table.height >= 40);
        for wide in (1..=300).step_by(7) {
            for high in 1..=100 {
                for pane in [Pane::Table, Pane::Stages, Pane::Log] {
                    let areas = main((wide, high), 30, pane);
                    let whole = Rect::new(0, 0, wide, high);
                    let some = [
                        areas.title,
                        areas.strip,
                        areas.stages,
                        areas.log,
                        areas.log_title,
                    ];
                    let all = [areas.header, areas.heading, areas.table, areas.footer];
                    for area in some.into_iter().flatten().chain(all) {
                        assert_eq!(
                            area.intersection(whole).area(),
                            area.area(),
                            "{wide}×{high} {area:?}"
                        );
                    }
                }
            }
        }
    }
}
