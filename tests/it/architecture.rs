//! Holds the layers of DESIGN §8: who may use whom, what lies where, how long a file may be.

use crate::source::{Source, Token, sources, top};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each layer with the layers it may use. `config` reads every layer's settings; nobody but `cli` reads `config`.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("pipeline", &["model"]),
    ("store", &["model"]),
    ("connectors", &["model"]),
    ("intake", &["model", "pipeline", "store", "connectors"]),
    (
        "engine",
        &["model", "pipeline", "store", "connectors", "control"],
    ),
    ("control", &["model", "store"]),
    ("tui", &["model", "pipeline", "store", "control"]),
    ("sim", &["model"]),
    (
        "config",
        &[
            "model",
            "pipeline",
            "store",
            "connectors",
            "intake",
            "engine",
            "control",
            "tui",
            "sim",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "pipeline",
            "store",
            "connectors",
            "intake",
            "engine",
            "control",
            "tui",
            "sim",
            "config",
        ],
    ),
];

/// Crates that one layer alone may name.
const KEPT: &[(&str, &str)] = &[
    ("rusqlite", "store"),
    ("ratatui", "tui"),
    ("crossterm", "tui"),
    ("tui_input", "tui"),
    ("minijinja", "pipeline"),
    ("croner", "pipeline"),
    ("clap", "cli"),
];

const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "assets",
    "screenshots",
    "src",
    "tests",
];

const LONGEST_FILE: usize = 450;

/// The layer a file belongs to: the folder, or the file itself at the top of `src`.
fn layer(path: &str) -> &str {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    rest.split(['/', '.']).next().unwrap_or(rest)
}

/// How many modules deep a file is: `src/store/view.rs` is 2.
fn depth(path: &str) -> usize {
    let folders = path.matches('/').count();
    folders - usize::from(path.ends_with("/mod.rs"))
}

fn is_layer(name: &str) -> bool {
    LAYERS.iter().any(|(layer, _)| *layer == name)
}

/// The top-level modules a file names: through `crate::`, through `crate::{…}`, or by climbing with `super::`.
fn used(source: &Source) -> BTreeSet<String> {
    let tokens = &source.tokens;
    let mut found = BTreeSet::new();
    for at in 0..tokens.len() {
        if tokens.get(at + 1) != Some(&Token::Path) {
            continue;
        }
        if tokens[at].is("crate") {
            found.extend(heads(tokens, at + 2));
        } else if tokens[at].is("super") && (at == 0 || tokens[at - 1] != Token::Path) {
            let climbed = tokens[at..]
                .chunks_exact(2)
                .take_while(|pair| pair[0].is("super") && pair[1] == Token::Path)
                .count();
            if climbed >= depth(&source.path) {
                let reached = heads(tokens, at + climbed * 2);
                found.extend(reached.into_iter().filter(|name| is_layer(name)));
            }
        }
    }
    found
}

