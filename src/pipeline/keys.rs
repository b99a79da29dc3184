//! Every key a pipeline file may have, with its sentence: `drover pipeline help` prints this table, and parsing knows
//! no other keys.

/// One key of one kind of table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Which kind of table it stands in; see [`SECTIONS`].
    pub section: &'static str,
    pub name: &'static str,
    /// What may stand there.
    pub form: &'static str,
    pub about: &'static str,
}

/// Kinds of tables: the word, how the file writes it, and what it is.
pub const SECTIONS: &[(&str, &str, &str)] = &[
    (
        "file",
        "top of the file",
        "One pipeline: what is known of a subject, what is heard, and what is done about it.",
    ),
    (
        "setting",
        "[settings]",
        "Names with default values, typed by them; a user's configuration may override each.",
    ),
    (
        "column",
        "[columns]",
        "The columns of the subject table: a row's whole state.",
    ),
    (
        "phase",
        "[[phase]]",
        "What the table and the funnel call a row's state; the first that holds counts.",
    ),
    ("window", "[windows.NAME]", "When stages may start work."),
    (
        "wave",
        "[[wave]]",
        "A named set of rows, opened by time or by hand; the order of the file is theirs.",
    ),
    (
        "intake",
        "[[intake]]",
        "Hears something and writes columns; it decides nothing.",
    ),
    (
        "webhook",
        "webhook = { … }",
        "The intake hears what is posted to /hooks/PATH.",
    ),
    (
        "poll",
        "poll = { … }",
        "The intake asks, again and again, and takes each item of the answer as an event.",
    ),
    (
        "refresh",
        "refresh = { … }",
        "Reads one row afresh through the intake's mapping.",
    ),
    (
        "stage",
        "[[stage]]",
        "Takes rows whose gate holds, calls the outside step by step, and writes columns.",
    ),
    (
        "retry",
        "retry = { … }",
        "How often and with which waits a failed attempt is repeated.",
    ),
    (
        "notify",
        "[stage.notify]",
        "A chat message when the stage is done with a row.",
    ),
    (
        "step",
        "[[stage.step]]",
        "One call of an action or a helper.",
    ),
    (
        "wait",
        "wait = { … }",
        "How often and how long a step looks again while wait_if holds.",
    ),
    (
        "ladder",
        "[[ladder]]",
        "Brings stuck rows back by ordered remedies.",
    ),
    ("rung", "[[ladder.rung]]", "One remedy of a ladder."),
    (
        "helper",
        "[[helper]]",
        "Steps that several callers share, called as helper.NAME.",
    ),
    (
        "input",
        "inputs = { … }",
        "What a helper must or may be given, seen as input.NAME.",
    ),
    (
        "brake",
        "[[brake]]",
        "Stops a stage, or only the guilty slice of it, until an operator releases it.",
    ),
    (
        "trial",
        "[[trial]]",
        "A test of this file: a row before, canned replies, and what is expected after.",
    ),
    (
        "reply",
        "replies = [{ … }]",
        "What an action answers in a trial; replies of one action are used in order.",
    ),
    (
        "fault",
        "fault = { … }",
        "The fault an action meets in a trial.",
    ),
    (
        "expect",
        "[trial.expect]",
        "What a trial must come to; what is not named is not looked at.",
    ),
];

const fn key(
    section: &'static str,
    name: &'static str,
    form: &'static str,
    about: &'static str,
) -> Key {
    Key {
        section,
        name,
        form,
        about,
    }
}

