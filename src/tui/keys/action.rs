//! What a key can do, and where.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$var_doc:meta])* $var:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$var_doc])* $var),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$var),+];

            /// As the key map writes it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$var => $word),+ }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }
    };
}

words! {
    /// What a key does. Typing into a text line is no action.
    Action {
        Leave = "leave",
        Help = "help",
        Back = "back",
        Suspend = "suspend",
        Redraw = "redraw",
        Stop = "stop",
        Palette = "palette",
        Faults = "faults",
        History = "history",
        Inbox = "inbox",
        Waves = "waves",
        Services = "services",
        Progress = "progress",
        Checks = "checks",
        Pause = "pause",
        Mouse = "mouse",
        Export = "export",
        Earlier = "earlier",
        Later = "later",
        ChangeBefore = "change-before",
        ChangeAfter = "change-after",
        NextPane = "next-pane",
        PreviousPane = "previous-pane",
        TablePane = "table-pane",
        StagesPane = "stages-pane",
        LogPane = "log-pane",
        Filter = "filter",
        Alarms = "alarms",
        Down = "down",
        Up = "up",
        HalfDown = "half-down",
        HalfUp = "half-up",
        PageDown = "page-down",
        PageUp = "page-up",
        Top = "top",
        Bottom = "bottom",
        Open = "open",
        Mark = "mark",
        MarkDown = "mark-down",
        MarkUp = "mark-up",
        MarkAll = "mark-all",
        SortLeft = "sort-left",
        SortRight = "sort-right",
        SortTurn = "sort-turn",
        Range = "range",
        Columns = "columns",
        SaveView = "save-view",
        Copy = "copy",
        CopyAll = "copy-all",
        Search = "search",
        NextMatch = "next-match",
        PreviousMatch = "previous-match",
        LogRow = "log-row",
        Retry = "retry",
        RetryAnew = "retry-anew",
        Remedy = "remedy",
        Skip = "skip",
        Trigger = "trigger",
        HoldIn = "hold-in",
        Act = "act",
        Set = "set",
        Switch = "switch",
        BrakeRelease = "brake-release",
        Agree = "agree",
        Hold = "hold",
        Release = "release",
        Refresh = "refresh",
        Level = "level",
        Follow = "follow",
        Accept = "accept",
        Cancel = "cancel",
        NextField = "next-field",
        PreviousField = "previous-field",
        Erase = "erase",
        EraseAhead = "erase-ahead",
        EraseWord = "erase-word",
        EraseLine = "erase-line",
        CaretLeft = "caret-left",
        CaretRight = "caret-right",
        CaretStart = "caret-start",
        CaretEnd = "caret-end",
        ListDown = "list-down",
        ListUp = "list-up",
        ListPageDown = "list-page-down",
        ListPageUp = "list-page-up",
        Complete = "complete",
        Toggle = "toggle",
        MoveUp = "move-up",
        MoveDown = "move-down",
    }
}

words! {
    /// Where a key works. Several are in force at once; see [`Where::in_force`].
    Where {
        Everywhere = "everywhere",
        /// Whatever scrolls.
        List = "list",
        Main = "main",
        /// Wherever one row, or the marked ones, can be acted on.
        Row = "row",
        Table = "table",
        Stages = "stages",
        Log = "log",
        Dossier = "dossier",
        /// A screen with a list of things, one of which has the cursor.
        Pick = "pick",
        Faults = "faults",
        History = "history",
        Attempt = "attempt",
        Inbox = "inbox",
        Event = "event",
        Waves = "waves",
        Services = "services",
        Progress = "progress",
        Checks = "checks",
        /// One check.
        Check = "check",
        Text = "text",
        /// The filter being typed.
        Filter = "filter",
        /// The preview of an act.
        Preview = "preview",
        /// The command palette, and other choices among named things.
        Palette = "palette",
        /// The column chooser.
        Columns = "columns",
    }
}

impl Action {
    /// Whether it asks the engine for something, so that a read-only console has no use for it.
    pub fn acts(self) -> bool {
        matches!(
            self,
            Self::Stop
                | Self::Retry
                | Self::RetryAnew
                | Self::HoldIn
                | Self::Agree
                | Self::Remedy
                | Self::Skip
                | Self::Trigger
                | Self::Act
                | Self::Set
                | Self::Switch
                | Self::BrakeRelease
                | Self::Hold
                | Self::Release
                | Self::Refresh
        )
    }
}

impl Where {
    /// The sets of places that are in force together, the nearest first. A key may stand once in each set.
    pub const SETS: &[&[Self]] = &[
        &[
            Self::Table,
            Self::Row,
            Self::Main,
            Self::List,
            Self::Everywhere,
        ],
        &[Self::Stages, Self::Main, Self::List, Self::Everywhere],
        &[Self::Log, Self::Main, Self::List, Self::Everywhere],
        &[Self::Dossier, Self::Row, Self::List, Self::Everywhere],
        &[
            Self::Faults,
            Self::Row,
            Self::Pick,
            Self::List,
            Self::Everywhere,
        ],
        &[
            Self::History,
            Self::Row,
            Self::Pick,
            Self::List,
            Self::Everywhere,
        ],
        &[Self::Attempt, Self::Row, Self::List, Self::Everywhere],
        &[
            Self::Inbox,
            Self::Row,
            Self::Pick,
            Self::List,
            Self::Everywhere,
        ],
        &[Self::Event, Self::Row, Self::List, Self::Everywhere],
        &[Self::Waves, Self::Pick, Self::List, Self::Everywhere],
        &[Self::Services, Self::Pick, Self::List, Self::Everywhere],
        &[Self::Progress, Self::List, Self::Everywhere],
        &[Self::Checks, Self::Pick, Self::List, Self::Everywhere],
        &[Self::Check, Self::List, Self::Everywhere],
        &[Self::List, Self::Everywhere],
        &[Self::Text],
        &[Self::Filter, Self::Text],
        &[Self::Preview, Self::Text],
        &[Self::Palette, Self::Text],
        &[Self::Columns],
    ];

    /// The set whose nearest place this is.
    pub fn in_force(self) -> &'static [Self] {
        Self::SETS
            .iter()
            .find(|set| set[0] == self)
            .copied()
            .unwrap_or(&[Self::Everywhere])
    }

    /// As help heads its keys.
    pub fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::List => "Moving",
            Self::Main => "The main screen",
            Self::Row => "Acting on the row, or on the marked rows",
            Self::Table => "The table",
            Self::Stages => "The stages",
            Self::Log => "The log",
            Self::Dossier => "The dossier",
            Self::Pick => "A list",
            Self::Faults => "The faults",
            Self::History => "The history",
            Self::Attempt => "An attempt",
            Self::Inbox => "The inbox",
            Self::Event => "An event",
            Self::Waves => "The waves",
            Self::Services => "The services",
            Self::Progress => "The progress",
            Self::Checks => "The checks",
            Self::Check => "A check",
            Self::Palette => "The palette",
            Self::Columns => "The column chooser",
            Self::Text => "Typing",
            Self::Filter => "Typing a filter",
            Self::Preview => "The preview of an act",
        }
    }
}
