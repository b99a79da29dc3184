//! Which wave a row belongs to.

use super::definition::{Wave, WaveMembers};
use crate::model::hash::fnv1a32;
use crate::model::row::Row;

impl Wave {
    /// Whether the row is a member. `weigh` says what an SQL condition is for this row; NULL is no.
    pub fn takes(&self, row: &Row, weigh: impl FnOnce(&str) -> Option<bool>) -> bool {
        match &self.members {
            WaveMembers::Named => row.wave.as_deref() == Some(self.name.as_str()),
            WaveMembers::Condition(sql) => weigh(sql) == Some(true),
            WaveMembers::Percent { column, percent } => {
                let value = row.get(column);
                !value.is_null() && fnv1a32(value.to_string().as_bytes()) % 100 < *percent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::row::RowId;
    use crate::model::time::Time;
    use crate::model::value::Value;

    fn row(uuid: Option<&str>, wave: Option<&str>) -> Row {
        let uuid = uuid.map_or(Value::Null, |text| Value::Text(text.into()));
        Row {
            id: RowId(1),
            key: "C02".into(),
            values: [("uuid".to_owned(), uuid)].into(),
            wave: wave.map(str::to_owned),
            phase: None,
            phase_since: Time::from_millis(0),
            version: String::new(),
            created_at: Time::from_millis(0),
            updated_at: Time::from_millis(0),
        }
    }

    fn wave(members: WaveMembers) -> Wave {
        Wave {
            name: "pilot".into(),
            title: "Pilot".into(),
            members,
            opens: None,
        }
    }

    #[test]
    fn a_percentage_takes_rows_by_the_published_hash() {
        // fnv1a32 of this one is 42126057: 57 of 100.
        let uuid = Some("E5C6DBBA-D5CC-4DB6-9560-995F17FB7A59");
        for (uuid, percent, taken) in [(uuid, 57, false), (uuid, 58, true), (None, 100, false)] {
            let column = "uuid".to_owned();
            let wave = wave(WaveMembers::Percent { column, percent });
            assert_eq!(wave.takes(&row(uuid, None), |_| None), taken, "{percent}");
        }
    }

    #[test]
    fn named_members_come_from_an_import_and_conditions_from_the_database() {
        assert!(wave(WaveMembers::Named).takes(&row(None, Some("pilot")), |_| None));
        assert!(!wave(WaveMembers::Named).takes(&row(None, None), |_| None));
        for (answer, taken) in [(Some(true), true), (Some(false), false), (None, false)] {
            let wave = wave(WaveMembers::Condition("x".into()));
            assert_eq!(wave.takes(&row(None, None), |_| answer), taken);
        }
    }
}
