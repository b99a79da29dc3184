//! One replica over real HTTP, with the old server and Fleet behind it.

use super::{MdmProxy, Setup, habits};
use crate::model::hash::fnv1a32;
use crate::model::time::Span;
use crate::sim::fleet::{self, Fleet};
use crate::sim::ledger::verb;
use crate::sim::micromdm::{self, MicroMdm};
use crate::sim::plist;
use crate::sim::trying::{Moved, moved};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{client, serve, wire};
use crate::sim::world::{Routing, Side};

/// 57 of 100, and 42 of 100 (`api/fleet.md` §12.1).
const HIGH: &str = "E5C6DBBA-D5CC-4DB6-9560-995F17FB7A59";
const LOW: &str = "575424CB-09D7-4CAD-8A7A-D3511FE8A7E2";

struct Set {
    moved: Moved,
    proxy: Server,
    _old: Server,
    _new: Server,
}

async fn set(token: &str) -> Set {
    let moved = moved(8);
    let stand = |habits| wire(habits, &moved.clock, &moved.ledger);
    let old = MicroMdm::new(moved.world.clone(), "key".to_owned().into());
    let old = serve(stand(micromdm::habits()), old.router()).await;
    let new = Fleet::new(moved.world.clone(), "token".to_owned().into());
    let new = serve(stand(fleet::habits()), new.router()).await;
    let proxy = MdmProxy::new(Setup {
        world: moved.world.clone(),
        replica: 0,
        token: token.to_owned().into(),
        existing: old.url(),
        fleet: format!("{}/mdm/apple/mdm", new.url()),
    });
    let proxy = serve(stand(habits()), proxy.unwrap().router()).await;
    Set {
        moved,
        proxy,
        _old: old,
        _new: new,
    }
}

