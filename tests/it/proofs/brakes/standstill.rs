//! An engine that lives and does nothing: its health says so, and the service manager hears no more of it.

use crate::engine::world::World;
use crate::proofs::{alone, figure};
use crate::support::{Company, drover, until};
use drover::model::clock::Stopwatch;
use drover::model::time::Span;
use drover::model::value::Value;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

const STAGE: &str = r#"
[[stage]]
name  = "send"
[stage.gate]
"wanted"   = "wanted"
"long ago" = "done_at < ago('1h')"
[[stage.step]]
name = "send"
call = "svc.send"
[stage.set]
done_at = "{{ now }}"
"#;

/// The next word on the socket, if one comes within this time.
fn hears(socket: &UnixDatagram, within: Duration) -> Option<String> {
    let mut bytes = [0; 256];
    socket.set_read_timeout(Some(within)).unwrap();
    let count = socket.recv(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..count]).into_owned())
}

#[test]
fn the_service_manager_hears_that_it_is_ready_that_it_goes_round_and_that_it_ends() {
    let company = Company::open(60, &["--devices", "5"]);
    let path = company.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut run = drover();
    let mut child = run
        .args(["run", "--speed", "60"])
        .current_dir(company.path(""))
        .envs(company.secrets.iter().map(|(name, value)| (name, value)))
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "900000")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let limit = Duration::from_secs(30);
    assert_eq!(hears(&socket, limit).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(hears(&socket, limit).as_deref(), Some("WATCHDOG=1"));
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let last = until(limit, "the last word", || {
        hears(&socket, limit).filter(|word| word != "WATCHDOG=1")
    });
    assert_eq!(last, "STOPPING=1");
    assert!(child.wait().unwrap().success());
}

#[test]
#[ignore = "takes minutes"]
fn an_engine_whose_scheduler_hangs_is_called_stalled_within_the_minute() {
    let _alone = alone();
    let mut world = World::asleep(STAGE);
    world.start();
    let long_ago = Value::Time(world.clock.now().minus(Span::from_mins(30)));
    world.row(
        "A1",
        &[("wanted", Value::Boolean(true)), ("done_at", long_ago)],
    );
    world.settle();
    assert_eq!(world.stalled(), None);
    let release = world.block_the_writer();
    // Now the row falls due, and recording its attempt hangs.
    world.clock.turn(Span::from_mins(31));
    let watch = Stopwatch::start();
    let said = until(Duration::from_mins(1), "it is called stalled", || {
        world.stalled()
    });
    let took = watch.elapsed();
    assert!(said.starts_with("stalled for 3"), "{said}");
    drop(release);
    until(Duration::from_secs(30), "it goes round again", || {
        world.stalled().is_none().then_some(())
    });
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 1);
    figure("brakes.standstill", &[("noticed_after_s", &took.as_secs())]);
}
