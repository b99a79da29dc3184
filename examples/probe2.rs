use drover::model::clock::{Stopwatch, real_now};
use drover::store::*;
use std::path::Path;
fn main() {
    let p = std::env::args().nth(1).unwrap();
    let w = Stopwatch::start();
    let r = Reader::open(Path::new(&p)).unwrap();
    println!("open {:?}", w.elapsed());
    let now = real_now();
    let texts = |r: &Reader| -> Vec<String> {
        r.shape()
            .columns
            .iter()
            .filter(|c| c.kind == drover::model::value::ValueType::Text)
            .map(|c| c.name.clone())
            .chain(["phase".into(), "wave".into()])
            .collect()
    };
    let cc = format!(
        "concat_ws(char(31), {}) LIKE '%nobody%' ESCAPE '\\'",
        texts(&r).join(", ")
    );
    let cc2 = format!(
        "concat_ws(char(31), {}) LIKE '%mac14%' ESCAPE '\\'",
        texts(&r).join(", ")
    );
    let cc3 = format!(
        "instr(lower(concat_ws(char(31), {})), 'nobody') > 0",
        texts(&r).join(", ")
    );
    let cc4 = format!(
        "concat_ws(char(31), {}) LIKE '%nobody%'",
        texts(&r).join(", ")
    );
    let t = |n: &str, f: &mut dyn FnMut(&View<'_>)| {
        let mut b = vec![];
        for _ in 0..5 {
            let w = Stopwatch::start();
            r.look_at(now, |v| {
                f(v);
                Ok(())
            })
            .unwrap();
            b.push(w.elapsed().as_secs_f64() * 1e3);
        }
        b.sort_by(f64::total_cmp);
        println!("{n:<30} best {:.2} median {:.2}", b[0], b[2]);
    };
    t("nothing", &mut |_| {});
    for c in [cc, cc2, cc3, cc4] {
        let q = Query {
            condition: Some(c.clone()),
            order: vec![("id".into(), true)],
            offset: 0,
            limit: None,
        };
        t(&c[..20], &mut |v| match v.ids(&q) {
            Ok(_) => {}
            Err(e) => println!("{e}"),
        });
    }
    t("phases", &mut |v| {
        v.phases().unwrap();
    });
    t("counts", &mut |v| {
        v.counts(now).unwrap();
    });
    t("switches", &mut |v| {
        v.switches().unwrap();
    });
    t("journal 500", &mut |v| {
        v.journal_before(None, None, 500).unwrap();
    });
    let ids = r
        .look(|v| {
            v.ids(&Query {
                limit: Some(140),
                ..Query::default()
            })
        })
        .unwrap();
    t("140 rows", &mut |v| {
        for i in &ids {
            v.row(*i).unwrap();
        }
    });
    t("140 holds", &mut |v| {
        for i in &ids {
            v.holds_of(*i).unwrap();
        }
    });
    t("140 queued", &mut |v| {
        for i in &ids {
            v.queued(*i).unwrap();
        }
    });
    t("140 explain", &mut |v| {
        for i in &ids {
            v.explain(*i, now).unwrap();
        }
    });
    t("note", &mut |v| {
        v.note("engine").unwrap();
    });
    let w = Stopwatch::start();
    for _ in 0..1000 {
        r.revision().unwrap();
    }
    println!("revision {:?}", w.elapsed() / 1000);
}