/// The first word of the path at `at`, or of each path of the group there.
fn heads(tokens: &[Token], at: usize) -> Vec<String> {
    match tokens.get(at) {
        Some(Token::Word(word)) => vec![word.clone()],
        Some(Token::Mark('{')) => {
            let (mut names, mut level, mut fresh) = (Vec::new(), 0, false);
            for token in &tokens[at..] {
                match token {
                    Token::Mark('{') => (level, fresh) = (level + 1, level == 0),
                    Token::Mark('}') => level -= 1,
                    Token::Mark(',') if level == 1 => fresh = true,
                    Token::Word(word) if fresh => {
                        names.push(word.clone());
                        fresh = false;
                    }
                    _ => {}
                }
                if level == 0 {
                    break;
                }
            }
            names
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_layer_uses_only_what_it_may() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let own = layer(&source.path);
        if matches!(own, "lib" | "main") {
            continue;
        }
        let Some((_, may)) = LAYERS.iter().find(|(layer, _)| *layer == own) else {
            wrong.push(format!("{} is in no layer", source.path));
            continue;
        };
        for name in used(&source) {
            if name != own && !may.contains(&name.as_str()) {
                wrong.push(format!("{} uses {name}, which {own} may not", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_binary_knows_only_the_command_line() {
    let all = sources("src");
    let main = all.iter().find(|s| s.path == "src/main.rs").unwrap();
    let tokens = &main.tokens;
    for at in 0..tokens.len() {
        if tokens[at].is("drover") && tokens.get(at + 1) == Some(&Token::Path) {
            assert_eq!(heads(tokens, at + 2), ["cli"], "src/main.rs");
        }
    }
    assert!(main.lines <= 60, "src/main.rs is thin");
}

#[test]
fn what_belongs_to_one_layer_is_named_nowhere_else() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (name, home) in KEPT {
            let mut pairs = source.tokens.windows(2);
            let mut after_use = source.tokens.windows(2);
            let named = pairs.any(|pair| pair[0].is(name) && pair[1] == Token::Path)
                || after_use.any(|pair| pair[0].is("use") && pair[1].is(name));
            if named && layer(&source.path) != *home {
                wrong.push(format!("{} names {name}, which is {home}'s", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_general_layer_knows_a_pipeline_by_its_name() {
    let names = drover::pipeline::SHIPPED.map(|(name, _)| name);
    let known = |text: &str| {
        let text = text.to_lowercase();
        names.into_iter().find(|name| text.contains(name))
    };
    let mut looked = 0;
    for layer in ["engine", "store", "tui"] {
        let folder = top().join("src").join(layer);
        for path in files(&folder) {
            looked += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            let name = known(&text).or_else(|| known(&path.to_string_lossy()));
            assert_eq!(name, None, "{}", path.display());
        }
    }
    assert!(looked > 200, "{looked}");
    assert_eq!(known("Like Seamless it is"), Some("seamless"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn no_file_is_too_long_and_folders_have_their_own_head() {
    let mut wrong = Vec::new();
    for source in sources("src").into_iter().chain(sources("tests")) {
        if source.lines > LONGEST_FILE {
            wrong.push(format!("{} has {} lines", source.path, source.lines));
        }
        let folder = source.path.trim_end_matches(".rs");
        if !source.path.ends_with("mod.rs") && top().join(folder).is_dir() {
            wrong.push(format!("{} lies beside its folder", source.path));
        }
        let head = source
            .path
            .strip_prefix("src/")
            .is_some_and(|path| path.matches('/').count() == 1 && path.ends_with("/mod.rs"));
        if head && source.tokens.iter().any(|token| token.is("fn")) {
            wrong.push(format!("{} is a layer's head and holds logic", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_of_the_repository_holds_what_it_should() {
    let names = std::fs::read_dir(top()).unwrap().map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().into_owned()
    });
    let shown: BTreeSet<_> = names
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    assert_eq!(shown, TOP.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn forbidden_uses_are_seen_however_they_are_written() {
    let source = |path: &str, text: &str| Source {
        path: path.into(),
        lines: 1,
        tokens: crate::source::tokens(text),
    };
    for (path, text, names) in [
        ("src/tui/a.rs", "use crate::engine::X;", "engine"),
        (
            "src/tui/a.rs",
            "use crate::{model::{a, sim}, engine};",
            "engine model",
        ),
        ("src/tui/a.rs", "let x = crate::intake::y();", "intake"),
        ("src/tui/a.rs", "use super::super::engine;", "engine"),
        ("src/tui/mod.rs", "use super::engine;", "engine"),
        ("src/tui/a/b.rs", "use super::super::engine::X;", ""),
        ("src/tui/a.rs", "// crate::engine\nuse super::b;", ""),
    ] {
        let found: Vec<_> = used(&source(path, text)).into_iter().collect();
        assert_eq!(found.join(" "), names, "{path}: {text}");
    }
}
