//! One live message per night that says how it stands, edited in place.

use super::{CHAT_POST, CHAT_UPDATE};
use crate::connectors::action::{Call, Landing};
use crate::engine::plan::stopped;
use crate::engine::shared::Shared;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use crate::store::{StoreError, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Slack takes some fifty edits a minute (`api/slack.md` §3); one a minute is plenty to read.
const RHYTHM: Span = Span::from_secs(60);
/// While nothing changes.
const IDLE: Span = Span::from_mins(3);
const NOTE: &str = "board";

/// The board as it is on record. The first post of a night is written down before it goes out, as it must not be
/// posted twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Board {
    night: String,
    text: String,
    channel: Option<String>,
    /// Slack's id of the message; none while the post is under way or in doubt, and for a chat that cannot edit.
    ts: Option<String>,
    /// The post under way.
    #[serde(default)]
    post: Option<Post>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Post {
    op: String,
    intent_at: Time,
    /// From when on a look that does not find it is believed.
    settled_at: Time,
    /// Such looks so far.
    absent: u32,
}

/// What to do about the board now.
enum Next {
    Nothing,
    /// Ask again soon.
    Soon,
    Shown,
}

pub(in crate::engine) async fn board(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    if shared.registry.find(CHAT_POST).is_err() {
        return;
    }
    let busy = shared.clock.busy();
    if let Err(error) = shared.rescue_board().await {
        tracing::error!("the board message: {error}");
    }
    drop(busy);
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        let rhythm = match shared.show_board().await {
            Ok(Next::Shown | Next::Soon) => RHYTHM,
            Ok(Next::Nothing) => IDLE,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!("the board message: {error}");
                IDLE
            }
        };
        drop(busy);
        tokio::select! {
            _ = stop.changed() => {}
            () = shared.clock.sleep(rhythm) => {}
        }
    }
}

impl Shared {
    /// A post that was under way when the last engine ended may land until the chat has settled, counted from now.
    async fn rescue_board(&self) -> Result<(), StoreError> {
        let settle = self
            .registry
            .find(CHAT_POST)
            .map_or(RHYTHM, |(_, spec)| spec.settle);
        let settled_at = self.clock.now().plus(settle);
        self.store
            .write(move |tx| {
                let Some(mut board) = known(tx)? else {
                    return Ok(());
                };
                let Some(post) = &mut board.post else {
                    return Ok(());
                };
                (post.settled_at, post.absent) = (settled_at, 0);
                tx.set_note(NOTE, &json!(board))
            })
            .await
    }

    async fn show_board(&self) -> Result<Next, StoreError> {
        let now = self.clock.now();
        let title = self.pipeline.title.clone();
        let seen = self
            .store
            .read(move |view| {
                if stopped(view)? {
                    return Ok(None);
                }
                Ok(Some((board_text(view, &title, now)?, known(view)?)))
            })
            .await?;
        let Some((text, board)) = seen else {
            return Ok(Next::Nothing);
        };
        let night = self.night(now);
        let board = board.filter(|board| board.night == night || board.post.is_some());
        match board {
            None => {
                self.post_board(Board {
                    night,
                    text,
                    channel: None,
                    ts: None,
                    post: None,
                })
                .await
            }
            Some(board) if board.post.is_some() => self.look_for_board(board).await,
            Some(board) if board.text == text => Ok(Next::Nothing),
            Some(Board {
                channel: Some(channel),
                ts: Some(ts),
                ..
            }) => {
                let board = Board {
                    night,
                    text,
                    channel: Some(channel),
                    ts: Some(ts),
                    post: None,
                };
                self.edit_board(board).await
            }
            // This chat cannot edit: one board a night, not one a minute.
            Some(_) => Ok(Next::Nothing),
        }
    }

    /// Posts the night's board, on record before its first byte. A board whose `post` is set did not arrive, and goes
    /// out under the same operation.
    async fn post_board(&self, mut board: Board) -> Result<Next, StoreError> {
        let Ok((connector, spec)) = self.registry.find(CHAT_POST) else {
            return Ok(Next::Nothing);
        };
        let now = self.clock.now();
        let op = board.post.take().map_or_else(|| self.op(), |post| post.op);
        let post = Post {
            op: op.clone(),
            intent_at: now,
            settled_at: now.plus(spec.settle),
            absent: 0,
        };
        board.post = Some(post);
        self.keep_board(&board).await?;
        let input = Map::from_iter([("text".to_owned(), board.text.clone().into())]);
        let ended = connector
            .call(
                spec,
                Call {
                    input,
                    op,
                    intent_at: now,
                },
            )
            .await;
        match ended {
            Ok(reply) => self.is_shown(board, &reply.result).await,
            Err(failure) => self.not_shown(board, &failure.fault, spec.settle).await,
        }
    }

