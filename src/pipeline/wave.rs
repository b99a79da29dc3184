//! Which wave a row belongs to.

use super::definition::{Wave, WaveMembers};

/// SQL over the row for the wave it joins: the first in the file's order that takes it. Rows of no wave are taken like
/// those of open ones, so a row of which a condition or a percentage cannot be told yet (a column was never read) must
/// not pass for one: then the answer is ''. `None` when no wave of the file takes rows by itself.
pub(super) fn expression(waves: &[Wave]) -> Option<String> {
    use std::fmt::Write;
    let mut cases = String::new();
    for wave in waves {
        let (known, taken) = match &wave.members {
            WaveMembers::Named => continue,
            WaveMembers::Condition(sql) => (format!("({sql})"), format!("({sql})")),
            WaveMembers::Percent { column, percent } => {
                let column = format!("\"{column}\"");
                let hash = format!("fnv1a32(CAST({column} AS TEXT)) % 100 < {percent}");
                (column, hash)
            }
        };
        let name = wave.name.replace('\'', "''");
        let _ = write!(
            cases,
            " WHEN {known} IS NULL THEN '' WHEN {taken} THEN '{name}'"
        );
    }
    (!cases.is_empty()).then(|| format!("CASE{cases} END"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wave_that_takes_a_row_has_it_and_what_is_not_known_is_said() {
        let wave = |name: &str, members| Wave {
            name: name.into(),
            title: name.into(),
            members,
            opens: None,
            after: None,
        };
        let percent = WaveMembers::Percent {
            column: "uuid".into(),
            percent: 5,
        };
        let waves = [
            wave("hand", WaveMembers::Named),
            wave("pilot", WaveMembers::Condition("site = 'Berlin'".into())),
            wave("few", percent),
        ];
        assert_eq!(
            expression(&waves).unwrap(),
            "CASE WHEN (site = 'Berlin') IS NULL THEN '' WHEN (site = 'Berlin') THEN 'pilot' \
             WHEN \"uuid\" IS NULL THEN '' WHEN fnv1a32(CAST(\"uuid\" AS TEXT)) % 100 < 5 THEN 'few' END"
        );
        assert_eq!(expression(&waves[..1]), None);
    }
}
