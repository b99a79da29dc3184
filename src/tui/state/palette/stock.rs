//! Views that come by themselves, by what the phases mean.

use crate::tui::kept::View;
use crate::tui::state::{Facts, State};

/// Views shipped, then those kept.
pub fn views(state: &State) -> Vec<(View, bool)> {
    let shipped = shipped(&state.facts).into_iter().map(|view| (view, false));
    let kept = state.kept.of(&state.facts.pipeline_name()).views;
    let mut all: Vec<(View, bool)> = shipped.collect();
    // A kept one takes the place of a shipped one of its name.
    all.retain(|(view, _)| kept.iter().all(|own| own.name != view.name));
    all.extend(kept.into_iter().map(|view| (view, true)));
    all
}

fn shipped(facts: &Facts) -> Vec<View> {
    let view = |name: &str, filter: &str| View {
        name: name.into(),
        filter: filter.into(),
        sort: "-@age".into(),
        columns: Vec::new(),
    };
    let mut views = vec![view("all", ""), view("needs a person", "is:held")];
    views[0].sort = "@key".into();
    // What is begun or done only a pipeline's phases say.
    if facts.names.pipeline().is_some() {
        views.push(view("moving", "is:moving"));
        views.push(view("not begun", "!is:begun"));
        views.push(view("longest waiting", "is:begun !is:done"));
    }
    views
}
