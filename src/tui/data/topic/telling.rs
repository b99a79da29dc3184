//! What the rows of a group have in common that others have not.

use crate::store::{FaultShare, FaultShares};
use std::cmp::Ordering;

/// Fewer rows than this with a value prove nothing.
const FEWEST: u64 = 3;
/// Chance alone reaches this once in a thousand (χ², one degree of freedom).
const BEYOND_CHANCE: f64 = 10.83;

/// The values that are the most over-represented in the group, the most telling first. A value that everyone has tells
/// nothing, nor does one that chance may have put there.
pub fn telling(shares: &FaultShares, most: usize) -> Vec<FaultShare> {
    let mut ranked: Vec<(f64, &FaultShare)> = shares
        .values
        .iter()
        .filter(|share| share.here >= FEWEST && over_represented(shares, share))
        .map(|share| (surprise(shares, share), share))
        .filter(|(surprise, _)| *surprise >= BEYOND_CHANCE)
        .collect();
    ranked.sort_by(|a, b| {
        let by_name = || (&a.1.column, a.1.here).cmp(&(&b.1.column, b.1.here));
        b.0.partial_cmp(&a.0)
            .unwrap_or(Ordering::Equal)
            .then_with(by_name)
    });
    ranked
        .into_iter()
        .take(most)
        .map(|(_, share)| share.clone())
        .collect()
}

/// At least half as common again as in the whole table.
fn over_represented(shares: &FaultShares, share: &FaultShare) -> bool {
    // here / rows >= 3/2 * overall / total
    2 * u128::from(share.here) * u128::from(shares.total)
        >= 3 * u128::from(share.overall) * u128::from(shares.rows)
}

/// The log-likelihood ratio of the two by two table: in the group or not, with the value or without.
fn surprise(shares: &FaultShares, share: &FaultShare) -> f64 {
    let (rows, total) = (shares.rows as f64, shares.total.max(shares.rows) as f64);
    let with = share.overall.max(share.here) as f64;
    let here = share.here as f64;
    let cells = [
        (here, rows * with),
        (rows - here, rows * (total - with)),
        (with - here, (total - rows) * with),
        (
            (total - rows - (with - here)).max(0.0),
            (total - rows) * (total - with),
        ),
    ];
    let parts = cells
        .iter()
        .filter(|(seen, _)| *seen > 0.0)
        .map(|(seen, expected)| seen * (seen * total / expected).ln());
    2.0 * parts.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;

    fn shares(rows: u64, total: u64, values: &[(&str, u64, u64)]) -> FaultShares {
        let share = |(column, here, overall): &(&str, u64, u64)| FaultShare {
            column: (*column).into(),
            value: Value::Boolean(true),
            here: *here,
            overall: *overall,
        };
        FaultShares {
            rows,
            total,
            values: values.iter().map(share).collect(),
            to: 0,
        }
    }

    fn names(shares: &FaultShares) -> Vec<String> {
        let told = telling(shares, 4);
        told.into_iter().map(|share| share.column).collect()
    }

    #[test]
    fn what_the_members_have_and_others_have_not_is_told_and_the_strongest_first() {
        let group = shares(
            15,
            300,
            &[("model", 9, 60), ("version", 14, 31), ("team", 15, 300)],
        );
        assert_eq!(names(&group), ["version", "model"]);
    }

    #[test]
    fn what_everyone_has_or_chance_explains_or_too_few_have_is_not_told() {
        for (why, group) in [
            ("everyone has it", shares(15, 300, &[("a", 15, 300)])),
            (
                "hardly more common than elsewhere",
                shares(900, 3_000, &[("a", 600, 1_600)]),
            ),
            ("as common as elsewhere", shares(15, 300, &[("a", 5, 100)])),
            ("rarer than elsewhere", shares(15, 300, &[("a", 3, 200)])),
            ("two rows prove nothing", shares(2, 100_000, &[("a", 2, 2)])),
            ("three of three by chance", shares(3, 300, &[("a", 3, 100)])),
            ("the group is the table", shares(40, 40, &[("a", 20, 20)])),
            ("an empty table", shares(0, 0, &[])),
        ] {
            assert_eq!(names(&group), Vec::<String>::new(), "{why}");
        }
    }

    #[test]
    fn a_value_of_the_group_alone_is_told_and_no_more_than_asked() {
        let all: Vec<(&str, u64, u64)> =
            ["a", "b", "c", "d", "e"].map(|name| (name, 15, 15)).into();
        let group = shares(15, 300, &all);
        assert_eq!(names(&group), ["a", "b", "c", "d"]);
    }

    proptest::proptest! {
        #[test]
        fn no_counts_whatever_make_it_panic_or_tell_of_fewer_than_three(
            rows in 0_u64..50, total in 0_u64..100, here in 0_u64..60, overall in 0_u64..120,
        ) {
            for share in telling(&shares(rows, total, &[("a", here, overall)]), 4) {
                proptest::prop_assert!(share.here >= 3);
            }
        }
    }
}
