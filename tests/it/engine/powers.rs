//! Who may ask what: every request by everybody, held against a table; and what is denied is on record.

use super::SEND;
use super::world::World;
use drover::control::protocol::{Peer, Reply, Request};
use drover::engine::Roles;
use drover::model::row::RowId;
use serde_json::json;

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    Look,
    /// Acts alone, and does not count as one of two.
    Alone,
    Act,
    /// And agrees to what others ask.
    Approve,
}

/// Name, uid, and what the table says of them where no role is listed (501 owns the store) and where roles are.
const PEOPLE: [(&str, u32, Power, Power); 10] = [
    ("olga", 501, Power::Approve, Power::Look),
    ("anna", 601, Power::Look, Power::Approve),
    ("ben", 602, Power::Look, Power::Act),
    ("gina", 603, Power::Look, Power::Act),
    ("dora", 604, Power::Look, Power::Look),
    ("admin", 605, Power::Look, Power::Alone),
    ("kiosk", 606, Power::Look, Power::Alone),
    ("uid 4000000000", 4_000_000_000, Power::Look, Power::Look),
    ("nobody", 65_534, Power::Look, Power::Look),
    ("root", 0, Power::Look, Power::Look),
];

fn listed() -> Roles {
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
    Roles {
        observer: names(&["dora"]),
        operator: names(&["ben", "@mac-ops", "admin"]),
        approver: names(&["anna"]),
        shared: names(&["admin", "@kiosks"]),
        two_people_above: 1,
        owner: 501,
        groups: [
            ("gina".to_owned(), names(&["mac-ops"])),
            ("kiosk".to_owned(), names(&["mac-ops", "kiosks"])),
            ("nobody".to_owned(), names(&["mac-op"])),
        ]
        .into(),
    }
}

fn peer(name: &str, uid: u32) -> Peer {
    Peer {
        uid,
        gid: uid,
        name: name.into(),
    }
}

/// Every request there is, `Shutdown` last. A verb that is added to the protocol and not here fails the count below.
fn requests(row: RowId) -> Vec<Request> {
    let (rows, stage, reason) = (vec![row], "send".to_owned(), "why".to_owned());
    [
        json!({"verb": "hold", "rows": rows, "stage": null, "reason": reason}),
        json!({"verb": "release", "rows": rows, "stage": null, "reason": reason}),
        json!({"verb": "retry", "rows": rows, "stage": null, "from_start": false, "reason": reason}),
        json!({"verb": "trigger", "rows": rows, "stage": stage, "reason": reason}),
        json!({"verb": "skip", "rows": rows, "stage": stage, "reason": reason}),
        json!({"verb": "remedy", "rows": rows, "ladder": "none", "reason": reason}),
        json!({"verb": "refresh", "rows": rows, "reason": reason}),
        json!({"verb": "set", "rows": rows, "column": "state", "value": "x", "reason": reason}),
        json!({"verb": "act", "rows": rows, "act": "none", "reason": reason}),
        json!({"verb": "stop", "reason": reason}),
        json!({"verb": "resume", "reason": reason}),
        json!({"verb": "stage_switch", "stage": stage, "on": true, "reason": reason}),
        json!({"verb": "wave_switch", "wave": "w", "open": true, "reason": reason}),
        json!({"verb": "brake_release", "brake": "b", "reason": reason}),
        json!({"verb": "import", "rows": [{"serial": "NEW"}], "reason": reason}),
        json!({"verb": "agree", "command": 1, "reason": reason}),
        json!({"verb": "refuse", "command": 1, "reason": reason}),
        json!({"verb": "shutdown"}),
    ]
    .into_iter()
    .map(|json| serde_json::from_value(json).unwrap())
    .collect()
}

fn may(power: Power, request: &Request) -> bool {
    match power {
        Power::Look => false,
        Power::Alone | Power::Act => !matches!(request, Request::Agree { .. }),
        Power::Approve => true,
    }
}

