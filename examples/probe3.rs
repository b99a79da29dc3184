use drover::model::clock::Stopwatch;
use drover::store::*;
use std::path::Path;
fn main() {
    let p = std::env::args().nth(1).unwrap();
    for _ in 0..4 {
        let w = Stopwatch::start();
        let r = Reader::open(Path::new(&p)).unwrap();
        let a = w.elapsed();
        let w = Stopwatch::start();
        let pl =
            drover::pipeline::parse("x", include_str!("../assets/pipelines/jamf-to-fleet.toml"))
                .unwrap();
        let b = w.elapsed();
        let w = Stopwatch::start();
        let pl = pl.apply(&Default::default(), vec![]).unwrap();
        let c = w.elapsed();
        let w = Stopwatch::start();
        let j = Judge::new().unwrap();
        let d = w.elapsed();
        let w = Stopwatch::start();
        let ids = r
            .look(|v| {
                v.ids(&Query {
                    limit: Some(140),
                    ..Query::default()
                })
            })
            .unwrap();
        let e = w.elapsed();
        println!(
            "open {a:?} parse {b:?} apply {c:?} judge {d:?} ids {e:?} {}",
            ids.len()
        );
        drop((pl, j));
    }
}
