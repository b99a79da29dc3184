//! The outbox.

use super::handle::StoreError;
use super::meta;
use super::records::{Message, MessageId, MessageKind, MessageState, NewMessage};
use super::sql::Result;
use super::tx::{Tx, found};
use super::view::View;
use crate::model::hash::sha256_hex;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::{Params, Row, params};

impl View<'_> {
    /// Oldest first, of every kind; only those whose `not_before` has come.
    pub fn pending_messages(&self, now: Time, limit: usize) -> Result<Vec<Message>> {
        self.messages_where(
            "state = 'pending' AND state IN ('pending', 'sending') AND (not_before IS NULL OR not_before <= ?1)
             ORDER BY id LIMIT ?2",
            params![now, limit as i64],
        )
    }

    /// Messages that were handed to their service and whose outcome is not recorded: after a crash, to be probed.
    pub fn messages_in_flight(&self) -> Result<Vec<Message>> {
        self.messages_where(
            "state = 'sending' AND state IN ('pending', 'sending') ORDER BY id",
            [],
        )
    }

    /// Newest first.
    pub fn messages_of(&self, row: RowId, limit: usize) -> Result<Vec<Message>> {
        self.messages_where(
            "row = ?1 ORDER BY id DESC LIMIT ?2",
            params![row, limit as i64],
        )
    }

    pub fn message_counts(&self) -> Result<Vec<(MessageKind, MessageState, u64)>> {
        self.all(
            "SELECT a, b, n FROM tally WHERE kind = 'message' AND n > 0",
            [],
            |row| {
                let n: i64 = row.get(2)?;
                Ok((row.get(0)?, row.get(1)?, n.cast_unsigned()))
            },
        )
    }

    fn messages_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Message>> {
        let sql = format!(
            "SELECT id, kind, row, rule, text, state, tries, not_before, note, op, at, delivered_at FROM message WHERE {condition}"
        );
        self.all(&sql, params, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        kind: row.get(1)?,
        row: row.get(2)?,
        rule: row.get(3)?,
        text: row.get(4)?,
        state: row.get(5)?,
        tries: row.get(6)?,
        not_before: row.get(7)?,
        note: row.get(8)?,
        op: row.get(9)?,
        at: row.get(10)?,
        delivered_at: row.get(11)?,
    })
}

impl Tx<'_> {
    /// Puts a message in the outbox. Its operation id is fixed here, and told apart from those of other stores.
    pub fn post(&mut self, message: NewMessage) -> Result<MessageId> {
        let next: Option<i64> =
            self.one("SELECT coalesce(max(id), 0) + 1 FROM message", [], |row| {
                row.get(0)
            })?;
        let id = next.unwrap_or(1);
        let store = meta::store_id(&self.context.conn)?;
        let mut op = sha256_hex(format!("message\u{1f}{store}\u{1f}{id}").as_bytes());
        op.truncate(32);
        self.run(
            "INSERT INTO message (id, kind, row, rule, text, state, op, at) VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6, ?7)",
            params![id, message.kind, message.row, message.rule, message.text, op, self.now()],
        )?;
        Ok(MessageId(id))
    }

    /// Marks messages as going out together: the first carries the others.
    pub fn sending(&mut self, messages: &[MessageId]) -> Result<()> {
        let Some(first) = messages.first() else {
            return Ok(());
        };
        self.begin_something()?;
        for message in messages {
            let carrier = (message != first).then_some(first);
            let changed = self.run(
                "UPDATE message SET state = 'sending', tries = tries + 1, carrier = ?2 WHERE id = ?1 AND state = 'pending'",
                params![message, carrier],
            )?;
            if changed == 0 {
                return Err(StoreError::Bad(format!(
                    "message {} is not waiting to be sent",
                    message.0
                )));
            }
        }
        Ok(())
    }

    /// Records what became of a message, and of those it carried: delivered ones are coalesced, else they share its
    /// fate.
    pub fn settle_message(
        &mut self,
        message: MessageId,
        state: MessageState,
        note: &str,
        not_before: Option<Time>,
    ) -> Result<()> {
        let delivered = state == MessageState::Delivered;
        let at = delivered.then(|| self.now());
        let set = "UPDATE message SET state = ?2, note = ?3, not_before = ?4, delivered_at = ?5";
        let changed = self.run(
            &format!("{set} WHERE id = ?1"),
            params![message, state, note, not_before, at],
        )?;
        found(changed, "message", message.0)?;
        let carried = if delivered {
            MessageState::Coalesced
        } else {
            state
        };
        self.run(
            &format!("{set}, carrier = CASE ?2 WHEN 'pending' THEN NULL ELSE carrier END WHERE carrier = ?1 AND state = 'sending'"),
            params![message, carried, note, not_before, at],
        )?;
        Ok(())
    }
}
