//! A list put in order in memory.
//!
//! What a column is sorted by is made one number wherever that can be done, so that most of the sorting compares numbers
//! alone.

use crate::model::row::RowId;
use rusqlite::types::ValueRef;

/// No row's place is known.
const NOWHERE: u32 = u32::MAX;
/// Bytes of a text that go into its head, beside how many they are.
const HEAD: usize = 7;

/// How a column's cells compare.
pub(super) enum By {
    Value,
    /// Moments, all written alike.
    Moment,
    /// Texts, each by its place among these; any other is as good as missing.
    Rank(Vec<Vec<u8>>),
}

/// What was read, as the table lies.
#[derive(Default)]
pub(super) struct Found {
    pub(super) ids: Vec<RowId>,
    columns: Vec<Column>,
}

/// What one column is sorted by.
struct Column {
    by: By,
    ascending: bool,
    cells: Vec<Cell>,
    /// All texts, one after the other.
    texts: Vec<u8>,
    /// The last rank, which is often the next one too.
    rank: usize,
}

#[derive(Clone, Copy)]
enum Cell {
    Null,
    Number(i64),
    /// Where its text begins and ends.
    Text(u32, u32),
}

impl Found {
    /// Sorts by one more column, which decides between rows that are alike in those before.
    pub(super) fn sort(&mut self, by: By, ascending: bool) {
        self.columns.push(Column {
            by,
            ascending,
            cells: Vec::new(),
            texts: Vec::new(),
            rank: 0,
        });
    }

    /// Takes a row: its id, then a cell for each column.
    pub(super) fn take(&mut self, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
        self.ids.push(row.get(0)?);
        for (at, column) in (1..).zip(&mut self.columns) {
            let cell = column.cell(row.get_ref(at)?);
            column.cells.push(cell);
        }
        Ok(())
    }

    /// Takes what was found elsewhere by the same columns.
    pub(super) fn append(&mut self, mut other: Self) {
        self.ids.reserve_exact(other.ids.len());
        self.ids.append(&mut other.ids);
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            let texts = column.texts.len() as u32;
            let moved = other.cells.into_iter().map(|cell| match cell {
                Cell::Text(start, end) => Cell::Text(start + texts, end + texts),
                cell => cell,
            });
            column.cells.reserve_exact(moved.len());
            column.cells.extend(moved);
            column.texts.extend_from_slice(&other.texts);
        }
    }

    /// The ids in order; those that are alike in every column as in `by_key`. `None` when the ids are too far apart for a
    /// plain array.
    pub(super) fn in_order(mut self, by_key: &[RowId]) -> Option<Vec<RowId>> {
        let places = self.places(by_key.len())?;
        let place = |id: &RowId| usize::try_from(id.0).ok().and_then(|id| places.get(id));
        let mut order: Vec<u32> = by_key
            .iter()
            .filter_map(|id| place(id).copied().filter(|at| *at != NOWHERE))
            .collect();
        // The last column first: each sort leaves what is equal to it as it was.
        while let Some(column) = self.columns.pop() {
            order = column.sorted(&order);
        }
        Some(order.into_iter().map(|at| self.ids[at as usize]).collect())
    }

    /// Where each id was found.
    fn places(&self, rows: usize) -> Option<Vec<u32>> {
        let largest = self.ids.iter().map(|id| id.0).max().unwrap_or_default();
        let largest = usize::try_from(largest).ok()?;
        if largest > rows.saturating_mul(8) + 1_024 {
            return None;
        }
        let mut places = vec![NOWHERE; largest + 1];
        for (at, id) in (0..).zip(&self.ids) {
            *places.get_mut(usize::try_from(id.0).ok()?)? = at;
        }
        Some(places)
    }
}

impl Column {
    fn cell(&mut self, value: ValueRef<'_>) -> Cell {
        let text = match value {
            ValueRef::Integer(number) => return Cell::Number(number),
            ValueRef::Text(text) => text,
            // A strict table holds no other kinds.
            _ => return Cell::Null,
        };
        match &self.by {
            By::Rank(names) => {
                if names.get(self.rank).is_none_or(|name| name != text) {
                    let Some(rank) = names.iter().position(|name| name == text) else {
                        return Cell::Null;
                    };
                    self.rank = rank;
                }
                return Cell::Number(self.rank as i64);
            }
            By::Moment => {
                if let Some(number) = moment(text) {
                    return Cell::Number(number);
                }
            }
            By::Value => {}
        }
        let start = self.texts.len() as u32;
        self.texts.extend_from_slice(text);
        Cell::Text(start, self.texts.len() as u32)
    }

    /// What is missing comes last, whichever the way.
    fn sorted(&self, order: &[u32]) -> Vec<u32> {
        let common = self.common();
        let (mut found, mut missing) = (Vec::with_capacity(order.len()), Vec::new());
        // Until a text is too long for its head, or a column holds both kinds, the heads say it all.
        let (mut whole, mut numbers, mut texts) = (true, false, false);
        for at in order {
            let head = match self.cells[*at as usize] {
                Cell::Null => {
                    missing.push(*at);
                    continue;
                }
                Cell::Number(number) => {
                    numbers = true;
                    number.cast_unsigned() ^ (1 << 63)
                }
                Cell::Text(..) => {
                    texts = true;
                    let rest = &self.text(*at)[common..];
                    whole &= rest.len() <= HEAD;
                    head(rest)
                }
            };
            found.push((head, *at));
        }
        let kind = |at: u32| matches!(self.cells[at as usize], Cell::Text(..));
        match (whole && !(numbers && texts), self.ascending) {
            (true, true) => found.sort_by_key(|(head, _)| *head),
            (true, false) => found.sort_by_key(|(head, _)| !*head),
            (false, ascending) => found.sort_by(|a, b| {
                // Numbers before texts, as the database has them.
                let kinds = kind(a.1).cmp(&kind(b.1));
                let heads = kinds.then(a.0.cmp(&b.0));
                let way = heads.then_with(|| self.text(a.1).cmp(self.text(b.1)));
                if ascending { way } else { way.reverse() }
            }),
        }
        found.into_iter().map(|(_, at)| at).chain(missing).collect()
    }

