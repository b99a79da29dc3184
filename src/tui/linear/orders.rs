//! One line of input, understood.

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Nothing,
    Help,
    Quit,
    /// How the night stands.
    State,
    List,
    More,
    Faults,
    Stages,
    Log(usize),
    Follow,
    /// What a filter says; empty shows every row again.
    Filter(String),
    /// A column and whether the largest come first, when that was said.
    Sort(String, Option<bool>),
    /// A screen of the full console that can be told.
    Screen(Told),
    Act(Asked),
    /// Not understood, and why.
    Wrong(String),
    /// No order: a row's number or key.
    Row(String),
}

/// A screen that is told as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    History,
    Inbox,
    Waves,
    Services,
    Checks,
}

/// An act as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub verb: String,
    /// Numbers, ranges, keys, `all`; a stage or ladder among them where the act needs one.
    pub targets: Vec<Target>,
    /// What follows `---`; asked for when missing.
    pub reason: Option<String>,
}

/// One word after a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    All,
    /// Numbers of the list shown last, from and to.
    Numbers(usize, usize),
    /// The members of a fault, by its number or id.
    Fault(String),
    /// A key, or a rule's name.
    Word(String),
    /// In quotes: a key, even when it looks like something else.
    Key(String),
}

/// Acts, with whether they are about rows.
pub const ACTS: &[(&str, bool)] = &[
    ("retry", true),
    ("hold", true),
    ("release", true),
    ("refresh", true),
    ("skip", true),
    ("remedy", true),
    ("trigger", true),
    ("act", true),
    ("stop", false),
    ("resume", false),
];

/// Entries of the log that `log` alone tells.
const LOG: usize = 20;
const MOST_LOG: usize = 1_000;

/// Understands a line.
pub fn order(line: &str) -> Order {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let word = word.to_ascii_lowercase();
    let alone = |order: Order| if rest.is_empty() { order } else { row(line) };
    match word.as_str() {
        "" => Order::Nothing,
        "help" | "?" => alone(Order::Help),
        "quit" | "q" | "exit" | "bye" => alone(Order::Quit),
        "state" | "status" => alone(Order::State),
        "list" | "ls" => alone(Order::List),
        "more" => alone(Order::More),
        "faults" => alone(Order::Faults),
        "stages" => alone(Order::Stages),
        "history" => alone(Order::Screen(Told::History)),
        "inbox" => alone(Order::Screen(Told::Inbox)),
        "waves" => alone(Order::Screen(Told::Waves)),
        "services" => alone(Order::Screen(Told::Services)),
        "checks" => alone(Order::Screen(Told::Checks)),
        "follow" => alone(Order::Follow),
        "log" if rest.is_empty() => Order::Log(LOG),
        "log" => match rest.parse() {
            Ok(count @ 1..=MOST_LOG) => Order::Log(count),
            _ => Order::Wrong(format!("say how many lines, 1 to {MOST_LOG}: log 50")),
        },
        "filter" => Order::Filter(rest.to_owned()),
        "sort" => sort(rest),
        verb => match ACTS.iter().find(|(known, _)| *known == verb) {
            Some((_, true)) => Order::Act(asked(verb, rest)),
            Some((_, false)) => Order::Act(Asked {
                verb: verb.to_owned(),
                targets: Vec::new(),
                reason: reason(rest.strip_prefix("---").unwrap_or(rest)),
            }),
            None => row(line),
        },
    }
}

fn row(line: &str) -> Order {
    Order::Row(line.trim_matches('"').to_owned())
}

fn sort(rest: &str) -> Order {
    let (column, way) = rest.rsplit_once(char::is_whitespace).unwrap_or((rest, ""));
    let (column, descending) = match way {
        "down" => (column, Some(true)),
        "up" => (column, Some(false)),
        _ => (rest, None),
    };
    if column.is_empty() {
        return Order::Wrong("say by which column: sort age, sort phase, sort serial down".into());
    }
    Order::Sort(column.trim().to_owned(), descending)
}

fn reason(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn asked(verb: &str, rest: &str) -> Asked {
    let (targets, why) = match rest.split_once("---") {
        Some((targets, why)) => (targets, reason(why)),
        None => (rest, None),
    };
    Asked {
        verb: verb.to_owned(),
        targets: words(targets).into_iter().map(target).collect(),
        reason: why,
    }
}

/// Split at spaces and commas; `"what is quoted"` is one word, and known to be quoted.
fn words(text: &str) -> Vec<(String, bool)> {
    let (mut words, mut word, mut quoted, mut was) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => (quoted, was) = (!quoted, true),
            c if !quoted && (c.is_whitespace() || c == ',') => {
                words.push((std::mem::take(&mut word), std::mem::take(&mut was)));
            }
            c => word.push(c),
        }
    }
    words.push((word, was));
    words.retain(|(word, _)| !word.is_empty());
    words
}

fn target((word, quoted): (String, bool)) -> Target {
    if quoted {
        return Target::Key(word);
    }
    if word.eq_ignore_ascii_case("all") {
        return Target::All;
    }
    if let Some(fault) = word.strip_prefix("fault:") {
        return Target::Fault(fault.to_owned());
    }
    let (from, to) = word.split_once('-').unwrap_or((&word, &word));
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) => Target::Numbers(from, to),
        _ => Target::Word(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_order_or_a_row() {
        for (line, understood) in [
            ("", Order::Nothing),
            ("  LIST ", Order::List),
            ("log 50", Order::Log(50)),
            (
                "filter phase:\"In Jamf\" !c02",
                Order::Filter("phase:\"In Jamf\" !c02".into()),
            ),
            ("filter", Order::Filter(String::new())),
            ("sort age", Order::Sort("age".into(), None)),
            (
                "sort OS version down",
                Order::Sort("OS version".into(), Some(true)),
            ),
            ("12", Order::Row("12".into())),
            ("C02A", Order::Row("C02A".into())),
            ("\"list\"", Order::Row("list".into())),
            ("list of names", Order::Row("list of names".into())),
        ] {
            assert_eq!(order(line), understood, "{line}");
        }
        for wrong in ["log many", "log 0", "sort"] {
            assert!(matches!(order(wrong), Order::Wrong(_)), "{wrong}");
        }
    }

    #[test]
    fn an_act_has_its_rows_and_its_reason() {
        let act = |verb: &str, targets: &[Target], reason: Option<&str>| {
            Order::Act(Asked {
                verb: verb.into(),
                targets: targets.to_vec(),
                reason: reason.map(str::to_owned),
            })
        };
        let word = |text: &str| Target::Word(text.into());
        for (line, understood) in [
            (
                "retry 1, 3-5 C02-X --- looked at it --- twice",
                act(
                    "retry",
                    &[Target::Numbers(1, 1), Target::Numbers(3, 5), word("C02-X")],
                    Some("looked at it --- twice"),
                ),
            ),
            ("hold ALL", act("hold", &[Target::All], None)),
            (
                "hold \"all\"",
                act("hold", &[Target::Key("all".into())], None),
            ),
            (
                "retry fault:2 ---",
                act("retry", &[Target::Fault("2".into())], None),
            ),
            (
                "trigger transfer 2",
                act("trigger", &[word("transfer"), Target::Numbers(2, 2)], None),
            ),
            ("stop looks wrong", act("stop", &[], Some("looks wrong"))),
            (
                "stop --- looks wrong",
                act("stop", &[], Some("looks wrong")),
            ),
            ("retry", act("retry", &[], None)),
        ] {
            assert_eq!(order(line), understood, "{line}");
        }
    }
}
