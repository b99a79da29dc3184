//! Stands in for what the world's own branch brings.

use crate::model::time::Span;
use crate::sim::world::State;
use std::path::Path;

impl State {
    /// The Mac comes by at the old server.
    pub fn come_by(&mut self, index: usize, _within: Span) {
        let now = self.now;
        let tenants = self.handover.as_mut().map(|handover| &mut handover.tenants);
        if let Some(tenant) = tenants.and_then(|tenants| tenants.get_mut(index)) {
            tenant.old_seen = Some(now);
        }
    }

    pub fn save_old_database(&mut self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, "saved")
    }
}