    /// A board that certainly was not posted is posted anew a minute later: it carries no news that is not elsewhere.
    async fn not_shown(
        &self,
        mut board: Board,
        fault: &Fault,
        settle: Span,
    ) -> Result<Next, StoreError> {
        tracing::debug!("the board message: {fault}");
        if fault.kind == FaultKind::Unknown {
            if let Some(post) = &mut board.post {
                post.settled_at = self.clock.now().plus(settle);
            }
            self.keep_board(&board).await?;
            return Ok(Next::Soon);
        }
        self.store
            .write(|tx| tx.set_note(NOTE, &Json::Null))
            .await?;
        Ok(if fault.kind.worth_repeating() {
            Next::Soon
        } else {
            Next::Nothing
        })
    }

    /// Whether a post whose answer was lost is there after all.
    async fn look_for_board(&self, mut board: Board) -> Result<Next, StoreError> {
        let (Ok((connector, spec)), Some(post)) = (self.registry.find(CHAT_POST), &mut board.post)
        else {
            return Ok(Next::Nothing);
        };
        let input = Map::from_iter([("text".to_owned(), board.text.clone().into())]);
        let call = Call {
            input,
            op: post.op.clone(),
            intent_at: post.intent_at,
        };
        match connector.probe(spec, call).await {
            Ok(Landing::Landed(result)) => self.is_shown(board, &result).await,
            // Asked once a minute, so that two looks are far enough apart.
            Ok(Landing::Absent) if self.clock.now() < post.settled_at => Ok(Next::Soon),
            Ok(Landing::Absent) if post.absent == 0 => {
                post.absent = 1;
                self.keep_board(&board).await?;
                Ok(Next::Soon)
            }
            Ok(Landing::Absent) => self.post_board(board).await,
            // It cannot be told, so no other is posted this night.
            Ok(Landing::Undecided(_)) => {
                board.post = None;
                self.keep_board(&board).await?;
                Ok(Next::Nothing)
            }
            Err(_) => Ok(Next::Soon),
        }
    }

    async fn is_shown(&self, board: Board, result: &Json) -> Result<Next, StoreError> {
        let text = |name: &str| result[name].as_str().map(str::to_owned);
        let shown = Board {
            channel: text("channel"),
            ts: text("ts"),
            post: None,
            ..board
        };
        self.keep_board(&shown).await?;
        Ok(Next::Shown)
    }

    async fn edit_board(&self, board: Board) -> Result<Next, StoreError> {
        let Ok((connector, spec)) = self.registry.find(CHAT_UPDATE) else {
            return Ok(Next::Nothing);
        };
        let input = json!({ "channel": board.channel, "ts": board.ts, "text": board.text });
        let call = Call {
            input: input.as_object().cloned().unwrap_or_default(),
            op: self.op(),
            intent_at: self.clock.now(),
        };
        match connector.call(spec, call).await {
            Ok(_) => {
                self.keep_board(&board).await?;
                Ok(Next::Shown)
            }
            // Deleted, or too old to be edited: the next look posts another one.
            Err(failure) if failure.fault.kind == FaultKind::NotFound => {
                self.store
                    .write(|tx| tx.set_note(NOTE, &Json::Null))
                    .await?;
                Ok(Next::Soon)
            }
            Err(failure) => {
                tracing::debug!("the board message: {}", failure.fault);
                Ok(Next::Nothing)
            }
        }
    }

    async fn keep_board(&self, board: &Board) -> Result<(), StoreError> {
        let note = json!(board);
        self.store.write(move |tx| tx.set_note(NOTE, &note)).await
    }

    /// The night's name: the evening on which the first window opened, else the day.
    fn night(&self, now: Time) -> String {
        let open = self
            .pipeline
            .windows
            .values()
            .find_map(|window| window.current(now));
        let start = open.map_or(now, |(from, _)| from);
        start.to_string()[..10].to_owned()
    }
}

/// The board on record; none when there is none, or one that cannot be read.
fn known(view: &View<'_>) -> Result<Option<Board>, StoreError> {
    Ok(view
        .note(NOTE)?
        .and_then(|note| serde_json::from_value(note).ok()))
}

fn board_text(view: &View<'_>, title: &str, now: Time) -> Result<String, StoreError> {
    let phases = view.phases()?;
    let all: u64 = phases.iter().map(|(_, count)| count).sum();
    let mut lines = vec![format!("{title}: {all} rows")];
    for (phase, count) in phases.iter().filter(|(_, count)| *count > 0) {
        lines.push(format!("{count:>6}  {}", phase.as_deref().unwrap_or("–")));
    }
    let counts = view.counts(now)?;
    let held: u64 = counts.iter().map(|count| count.held).sum();
    let backing_off: u64 = counts.iter().map(|count| count.backing_off).sum();
    lines.push(format!("{held} wait for a person, {backing_off} back off"));
    Ok(lines.join("\n"))
}
