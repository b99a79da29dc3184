//! The arithmetic of routing, and the order in which it is said.

use super::*;
use crate::model::random::Random;
use std::collections::BTreeSet;

fn set(udids: &[&str]) -> BTreeSet<String> {
    udids.iter().map(|udid| (*udid).to_owned()).collect()
}

/// 57 of 100, and 42 of 100.
const HIGH: &str = "E5C6DBBA-D5CC-4DB6-9560-995F17FB7A59";
const LOW: &str = "575424CB-09D7-4CAD-8A7A-D3511FE8A7E2";

/// Written from the definition of FNV-1a alone: 64-bit arithmetic, cut to 32 bits.
fn independent(udid: &str) -> u64 {
    let mut hash: u64 = 2_166_136_261;
    for byte in udid.bytes() {
        hash ^= u64::from(byte);
        hash = (hash * 16_777_619) % (1 << 32);
    }
    hash % 100
}

#[test]
fn the_percentage_takes_whom_the_proxy_takes() {
    assert!(!is_under(HIGH, 50) && !is_under(HIGH, 57) && is_under(HIGH, 58));
    assert!(is_under(LOW, 50) && !is_under(LOW, 42) && is_under(LOW, 43));
    let mut random = Random::seeded(12);
    for _ in 0..10_000 {
        let udid = random.uuid().to_uppercase();
        for percentage in [0, 1, 10, 50, 99, 100] {
            let expected = independent(&udid) < u64::from(percentage);
            assert_eq!(is_under(&udid, percentage), expected, "{udid} {percentage}");
        }
    }
}

#[test]
fn an_open_wave_is_a_list_beside_the_last_proven_percentage() {
    let open = route(&set(&[HIGH, LOW]), &set(&[]), &[0]);
    assert_eq!(
        open,
        Route {
            percentage: 0,
            list: set(&[HIGH, LOW])
        }
    );
    let proven = route(&set(&[HIGH, LOW]), &set(&[]), &[0, 50]);
    assert_eq!(
        proven,
        Route {
            percentage: 50,
            list: set(&[HIGH])
        }
    );
    let all = route(&set(&[HIGH, LOW]), &set(&[]), &[0, 50, 100]);
    assert_eq!(
        all,
        Route {
            percentage: 100,
            list: set(&[])
        }
    );
}

#[test]
fn a_mac_that_was_rolled_back_is_never_under_the_percentage() {
    let back = route(&set(&[HIGH]), &set(&[LOW]), &[0, 10, 50, 100]);
    assert_eq!(
        back,
        Route {
            percentage: 10,
            list: set(&[HIGH])
        }
    );
    let whole = route(&set(&[]), &set(&[LOW, HIGH]), &[0]);
    assert_eq!(whole, Route::default());
}

#[test]
fn whoever_is_wanted_is_carried_and_nobody_else_that_is_known() {
    let mut random = Random::seeded(7);
    let udids: Vec<String> = (0..300).map(|_| random.uuid().to_uppercase()).collect();
    for _ in 0..200 {
        let (new, old): (Vec<_>, Vec<_>) = udids.iter().cloned().partition(|_| random.chance(0.9));
        let (new, old) = (new.into_iter().collect(), old.into_iter().collect());
        let route = route(&new, &old, &[0, 1, 10, 50, 100]);
        let carried = |udid: &String| route.list.contains(udid) || is_under(udid, route.percentage);
        assert!(new.iter().all(carried) && !old.iter().any(carried));
    }
}