impl Set {
    async fn told(&self, path: &str, header: Option<&str>, body: &str) -> (u16, String) {
        let mut request = client().post(format!("{}{path}", self.proxy.url()));
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn tell(&self, path: &str, body: &str) -> (u16, String) {
        self.told(path, Some("Bearer secret"), body).await
    }

    async fn put(&self, path: &str, body: String) -> u16 {
        let request = client().put(format!("{}{path}", self.proxy.url()));
        request.body(body).send().await.unwrap().status().as_u16()
    }

    fn routing(&self) -> Routing {
        self.moved
            .world
            .with(|state| state.handover.as_ref().unwrap().proxies[0].clone())
    }

    /// Macs of replica 0, which is the one that is running.
    fn served(&self) -> Vec<usize> {
        let here =
            |mac: &usize| (fnv1a32(self.moved.udid(*mac).as_bytes()) / 100).is_multiple_of(2);
        (0..8).filter(here).collect()
    }
}

fn said(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

#[tokio::test]
async fn what_it_is_told_is_answered_in_the_proxys_own_words() {
    let set = set("secret").await;
    let percentage = "/admin/percentage";
    assert_eq!(
        set.tell(percentage, "50").await,
        said(200, "Migrate percentage updated: 50\n")
    );
    assert_eq!(
        set.tell(percentage, "50\n").await,
        said(
            422,
            "Cannot read body as integer: strconv.Atoi: parsing \"50\\n\": invalid syntax\n"
        )
    );
    assert_eq!(
        set.tell(percentage, "101").await,
        said(400, "Percentage should be in range (0, 100)\n")
    );
    assert_eq!(
        set.tell("/admin/udids", "B\nA C\n").await,
        said(200, "Migrate UDIDs updated: map[A:{} B:{} C:{}]\n")
    );
    assert_eq!(set.routing().percentage, 50);
    assert_eq!(set.routing().listed.len(), 3);
    assert_eq!(
        set.tell("/admin/udids", "").await,
        said(200, "Migrate UDIDs updated: map[]\n")
    );
    assert!(
        set.routing().listed.is_empty(),
        "the whole list is replaced"
    );
    assert_eq!(set.moved.ledger.count(verb::ROUTE), 3);
    assert!(set.moved.ledger.report().is_clean());
}

#[tokio::test]
async fn any_method_tells_it_and_health_needs_no_token() {
    let set = set("secret").await;
    for method in ["GET", "PUT", "DELETE"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}/admin/percentage", set.proxy.url());
        let request = client().request(method, url).bearer_auth("secret");
        assert_eq!(request.body("7").send().await.unwrap().status(), 200);
    }
    assert_eq!(set.told("/healthz", None, "").await, said(200, "OK"));
}

#[tokio::test]
async fn without_the_token_it_says_which_way_it_is_wrong() {
    let with = set("secret").await;
    for (header, text) in [
        (None, "Authorization header must be provided\n"),
        (
            Some("Basic secret"),
            "Authorization header must start with \"Bearer \"\n",
        ),
        (
            Some("Bearer other"),
            "Authorization header does not match\n",
        ),
    ] {
        for path in ["/admin/percentage", "/admin/udids"] {
            assert_eq!(with.told(path, header, "50").await, said(401, text));
        }
    }
    let without = set("").await;
    let answer = without.tell("/admin/udids", "A").await;
    assert_eq!(
        answer,
        said(401, "Set auth token to enable remote updates\n")
    );
    assert_eq!(without.routing(), Routing::default());
    assert_eq!(with.moved.ledger.count(verb::ROUTE), 0);
}

#[test]
fn at_fifty_percent_the_published_vectors_part() {
    let routing = Routing {
        percentage: 50,
        ..Routing::default()
    };
    assert_eq!(routing.side(HIGH), Side::Old);
    assert_eq!(routing.side(LOW), Side::New);
    let listed = Routing {
        listed: [HIGH.to_owned()].into(),
        ..Routing::default()
    };
    assert_eq!(listed.side(HIGH), Side::New);
    assert_eq!(listed.side(&HIGH.to_lowercase()), Side::Old, "case counts");
}

#[tokio::test]
async fn a_macs_request_ends_where_its_udid_is_sent() {
    let set = set("secret").await;
    let udid = set.moved.udid(0);
    set.moved.clock.turn(Span::from_secs(1));
    assert_eq!(set.put("/mdm/connect", plist::request(&udid)).await, 200);
    assert_eq!(set.moved.tenant(0).new_seen, None);
    assert_eq!(set.moved.tenant(0).old_seen, Some(set.moved.clock.now()));
    set.tell("/admin/udids", &udid).await;
    set.moved.clock.turn(Span::from_secs(1));
    assert_eq!(set.put("/mdm/checkin", plist::request(&udid)).await, 200);
    assert_eq!(set.moved.tenant(0).new_seen, Some(set.moved.clock.now()));
    // A silent Mac is refused there, and served here again.
    set.moved.knob(|handover| handover.tenants[0].known = false);
    assert_eq!(set.put("/mdm/connect", plist::request(&udid)).await, 401);
    assert_eq!(set.moved.tenant(0).refused, 1);
    set.tell("/admin/udids", "").await;
    assert_eq!(set.put("/mdm/connect", plist::request(&udid)).await, 200);
}

#[tokio::test]
async fn what_is_not_a_macs_goes_to_the_old_server_or_nowhere() {
    let set = set("secret").await;
    set.tell("/admin/percentage", "100").await;
    let get = |path: &str| client().get(format!("{}{path}", set.proxy.url())).send();
    let scep = get("/scep?operation=GetCACert").await.unwrap();
    assert_eq!(scep.headers()["content-type"], "application/x-x509-ca-cert");
    assert_eq!(get("/push/X").await.unwrap().status(), 401, "its own key");
    assert_eq!(get("/version").await.unwrap().status(), 403);
    assert_eq!(set.put("/mdm/connect", "<plist/>".into()).await, 422);
    assert_eq!(set.put("/elsewhere", plist::request("A")).await, 403);
}

#[tokio::test]
async fn a_mac_sent_back_and_taken_again_within_a_minute_has_flapped() {
    let set = set("secret").await;
    let served = set.served();
    assert!(served.len() >= 2, "{served:?}");
    let udid = set.moved.udid(served[0]);
    let flaps = || set.moved.world.with(|state| state.report().flaps);
    set.tell("/admin/percentage", "100").await;
    set.tell("/admin/percentage", "100").await;
    assert_eq!(flaps(), 0, "the same once more changes nothing");
    set.tell("/admin/udids", &udid).await;
    set.tell("/admin/percentage", "0").await;
    set.moved.clock.turn(Span::from_secs(30));
    set.tell("/admin/percentage", "100").await;
    let expected = served.len() as u64 - 1;
    assert_eq!(flaps(), expected, "all but the one in the list");
    // Whom people send back for good has not flapped.
    set.tell("/admin/percentage", "0").await;
    set.moved.clock.turn(Span::from_secs(61));
    set.tell("/admin/percentage", "100").await;
    assert_eq!(flaps(), expected);
}

#[tokio::test]
async fn what_a_restart_loses_is_no_flap() {
    let set = set("secret").await;
    let served = set.served().len() as u64;
    set.tell("/admin/percentage", "100").await;
    set.moved.world.with(|state| state.forget_route(0));
    assert_eq!(set.routing(), Routing::default());
    set.tell("/admin/percentage", "100").await;
    let report = set.moved.world.with(|state| state.report());
    assert_eq!((report.flaps, report.lost_by_restart), (0, served));
}
