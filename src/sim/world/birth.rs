//! How a company comes to be from a seed.

use super::calendar::{Calendar, Habit, forever};
use super::host::Host;
use super::jamf::{ComputerFlags, Record};
use super::mac::{Framework, Journey, Mac, Mdm, Owner, Plan};
use super::names::{FIRST, LAST, MODELS, SYSTEMS, plain};
use super::state::State;
use super::team;
use crate::model::hash::fnv1a32;
use crate::model::random::Random;
use crate::model::time::{Span, Time};
use crate::sim::scenario::{Scenario, Trouble};
use chrono::{Offset, TimeZone};

/// Troubles that strike a Mac for life, drawn at its birth; the others are drawn when their moment comes.
const LIFELONG: [Trouble; 25] = [
    Trouble::Asleep,
    Trouble::OnPaper,
    Trouble::NotNow,
    Trouble::DeadChannel,
    Trouble::NoRecord,
    Trouble::TwoRecords,
    Trouble::BackInJamf,
    Trouble::NotAssigned,
    Trouble::NoEnrolledEvent,
    Trouble::EnrolledTooEarly,
    Trouble::Ignored,
    Trouble::NeverEnrols,
    Trouble::WindowHangs,
    Trouble::NotConnected,
    Trouble::WrongTeam,
    Trouble::TransferIgnored,
    Trouble::TeamDrift,
    Trouble::GhostHost,
    Trouble::NoAgent,
    Trouble::AgentDies,
    Trouble::Leftovers,
    Trouble::KeyLate,
    Trouble::Dormant,
    Trouble::Leaver,
    Trouble::Userless,
];

/// Letters and digits of Apple's serials; I and O are not among them.
const SERIAL: &[u8; 34] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

impl State {
    /// Fills an empty world with `devices` Macs and what Jamf and Fleet know of them.
    pub(super) fn populate(&mut self, devices: usize) {
        let offset = self
            .scenario
            .zone()
            .offset_from_utc_datetime(&self.now.to_chrono().naive_utc())
            .fix()
            .local_minus_utc();
        let moves = self.scenario.handover.clone();
        for index in 0..devices {
            let mac = born(index, self.seed, &self.scenario, self.now, offset);
            self.macs.push(mac);
            if moves.is_none() {
                self.enter_in_jamf(index);
                self.enter_in_fleet(index);
            }
        }
        if let Some(table) = moves {
            self.settle_tenants(&table);
        }
    }

    fn enter_in_jamf(&mut self, index: usize) {
        let mac = &mut self.macs[index];
        let (serial_uuid, locked) = (mac.uuid.clone(), mac.random.chance(0.03));
        let flags = ComputerFlags {
            managed: true,
            capable: true,
            ade: mac.ade,
            filevault: mac.filevault,
            key_valid: mac.filevault && mac.random.chance(0.93),
            bootstrap_escrowed: mac.random.chance(0.9),
            activation_lock: locked,
            recovery_lock: false,
        };
        let age = mac.random.between(30.0, 900.0) as i64;
        let last = mac.calendar.last(self.now).unwrap_or(self.now);
        let record = Record {
            id: 0,
            mac: Some(index),
            twin_of: index,
            udid: serial_uuid,
            management_id: mac.random.uuid().to_lowercase(),
            flags,
            enrolled_at: last.minus(Span::from_hours(24 * age)),
        };
        if mac.plan.has(Trouble::TwoRecords) {
            let twin = Record {
                mac: None,
                udid: mac.random.uuid(),
                management_id: mac.random.uuid().to_lowercase(),
                flags: ComputerFlags {
                    capable: false,
                    ..flags
                },
                enrolled_at: record.enrolled_at.minus(Span::from_hours(24 * 400)),
                ..record.clone()
            };
            self.add_record(twin);
        }
        if !self.macs[index].plan.has(Trouble::NoRecord) {
            self.add_record(record);
        }
    }

    fn add_record(&mut self, record: Record) {
        let id = 101 + self.records.len() as u64;
        self.records.push(Record { id, ..record });
    }

    fn enter_in_fleet(&mut self, index: usize) {
        let mac = &mut self.macs[index];
        let without = mac.plan.has(Trouble::NoAgent);
        // One half never had fleetd; the other half's has died.
        if without && mac.random.chance(0.5) {
            return;
        }
        let age = Span::from_hours(mac.random.between(24.0, 480.0) as i64);
        // A Mac that has gone was there before it went.
        let last = mac.agent.last(self.now).unwrap_or(self.now);
        let created = last.minus(age);
        let ghost = mac.plan.has(Trouble::GhostHost).then(|| mac.random.uuid());
        let (serial, uuid) = (mac.serial.clone(), mac.uuid.clone());
        if let Some(ghost_uuid) = ghost {
            let before = created.minus(Span::from_hours(24 * 90));
            let id = self.add_host(Host::new(serial.clone(), ghost_uuid, team::STAGING, before));
            if let Some(host) = self.hosts.get_mut(&id) {
                host.ghost_of = Some(index);
            }
        }
        let id = self.add_host(Host::new(serial, uuid, team::STAGING, created));
        let mac = &mut self.macs[index];
        mac.host = Some(id);
        if without {
            let died = self.now.minus(Span::from_hours(30));
            mac.agent.add_gap(died, forever());
        }
        if let Some(host) = self.hosts.get_mut(&id) {
            host.mac = Some(index);
            host.mdm.from_dep = mac.ade;
        }
    }