pub const KEYS: &[Key] = &[
    key(
        "file",
        "name",
        "text",
        "The pipeline's name, as `pipeline = …` in the configuration has it.",
    ),
    key("file", "title", "text", "What the console's header shows."),
    key("file", "about", "text", "What the pipeline is for."),
    key(
        "file",
        "subject",
        "name",
        "The table, and what the console calls a row, in the singular.",
    ),
    key(
        "file",
        "key",
        "column",
        "The text column that names a row to people and to the outside.",
    ),
    key(
        "file",
        "timezone",
        "IANA zone, default UTC",
        "The zone of cron expressions, and of windows that name none.",
    ),
    key(
        "file",
        "settings",
        "table",
        "Values a user may override: NAME = default, or { default, about }.",
    ),
    key(
        "file",
        "columns",
        "table",
        "The subject table: NAME = \"type\", or { type, title, … }.",
    ),
    key(
        "file",
        "phase",
        "list of tables",
        "What a row's state is called, the first that holds.",
    ),
    key(
        "file",
        "windows",
        "table of tables",
        "When stages may start work, by name.",
    ),
    key(
        "file",
        "wave",
        "list of tables",
        "Sets of rows, taken one after the other.",
    ),
    key("file", "intake", "list of tables", "What is heard."),
    key("file", "stage", "list of tables", "What is done."),
    key(
        "file",
        "ladder",
        "list of tables",
        "How stuck rows are brought back.",
    ),
    key(
        "file",
        "helper",
        "list of tables",
        "Steps that several callers share.",
    ),
    key(
        "file",
        "brake",
        "list of tables",
        "What stops a stage that goes wrong.",
    ),
    key(
        "file",
        "trial",
        "list of tables",
        "The file's own tests, run by `drover pipeline test`.",
    ),
    key(
        "setting",
        "default",
        "text, whole number, boolean or time",
        "The value unless a user sets another of the same type.",
    ),
    key("setting", "about", "text", "What the setting decides."),
    key(
        "column",
        "type",
        "text | integer | boolean | time | json",
        "What the column may hold; every column may also be null.",
    ),
    key("column", "title", "text", "The column's heading."),
    key("column", "about", "text", "What the column says."),
    key(
        "column",
        "group",
        "text",
        "The heading the dossier shows it under.",
    ),
    key(
        "column",
        "shown",
        "boolean, default false",
        "Whether the device table shows it without being asked.",
    ),
    key(
        "column",
        "imported",
        "boolean, default false",
        "Says that imports or operators write it, so that nothing in the file need do.",
    ),
    key("phase", "name", "text", "What the phase is called."),
    key(
        "phase",
        "when",
        "SQL condition",
        "The phase holds while this is true; `ago` may not be used.",
    ),
    key(
        "phase",
        "tone",
        "idle | active | waiting | warning | done",
        "What the phase means for the eye; default active.",
    ),
    key(
        "phase",
        "about",
        "text",
        "What it means that a row is in this phase.",
    ),
    key(
        "window",
        "days",
        "mon-fri, \"mon,wed\" or daily",
        "The evenings on which the window opens.",
    ),
    key("window", "from", "HH:MM", "When it opens, local time."),
    key(
        "window",
        "to",
        "HH:MM",
        "When it closes; at or before `from` it is the next morning.",
    ),
    key(
        "window",
        "timezone",
        "IANA zone",
        "The zone of both times; default the pipeline's.",
    ),
    key(
        "wave",
        "name",
        "name",
        "The wave's name, as imports write it.",
    ),
    key("wave", "title", "text", "What the waves screen shows."),
    key(
        "wave",
        "when",
        "SQL condition",
        "Rows for which it is true are members.",
    ),
    key(
        "wave",
        "percent",
        "1 to 100",
        "Rows are members when fnv1a32(bytes of `column`) % 100 is below this.",
    ),
    key(
        "wave",
        "column",
        "column",
        "The column whose bytes `percent` hashes.",
    ),
    key(
        "wave",
        "opens",
        "RFC 3339 time",
        "When it opens by itself; without it an operator opens it.",
    ),
    key("intake", "name", "name", "The intake's name."),
    key("intake", "title", "text", "What the console shows."),
    key("intake", "about", "text", "What is heard, and from whom."),
    key(
        "intake",
        "webhook",
        "table",
        "Hears what is posted; an intake has a webhook or a poll.",
    ),
    key(
        "intake",
        "poll",
        "table",
        "Asks; an intake has a webhook or a poll.",
    ),
    key(
        "intake",
        "when",
        "expression",
        "Only events for which it holds are wanted.",
    ),
    key(
        "intake",
        "key",
        "template",
        "The key of the row the event is about.",
    ),
    key(
        "intake",
        "create",
        "boolean, default false",
        "Whether an unknown key makes a row.",
    ),
    key(
        "intake",
        "set",
        "table of templates",
        "Columns and what is written into them.",
    ),
    key(
        "intake",
        "keep",
        "list of columns",
        "Columns that stay as they are once set.",
    ),
    key(
        "intake",
        "dedupe",
        "template",
        "What makes two events the same; default: the hash of the body.",
    ),
    key(
        "intake",
        "refresh",
        "table",
        "How one row is read afresh through the same mapping.",
    ),
    key(
        "webhook",
        "path",
        "text",
        "The last part of the address, /hooks/PATH.",
    ),
    key(
        "webhook",
        "reply",
        "status, default 200",
        "What is answered once the event is on disk.",
    ),
    key(
        "webhook",
        "busy",
        "status, default 429",
        "What is answered when it cannot be stored, so that this sender tries again.",
    ),
    key(
        "poll",
        "call",
        "read action",
        "The action; its `items` are the events, `cursor` is given back next time.",
    ),
    key("poll", "with", "table of templates", "The action's inputs."),
    key(
        "poll",
        "every",
        "span",
        "How long to wait between two rounds.",
    ),
    key(
        "poll",
        "at",
        "cron",
        "When to ask, in the pipeline's zone; instead of `every`.",
    ),
    key(
        "refresh",
        "call",
        "read action",
        "The action; its result is the event.",
    ),
    key(
        "refresh",
        "with",
        "table of templates",
        "The action's inputs; they may use row.",
    ),
    key("stage", "name", "name", "The stage's name."),
    key("stage", "title", "text", "What the console shows."),
    key("stage", "about", "text", "What the stage does to a row."),
    key(
        "stage",
        "window",
        "window",
        "Rows are only taken while it is open; default always.",
    ),
    key(
        "stage",
        "parallel",
        "1 to 1000, default 1",
        "How many rows are worked on at a time.",
    ),
    key(
        "stage",
        "retry",
        "table",
        "How failed attempts are repeated.",
    ),
    key(
        "stage",
        "retry_on",
        "list of fault kinds",
        "The kinds of fault that are repeated; the same as `on` in retry.",
    ),
    key(
        "stage",
        "then",
        "hold | ticket | page | helper",
        "What happens after the last attempt; default hold: an operator must look.",
    ),
    key(
        "stage",
        "sweep",
        "cron",
        "Covers every row the gate matches once per firing, even though the gate stays true.",
    ),
    key(
        "stage",
        "waves",
        "boolean, default false",
        "Takes rows of open waves only.",
    ),
    key(
        "stage",
        "gate",
        "table of SQL conditions",
        "All true = the row is in the queue; the keys are what the dossier shows.",
    ),
    key("stage", "step", "list of tables", "The calls, in order."),
    key(
        "stage",
        "set",
        "table of templates",
        "Columns written when every step is done.",
    ),
    key(
        "stage",
        "notify",
        "text or table",
        "A chat message when the stage is done with a row.",
    ),
    key(
        "retry",
        "attempts",
        "1 to 100, default 4",
        "Attempts in all, the first included.",
    ),
    key(
        "retry",
        "wait",
        "span, default 1m",
        "The wait before the second attempt.",
    ),
    key(
        "retry",
        "factor",
        "number from 1, default 2",
        "By how much each wait is longer than the one before.",
    ),
    key(
        "retry",
        "most",
        "span, default 30m",
        "The longest wait between two attempts.",
    ),
    key(
        "retry",
        "on",
        "list of fault kinds",
        "The kinds that are repeated; default trouble on the way, never a refusal.",
    ),
    key(
        "notify",
        "when",
        "expression",
        "The message is only sent when it holds.",
    ),
    key("notify", "text", "template", "The message."),
    key(
        "step",
        "name",
        "name",
        "The step's name; later templates see its result as steps.NAME.",
    ),
    key("step", "title", "text", "What the dossier shows."),
    key("step", "call", "action or helper.NAME", "What is called."),
    key("step", "with", "table of templates", "Its inputs."),
    key(
        "step",
        "when",
        "expression",
        "The step is skipped unless it holds.",
    ),
    key(
        "step",
        "for_each",
        "expression",
        "A list; the call is made for each, seen as item, and no finished item is repeated.",
    ),
    key(
        "step",
        "wait_if",
        "expression",
        "While it holds the step looks again; no attempt is spent. It sees result.",
    ),
    key(
        "step",
        "wait",
        "table",
        "How often and how long wait_if is looked at again.",
    ),
    key(
        "step",
        "fail_if",
        "expression",
        "The step has failed when it holds. It sees result.",
    ),
    key(
        "step",
        "fail_text",
        "template",
        "The sentence of that fault.",
    ),
    key(
        "step",
        "on_error",
        "fail | continue",
        "With continue, later steps run and see steps.NAME.error; default fail.",
    ),
    key(
        "step",
        "else",
        "earlier step",
        "Where the retry starts when wait_if held for longer than `most`.",
    ),
    key(
        "wait",
        "every",
        "span, default 30s",
        "The wait between two looks.",
    ),
    key(
        "wait",
        "factor",
        "number from 1, default 1",
        "By how much each wait is longer than the one before.",
    ),
    key(
        "wait",
        "longest",
        "span, default ten times every",
        "The longest wait between two looks.",
    ),
    key(
        "wait",
        "most",
        "span, default 10m",
        "After this long it is a fault: not confirmed.",
    ),
    key("ladder", "name", "name", "The ladder's name."),
    key("ladder", "title", "text", "What the console shows."),
    key("ladder", "about", "text", "Which trouble it is for."),
    key(
        "ladder",
        "window",
        "window",
        "Remedies are only tried while it is open; default always.",
    ),
    key(
        "ladder",
        "parallel",
        "1 to 1000, default 1",
        "How many rows are worked on at a time.",
    ),
    key(
        "ladder",
        "stuck",
        "table of SQL conditions",
        "All true = the row is stuck; judged again before each rung.",
    ),
    key(
        "ladder",
        "rung",
        "list of tables",
        "The remedies, in order.",
    ),
    key(
        "ladder",
        "after",
        "hold | ticket | page | helper",
        "What happens when no rung is left; default ticket.",
    ),
    key("ladder", "text", "template", "The ticket's or page's text."),
    key(
        "rung",
        "name",
        "name, default remedy",
        "The name its result has in steps.",
    ),
    key("rung", "title", "text", "What the dossier shows."),
    key(
        "rung",
        "limit",
        "1 to 100, default 1",
        "How often it is tried on one row.",
    ),
    key(
        "rung",
        "wait",
        "span, default 10m",
        "How long it may take to work before the ladder looks again.",
    ),
    key("rung", "call", "action or helper.NAME", "What is called."),
    key("rung", "with", "table of templates", "Its inputs."),
    key(
        "rung",
        "when",
        "expression",
        "The rung is passed over unless it holds.",
    ),
    key(
        "rung",
        "for_each",
        "expression",
        "A list; the call is made for each, seen as item.",
    ),
    key(
        "rung",
        "wait_if",
        "expression",
        "While it holds the rung looks again. It sees result.",
    ),
    key(
        "rung",
        "look",
        "table",
        "How often and how long wait_if is looked at again, as a step's wait.",
    ),
    key(
        "rung",
        "fail_if",
        "expression",
        "The rung has failed when it holds. It sees result.",
    ),
    key(
        "rung",
        "fail_text",
        "template",
        "The sentence of that fault.",
    ),
    key(
        "rung",
        "on_error",
        "fail | continue",
        "With continue, a fault of the call counts as a try that was made; default fail.",
    ),
    key(
        "rung",
        "set",
        "table of templates",
        "Columns written when the call is done.",
    ),
    key(
        "helper",
        "name",
        "name",
        "The helper's name, called as helper.NAME.",
    ),
    key("helper", "title", "text", "What the dossier shows."),
    key("helper", "about", "text", "What it does."),
    key(
        "helper",
        "inputs",
        "table",
        "What it is given: NAME = \"type\", or { type, required, about }.",
    ),
    key("helper", "step", "list of tables", "The calls, in order."),
    key(
        "helper",
        "output",
        "table of templates",
        "What the caller's step has as its result.",
    ),
    key(
        "input",
        "type",
        "text | integer | boolean | time | json",
        "What may be given.",
    ),
    key(
        "input",
        "required",
        "boolean, default true",
        "Whether it must be given; else it is null.",
    ),
    key("input", "about", "text", "What it is for."),
    key(
        "brake",
        "name",
        "name, default the stage's",
        "The brake's name.",
    ),
    key(
        "brake",
        "title",
        "text",
        "What the console shows when it has tripped.",
    ),
    key("brake", "stage", "stage", "The stage it stops."),
    key(
        "brake",
        "failures",
        "\"N in SPAN\"",
        "Trips on more failures than N within the span.",
    ),
    key(
        "brake",
        "share",
        "0 to 1",
        "Trips on a larger share of failures than this within a window.",
    ),
    key(
        "brake",
        "of",
        "number, default 10",
        "The fewest attempts `share` is counted of.",
    ),
    key(
        "brake",
        "most",
        "number",
        "Trips when more rows than this would be touched per window.",
    ),
    key(
        "brake",
        "slice",
        "list of columns",
        "Columns whose common value names the slice to stop; without it the whole stage stops.",
    ),
    key("trial", "name", "text", "What the trial shows."),
    key("trial", "stage", "stage", "The stage that is tried."),
    key("trial", "ladder", "ladder", "The ladder that is tried."),
    key("trial", "intake", "intake", "The intake that is tried."),
    key("trial", "settings", "table", "Settings for this trial."),
    key(
        "trial",
        "now",
        "RFC 3339 time",
        "What time it is; default 2026-01-05T12:00:00Z.",
    ),
    key(
        "trial",
        "row",
        "table of templates",
        "The row before; columns not named are null. They may use now.",
    ),
    key(
        "trial",
        "tries",
        "number, default 0",
        "How often the ladder's remedies were tried on the row before.",
    ),
    key("trial", "event", "table", "The event an intake hears."),
    key("trial", "replies", "list of tables", "What actions answer."),
    key("trial", "expect", "table", "What it must come to."),
    key("reply", "call", "action", "The action that answers."),
    key("reply", "result", "table", "Its result."),
    key(
        "reply",
        "fault",
        "table",
        "The fault it meets, instead of a result.",
    ),
    key(
        "reply",
        "times",
        "number, default 1",
        "How often in a row it answers so.",
    ),
    key(
        "fault",
        "kind",
        "fault kind",
        "The kind, in the words of retry_on.",
    ),
    key("fault", "message", "text", "The sentence."),
    key(
        "fault",
        "status",
        "HTTP status",
        "The status, when an answer came.",
    ),
    key(
        "expect",
        "taken",
        "boolean",
        "Whether the gate holds, or the event is wanted.",
    ),
    key("expect", "key", "text", "The key an intake finds."),
    key(
        "expect",
        "state",
        "done | failed | waiting",
        "How the attempt ends.",
    ),
    key(
        "expect",
        "row",
        "table of templates",
        "Columns afterwards; they may use now.",
    ),
    key(
        "expect",
        "calls",
        "list of actions",
        "Every call, in order.",
    ),
    key(
        "expect",
        "fault",
        "fault kind",
        "The kind of fault the attempt ends with.",
    ),
    key(
        "expect",
        "waiting",
        "boolean",
        "Whether the attempt waits to look again.",
    ),
    key(
        "expect",
        "rung",
        "text",
        "The title of the rung a ladder tries.",
    ),
];

/// The keys a kind of table may have.
pub fn of(section: &str) -> impl Iterator<Item = &'static Key> + Clone {
    KEYS.iter().filter(move |key| key.section == section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_sentence_and_a_known_section() {
        for key in KEYS {
            assert!(
                key.about.ends_with('.') && key.about.len() > 8,
                "{}",
                key.name
            );
            assert!(
                SECTIONS.iter().any(|(name, ..)| *name == key.section),
                "{}",
                key.section
            );
            let same = of(key.section).filter(|other| other.name == key.name);
            assert_eq!(same.count(), 1, "{}.{}", key.section, key.name);
        }
        for (section, ..) in SECTIONS {
            assert!(of(section).count() > 0, "{section}");
        }
    }
}