    fn text(&self, at: u32) -> &[u8] {
        match self.cells[at as usize] {
            Cell::Text(start, end) => &self.texts[start as usize..end as usize],
            Cell::Null | Cell::Number(_) => &[],
        }
    }

    /// How many bytes all texts begin with alike.
    fn common(&self) -> usize {
        let mut texts = (0..self.cells.len() as u32)
            .filter(|at| matches!(self.cells[*at as usize], Cell::Text(..)))
            .map(|at| self.text(at));
        let Some(first) = texts.next() else { return 0 };
        texts.fold(first.len(), |common, text| {
            if text.starts_with(&first[..common]) {
                return common;
            }
            let alike = first[..common].iter().zip(text).take_while(|(a, b)| a == b);
            alike.count()
        })
    }
}

/// The first bytes of a text and how many they are, as a number that sorts as they do. One that is longer sorts after all
/// that are as long as the head, and among its like by the text itself.
fn head(text: &[u8]) -> u64 {
    let most = text.len().min(HEAD);
    let mut head = [0; 8];
    head[..most].copy_from_slice(&text[..most]);
    head[HEAD] = text.len().min(HEAD + 1) as u8;
    u64::from_be_bytes(head)
}

/// The digits of `2026-03-02T12:00:00.000Z` as one number; `None` for what is written otherwise.
fn moment(text: &[u8]) -> Option<i64> {
    const LIKE: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
    if text.len() != LIKE.len() {
        return None;
    }
    let mut number = 0;
    for (byte, like) in text.iter().zip(LIKE) {
        match (like, byte) {
            (b'0', b'0'..=b'9') => number = number * 10 + i64::from(byte - b'0'),
            (like, byte) if like == byte => {}
            _ => return None,
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(by: By, ascending: bool, values: &[Option<&str>]) -> Vec<usize> {
        let mut found = Found::default();
        found.sort(by, ascending);
        for (at, value) in (1..).zip(values) {
            found.ids.push(RowId(at));
            let value = value.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()));
            let cell = found.columns[0].cell(value);
            found.columns[0].cells.push(cell);
        }
        let by_key = found.ids.clone();
        let ids = found.in_order(&by_key).unwrap();
        ids.iter().map(|id| id.0 as usize - 1).collect()
    }

    #[test]
    fn texts_sort_byte_by_byte_whatever_their_length() {
        let long = "common and then something that is long";
        for texts in [
            vec!["b", "a", "", "ab", "a\0", "a"],
            vec!["abcdefgh", "abcdefg", "abcdefgg", "abcdefghi", "abcdef"],
            vec![long, &long[..9], &long[..20], "common and then", "common"],
            vec!["2026-03-02T12:00:00.001Z", "2026-03-02T12:00:00.000Z"],
            vec![
                "2026-03-02T12:00:00.001Z",
                "2026",
                "2026-03-02T12:00:00x000Z",
            ],
        ] {
            let cells: Vec<Option<&str>> = texts.iter().copied().map(Some).collect();
            let mut expected: Vec<usize> = (0..texts.len()).collect();
            expected.sort_by_key(|at| texts[*at]);
            assert_eq!(sorted(By::Value, true, &cells), expected, "{texts:?}");
            let mut expected: Vec<usize> = (0..texts.len()).collect();
            expected.sort_by(|a, b| texts[*b].cmp(texts[*a]));
            assert_eq!(sorted(By::Value, false, &cells), expected, "{texts:?}");
        }
    }

    #[test]
    fn moments_sort_in_time_and_the_missing_come_last() {
        let cells = [
            Some("2026-03-02T12:00:00.001Z"),
            None,
            Some("2025-12-31T23:59:59.999Z"),
            Some("2026-03-02T12:00:00.000Z"),
        ];
        assert_eq!(sorted(By::Moment, true, &cells), [2, 3, 0, 1]);
        assert_eq!(sorted(By::Moment, false, &cells), [0, 3, 2, 1]);
        assert_eq!(
            moment(b"2026-03-02T12:00:00.001Z"),
            Some(20_260_302_120_000_001)
        );
        assert_eq!(moment(b"2026-03-02T12:00:00x001Z"), None);
    }

    #[test]
    fn ranked_texts_sort_by_their_ranks_and_others_are_missing() {
        let ranks = || By::Rank(vec![b"z".to_vec(), b"a".to_vec()]);
        let cells = [Some("a"), Some("other"), Some("z"), Some("a"), None];
        assert_eq!(sorted(ranks(), true, &cells), [2, 0, 3, 1, 4]);
        assert_eq!(sorted(ranks(), false, &cells), [0, 3, 2, 1, 4]);
    }
}