    pub(super) fn add_host(&mut self, mut host: Host) -> u64 {
        let id = 1_001 + self.hosts.len() as u64;
        host.id = id;
        self.hosts.insert(id, host);
        id
    }
}

fn born(index: usize, seed: u64, scenario: &Scenario, now: Time, offset: i32) -> Mac {
    let mut random = Random::named(seed, &format!("mac {index}"));
    let serial = serial(index, &mut random);
    let uuid = random.uuid();
    let plan = planned(scenario, &mut random);
    let model = &MODELS[random.below(MODELS.len())];
    let (macos, build) = system(random.unit());
    let owner = person(scenario.company.standard_users, &mut random);
    let owner = (!plan.has(Trouble::Userless)).then_some(owner);
    let name = match &owner {
        Some(owner) => {
            let first = owner.name.split(' ').next().unwrap_or_default();
            format!(
                "{first}’s {}",
                model.title.split(" (").next().unwrap_or_default()
            )
        }
        None => format!("MAC-{serial}"),
    };
    let calendar = calendar(&plan, &serial, scenario, now, (offset, &mut random));
    Mac {
        index,
        name,
        uuid,
        model,
        macos,
        build,
        owner,
        mdm: Mdm::Jamf,
        framework: Framework::Whole,
        filevault: random.chance(scenario.company.filevault),
        ade: !plan.has(Trouble::NotAssigned),
        agent: calendar.clone(),
        calendar,
        plan,
        journey: Journey::default(),
        host: None,
        asks_at: None,
        phase: i64::from(fnv1a32(serial.as_bytes()) % 3_600_000),
        serial,
        random,
    }
}

/// Ten characters, the last four of which count the Macs, so that no two are alike.
fn serial(index: usize, random: &mut Random) -> String {
    let mut text: String = (0..6)
        .map(|_| char::from(SERIAL[random.below(SERIAL.len())]))
        .collect();
    for place in (0..4).rev() {
        let digit = index / SERIAL.len().pow(place) % SERIAL.len();
        text.push(char::from(SERIAL[digit]));
    }
    text
}

/// Draws every lifelong trouble, whether it strikes or not, so that one rate does not shift the others.
fn planned(scenario: &Scenario, random: &mut Random) -> Plan {
    let mut plan = Plan::default();
    for trouble in LIFELONG {
        let mode = scenario.mode(trouble);
        let (struck, lasts) = (random.chance(mode.rate), mode.draw(random));
        if struck {
            plan.strike(trouble, lasts);
        }
    }
    let (which, within) = (random.unit(), random.unit());
    let mut share = 0.0;
    for answer in &scenario.night.answers {
        share += answer.share;
        let (least, most) = (answer.least.secs_f64(), answer.most.secs_f64());
        plan.answer = Span::from_millis(((least + (most - least) * within) * 1_000.0) as i64);
        if which < share {
            break;
        }
    }
    let early = random.unit().powf(1.5);
    let clicks = ![
        Trouble::Dormant,
        Trouble::Leaver,
        Trouble::Userless,
        Trouble::NoAgent,
    ]
    .into_iter()
    .any(|trouble| plan.has(trouble));
    plan.late = random.chance(scenario.night.late);
    plan.click = clicks.then(|| scenario.night.clicks_over.times(early));
    plan
}

fn system(unit: f64) -> (&'static str, &'static str) {
    let mut share = 0.0;
    for (version, build, part) in SYSTEMS {
        share += part;
        if unit < share {
            return (version, build);
        }
    }
    (SYSTEMS[0].0, SYSTEMS[0].1)
}

fn person(standard: f64, random: &mut Random) -> Owner {
    let first = FIRST[random.below(FIRST.len())];
    let last = LAST[random.below(LAST.len())];
    let username = format!("{}.{}", plain(first), plain(last));
    Owner {
        name: format!("{first} {last}"),
        email: format!("{username}@acme.example"),
        username,
        admin: !random.chance(standard),
    }
}

fn calendar(
    plan: &Plan,
    serial: &str,
    scenario: &Scenario,
    now: Time,
    (offset, random): (i32, &mut Random),
) -> Calendar {
    let (stays, days) = (random.chance(scenario.company.stays_on), random.unit());
    let gone = |least: f64, most: f64| {
        let hours = 24.0 * (least + (most - least) * days);
        Habit::GoneSince(now.minus(Span::from_hours(hours as i64)))
    };
    let habit = if plan.has(Trouble::Dormant) {
        gone(31.0, 200.0)
    } else if plan.has(Trouble::Leaver) {
        gone(3.0, 25.0)
    } else if stays || plan.has(Trouble::Userless) {
        Habit::AlwaysOn
    } else {
        Habit::Working
    };
    let away = Span::from_secs(i64::from(offset).abs());
    Calendar::new(habit, fnv1a32(serial.as_bytes()) % 5_400, away, offset >= 0)
}