/// Whether the engine turned somebody away for who they are.
fn is_denied(reply: &Reply) -> bool {
    matches!(reply, Reply::Refused(why) if why.contains("may look but not act") || why.contains("may be anybody") || why.contains("may act but not agree"))
}

#[test]
fn every_request_by_everybody_is_as_the_table_says_and_denials_are_on_record() {
    let (mut cells, mut denials) = (0, 0);
    for roles in [
        Roles {
            owner: 501,
            ..Roles::default()
        },
        listed(),
    ] {
        let is_listed = !roles.operator.is_empty();
        let mut world = World::asleep(SEND);
        world.roles = roles;
        world.start();
        let row = world.row("A1", &[]);
        let requests = requests(row);
        // The protocol's own list of verbs, from its error about an unknown one.
        let unknown = serde_json::from_value::<Request>(json!({"verb": "wipe"})).unwrap_err();
        let verbs = unknown.to_string().matches("`, `").count() + 1;
        assert_eq!(requests.len() + 1, verbs, "{unknown}");
        for request in &requests {
            for (name, uid, open, with_roles) in PEOPLE {
                let power = if is_listed { with_roles } else { open };
                let hello = world.ask(peer(name, uid), Request::Hello);
                assert!(matches!(hello, Reply::Done { .. }), "{name} may look");
                let allowed = may(power, request);
                if allowed && *request == Request::Shutdown {
                    continue;
                }
                let reply = world.ask(peer(name, uid), request.clone());
                assert_eq!(
                    !is_denied(&reply),
                    allowed,
                    "{name} {}: {reply:?}",
                    request.verb()
                );
                cells += 1;
                if !allowed {
                    denials += 1;
                    let told = format!("refused {} of {name} (uid {uid}):", request.verb());
                    assert_eq!(world.said_ever(&told), 1, "{told}");
                }
            }
        }
    }
    println!("{cells} cells, {denials} denials on record");
    assert_eq!(cells, 2 * 18 * 10 - 1 - 5);
}

#[test]
fn root_and_shared_accounts_are_neither_half_of_two_people() {
    let mut world = World::asleep(SEND);
    let mut roles = listed();
    // Even where somebody lists root.
    roles.operator.push("root".into());
    world.roles = roles;
    world.start();
    let rows = vec![world.row("A1", &[]), world.row("A2", &[])];
    let hold = |rows: &[RowId]| Request::Hold {
        rows: rows.to_vec(),
        stage: None,
        reason: "looks odd".into(),
    };
    let agree = |command| Request::Agree {
        command,
        reason: "seen".into(),
    };
    let Reply::Waiting { command, .. } = world.ask(peer("ben", 602), hold(&rows)) else {
        panic!("not waiting");
    };
    for (name, uid) in [("root", 0), ("admin", 605), ("kiosk", 606)] {
        assert!(
            is_denied(&world.ask(peer(name, uid), agree(command))),
            "{name}"
        );
        assert!(
            is_denied(&world.ask(peer(name, uid), hold(&rows))),
            "{name}"
        );
        assert!(matches!(
            world.ask(peer(name, uid), hold(&rows[..1])),
            Reply::Done { .. }
        ));
    }
    // Neither somebody who may only act, nor the same person again: the journal says so as well.
    assert!(is_denied(&world.ask(peer("gina", 603), agree(command))));
    let Reply::Waiting { command: own, .. } = world.ask(peer("anna", 601), hold(&rows)) else {
        panic!("not waiting");
    };
    let again = world.ask(peer("anna", 601), agree(own));
    assert!(matches!(again, Reply::Refused(why) if why.contains("somebody else")));
    let told = "refused agree of anna (uid 601): anna asked";
    assert_eq!(world.said_ever(told), 1);
    assert!(matches!(
        world.ask(peer("anna", 601), agree(command)),
        Reply::Done { .. }
    ));
}
