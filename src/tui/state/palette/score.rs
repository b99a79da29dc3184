//! How well a name matches what is typed.

/// Smaller is better: first how it matches, then how far from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u8, usize);

/// `None` when it does not match: not all that is typed is there in this order.
pub fn score(typed: &str, name: &str) -> Option<Score> {
    let typed = typed.trim().to_lowercase();
    let name = name.to_lowercase();
    let rest = name.chars().count().saturating_sub(typed.chars().count());
    if typed == name {
        return Some(Score(0, 0));
    }
    if name.starts_with(&typed) {
        return Some(Score(1, rest));
    }
    let parts: Vec<&str> = typed.split_whitespace().collect();
    if let Some(words) = starts_in_order(&parts, &name) {
        return Some(Score(2, words));
    }
    if name.contains(&typed) {
        return Some(Score(3, 0));
    }
    if parts.iter().all(|part| name.contains(part)) {
        return Some(Score(4, 0));
    }
    scattered(&typed, &name).map(|gaps| Score(5, gaps))
}

/// Each part begins a word, one after the other: `st of ho` in `stage off Host transfer`. How many words come before.
fn starts_in_order(parts: &[&str], name: &str) -> Option<usize> {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).enumerate();
    let mut first = None;
    for part in parts {
        let (at, _) = words.find(|(_, word)| word.starts_with(part))?;
        first = first.or(Some(at));
    }
    first
}

/// The letters are there in this order; how many others lie between them.
fn scattered(typed: &str, name: &str) -> Option<usize> {
    let mut letters = name.chars();
    let (mut gaps, mut begun) = (0, false);
    for wanted in typed.chars().filter(|c| !c.is_whitespace()) {
        loop {
            let letter = letters.next()?;
            if letter == wanted {
                break;
            }
            gaps += usize::from(begun);
        }
        begun = true;
    }
    Some(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_match_comes_first() {
        for (typed, ordered) in [
            (
                "hold",
                vec![
                    "hold",
                    "hold all",
                    "queue hold",
                    "withhold",
                    "h o l d",
                    "shovel old",
                ],
            ),
            (
                "st of",
                vec!["st of x", "stage off", "last of all", "of fast", "sxtxoxf"],
            ),
            (
                "host",
                vec![
                    "Host transfer",
                    "stage off Host transfer",
                    "ghost",
                    "h o s t",
                ],
            ),
        ] {
            let mut shuffled: Vec<&str> = ordered.iter().rev().copied().collect();
            shuffled.sort_by_key(|name| score(typed, name).unwrap_or_else(|| panic!("{name}")));
            assert_eq!(shuffled, ordered, "{typed}");
        }
    }

    #[test]
    fn what_is_not_there_in_this_order_does_not_match() {
        for (typed, name) in [
            ("hx", "hold"),
            ("dloh", "hold"),
            ("holdd", "hold"),
            ("x", ""),
        ] {
            assert_eq!(score(typed, name), None, "{typed} in {name}");
        }
        assert!(score("", "anything").is_some());
        assert!(score("  Hold ", "hold").is_some());
    }

    proptest::proptest! {
        #[test]
        fn a_name_matches_itself_best_and_letters_taken_out_still_match(
            name in "[a-z東é ]{1,20}", keep in proptest::collection::vec(proptest::bool::ANY, 20),
        ) {
            proptest::prop_assume!(!name.trim().is_empty());
            let name = name.trim();
            proptest::prop_assert_eq!(score(name, name), Some(Score(0, 0)));
            let some: String = name.chars().zip(keep).filter(|(_, keep)| *keep).map(|(c, _)| c).collect();
            proptest::prop_assert!(score(&some, name).is_some(), "{} in {}", some, name);
        }
    }
}
