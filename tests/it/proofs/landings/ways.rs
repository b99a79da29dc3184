//! The ways of a call and of an engine, and how a deed ends.

use super::deeds::Deed;
use drover::model::time::Span;
use drover::sim::wire::Mishap;

/// What becomes of a call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    Answered,
    NeverArrived,
    NotApplied,
    AnswerCut,
    AppliedPage,
    AppliedLate,
    Blind,
    LoginPage,
    Hang,
    AppliedHang,
}

pub(super) const MODES: [Mode; 10] = [
    Mode::Answered,
    Mode::NeverArrived,
    Mode::NotApplied,
    Mode::AnswerCut,
    Mode::AppliedPage,
    Mode::AppliedLate,
    Mode::Blind,
    Mode::LoginPage,
    Mode::Hang,
    Mode::AppliedHang,
];

/// Engine time after which a late call lands, and by which blind reads lag behind.
pub(super) const LATE: Span = Span::from_secs(30);
pub(super) const BLIND: Span = Span::from_secs(20);

impl Mode {
    pub(super) fn mishap(self) -> Option<Mishap> {
        Some(match self {
            Self::Answered => return None,
            Self::NeverArrived => Mishap::Lost,
            Self::NotApplied => Mishap::Status(503),
            Self::AnswerCut | Self::Blind => Mishap::AnswerCut,
            Self::AppliedPage => Mishap::AppliedThenPage,
            Self::AppliedLate => Mishap::AppliedLate(LATE),
            Self::LoginPage => Mishap::LoginPage,
            Self::Hang => Mishap::Hang,
            Self::AppliedHang => Mishap::AppliedThenHang,
        })
    }

    pub(super) fn never_answers(self) -> bool {
        matches!(self, Self::Hang | Self::AppliedHang)
    }
}

/// When the engine is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kill {
    Never,
    /// The intent is on record, and the call has not gone out, or not arrived.
    Intended,
    /// The call is there, and nothing was done about it yet.
    Pending,
    /// All is done that will be done, and no answer is given yet.
    Landed,
    /// The answer is there, and cannot be recorded: the store is held.
    Answered,
    /// It is being looked whether it landed.
    Probing,
}

pub(super) const KILLS: [Kill; 6] = [
    Kill::Never,
    Kill::Intended,
    Kill::Pending,
    Kill::Landed,
    Kill::Answered,
    Kill::Probing,
];

/// How one deed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    /// With a person, for good reason.
    Parked,
    /// A message that is not repeated, and counted.
    Dropped,
}

/// One deed in one batch.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) deed: Deed,
    pub(super) mode: Mode,
    pub(super) kill: Kill,
    pub(super) end: End,
    pub(super) why: String,
    /// Calls that arrived at the service.
    pub(super) sent: usize,
    pub(super) landed: usize,
}
