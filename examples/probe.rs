use drover::model::clock::Stopwatch;
use drover::store::*;
use std::path::Path;
fn main() {
    let p = std::env::args().nth(1).unwrap();
    let w = Stopwatch::start();
    let r = Reader::open(Path::new(&p)).unwrap();
    println!("open {:?}", w.elapsed());
    let like = |w: &str| {
        let s = r.shape().clone();
        let any: Vec<String> = s
            .columns
            .iter()
            .filter(|c| c.kind == drover::model::value::ValueType::Text)
            .map(|c| c.name.clone())
            .chain(["phase".into(), "wave".into()])
            .map(|n| format!("coalesce(\"{n}\", '') LIKE '%{w}%' ESCAPE '\\'"))
            .collect();
        format!("({})", any.join(" OR "))
    };
    let q = |c: Option<String>, o: Vec<(&str, bool)>, l: Option<u64>| Query {
        condition: c,
        order: o.into_iter().map(|(a, b)| (a.to_owned(), b)).collect(),
        offset: 0,
        limit: l,
    };
    for (n, q) in [
        ("key", q(None, vec![], None)),
        ("key limit 200", q(None, vec![], Some(200))),
        ("key desc", q(None, vec![("serial", false)], None)),
        (
            "phase,since",
            q(None, vec![("phase", true), ("phase_since", true)], None),
        ),
        ("age", q(None, vec![("phase_since", true)], None)),
        ("macos", q(None, vec![("macos_version", true)], None)),
        ("macos desc", q(None, vec![("macos_version", false)], None)),
        ("by id", q(None, vec![("id", true)], None)),
        ("like nobody", q(Some(like("nobody")), vec![], None)),
        (
            "like nobody by id",
            q(Some(like("nobody")), vec![("id", true)], None),
        ),
        ("like mac14", q(Some(like("mac14")), vec![], None)),
        (
            "like mac14 by id",
            q(Some(like("mac14")), vec![("id", true)], None),
        ),
        (
            "phase:",
            q(
                Some("coalesce(phase,'') LIKE '%between%' ESCAPE '\\'".into()),
                vec![],
                None,
            ),
        ),
        (
            "phase: by id",
            q(
                Some("coalesce(phase,'') LIKE '%between%' ESCAPE '\\'".into()),
                vec![("id", true)],
                None,
            ),
        ),
        (
            "macos:",
            q(
                Some("coalesce(macos_version,'') LIKE '%26.2%' ESCAPE '\\'".into()),
                vec![],
                None,
            ),
        ),
        (
            "macos: by id",
            q(
                Some("coalesce(macos_version,'') LIKE '%26.2%' ESCAPE '\\'".into()),
                vec![("id", true)],
                None,
            ),
        ),
        (
            "count phase",
            q(Some("phase = 'Between'".into()), vec![], None),
        ),
    ] {
        let mut best = vec![];
        let mut len = 0;
        for _ in 0..5 {
            let w = Stopwatch::start();
            len = r.look(|v| v.ids(&q)).unwrap().len();
            best.push(w.elapsed().as_secs_f64() * 1e3);
        }
        best.sort_by(f64::total_cmp);
        println!("{n:<22} {len:>7} best {:.1} median {:.1}", best[0], best[2]);
    }
}
