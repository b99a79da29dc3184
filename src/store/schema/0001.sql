-- What the store remembers of itself: its id, the shape of the subject table, the rules in force.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Kept counters, so that a count costs the same at a million rows as at ten. Written by triggers only.
CREATE TABLE tally (
  kind TEXT NOT NULL,
  a    TEXT NOT NULL,
  b    TEXT NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (kind, a, b)
) STRICT, WITHOUT ROWID;

-- The inbox.
CREATE TABLE event (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  intake      TEXT NOT NULL,
  raw         TEXT NOT NULL,
  dedupe      TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('new', 'applied', 'ignored', 'unmatched', 'malformed')),
  row         INTEGER REFERENCES {subject} (id),
  note        TEXT NOT NULL DEFAULT '',
  repeats     INTEGER NOT NULL DEFAULT 0,
  sent_at     TEXT,
  received_at TEXT NOT NULL,
  UNIQUE (intake, dedupe)
) STRICT;
CREATE INDEX event_row ON event (row) WHERE row IS NOT NULL;
CREATE INDEX event_state ON event (state);
CREATE TRIGGER event_in AFTER INSERT ON event BEGIN
  INSERT INTO tally VALUES ('event', NEW.intake, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER event_moved AFTER UPDATE OF state ON event WHEN OLD.state <> NEW.state BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'event' AND a = OLD.intake AND b = OLD.state;
  INSERT INTO tally VALUES ('event', NEW.intake, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- One row per try of a stage or remedy. `latest` marks the newest of its (row, rule).
CREATE TABLE attempt (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  row         INTEGER NOT NULL REFERENCES {subject} (id),
  rule        TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('stage', 'ladder')),
  rung        INTEGER,
  number      INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('running', 'waiting', 'probing', 'done', 'failed', 'cancelled', 'unknown')),
  cause       TEXT NOT NULL CHECK (json_valid(cause)),
  actor       TEXT NOT NULL CHECK (json_valid(actor)),
  resumes     INTEGER REFERENCES attempt (id),
  start_at    TEXT,
  waiting_for TEXT,
  wake_at     TEXT,
  at_step     TEXT,
  fault       TEXT CHECK (fault IS NULL OR json_valid(fault)),
  fault_kind  TEXT,
  cause_text  TEXT,
  connector   TEXT,
  fault_group TEXT,
  latest      INTEGER NOT NULL CHECK (latest IN (0, 1)),
  started_at  TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE UNIQUE INDEX attempt_open ON attempt (row, rule) WHERE state IN ('running', 'waiting', 'probing');
CREATE INDEX attempt_open_rule ON attempt (rule, state) WHERE state IN ('running', 'waiting', 'probing');
CREATE INDEX attempt_wake ON attempt (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX attempt_row ON attempt (row, rule);
CREATE UNIQUE INDEX attempt_latest ON attempt (row, rule) WHERE latest = 1;
CREATE INDEX attempt_ended ON attempt (rule, state, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX attempt_group ON attempt (fault_group, latest, row, finished_at) WHERE fault_group IS NOT NULL;

-- One row per call. A mutating one is written before any byte goes out; `row` is its attempt's, for the index.
CREATE TABLE step (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  attempt     INTEGER NOT NULL REFERENCES attempt (id),
  row         INTEGER NOT NULL,
  name        TEXT NOT NULL,
  item        INTEGER,
  action      TEXT NOT NULL,
  service     TEXT NOT NULL,
  mutates     INTEGER NOT NULL CHECK (mutates IN (0, 1)),
  op          TEXT NOT NULL,
  input       TEXT NOT NULL CHECK (json_valid(input)),
  outcome     TEXT CHECK (outcome IN ('sent', 'accepted', 'done', 'confirmed', 'unknown')),
  result      TEXT CHECK (result IS NULL OR json_valid(result)),
  fault       TEXT CHECK (fault IS NULL OR json_valid(fault)),
  exchanges   TEXT NOT NULL CHECK (json_valid(exchanges)),
  started_at  TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX step_attempt ON step (attempt);
CREATE UNIQUE INDEX step_in_flight ON step (service, row, action) WHERE mutates = 1 AND finished_at IS NULL;
CREATE INDEX step_sent ON step (action, started_at) WHERE mutates = 1;
CREATE INDEX step_unknown ON step (row, action) WHERE mutates = 1 AND outcome = 'unknown';

-- Why a (row, rule) is not taken though its gate holds; rule '*' is every rule.
CREATE TABLE hold (
  row     INTEGER NOT NULL REFERENCES {subject} (id),
  rule    TEXT NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('backing_off', 'parked', 'held', 'skipped')),
  reason  TEXT NOT NULL,
  until   TEXT,
  owner   TEXT,
  actor   TEXT NOT NULL CHECK (json_valid(actor)),
  attempt INTEGER REFERENCES attempt (id),
  fault   TEXT,
  at      TEXT NOT NULL,
  PRIMARY KEY (row, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_kind ON hold (kind, at);

-- Attempts up to `attempt` no longer count for retries and rungs of (row, rule).
CREATE TABLE fresh_start (
  row     INTEGER NOT NULL REFERENCES {subject} (id),
  rule    TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  at      TEXT NOT NULL,
  PRIMARY KEY (row, rule)
) STRICT, WITHOUT ROWID;

-- Every column change, the first write included.
CREATE TABLE change (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  row      INTEGER NOT NULL REFERENCES {subject} (id),
  "column" TEXT NOT NULL,
  old      ANY,
  new      ANY,
  cause    TEXT NOT NULL CHECK (json_valid(cause)),
  at       TEXT NOT NULL
) STRICT;
CREATE INDEX change_row ON change (row, "column");
CREATE INDEX change_phase ON change (new, at) WHERE "column" = 'phase';

-- The outbox. `carrier` is the message inside which this one goes out.
CREATE TABLE message (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  kind         TEXT NOT NULL CHECK (kind IN ('chat', 'ticket', 'page')),
  row          INTEGER REFERENCES {subject} (id),
  rule         TEXT,
  text         TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'coalesced', 'dropped', 'failed')),
  tries        INTEGER NOT NULL DEFAULT 0,
  not_before   TEXT,
  note         TEXT NOT NULL DEFAULT '',
  op           TEXT NOT NULL UNIQUE,
  carrier      INTEGER REFERENCES message (id),
  at           TEXT NOT NULL,
  delivered_at TEXT
) STRICT;
CREATE INDEX message_waiting ON message (state) WHERE state IN ('pending', 'sending');
CREATE INDEX message_row ON message (row) WHERE row IS NOT NULL;
CREATE INDEX message_carrier ON message (carrier) WHERE carrier IS NOT NULL;
CREATE TRIGGER message_in AFTER INSERT ON message BEGIN
  INSERT INTO tally VALUES ('message', NEW.kind, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER message_moved AFTER UPDATE OF state ON message WHEN OLD.state <> NEW.state BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'message' AND a = OLD.kind AND b = OLD.state;
  INSERT INTO tally VALUES ('message', NEW.kind, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- What operators asked, the frozen list of rows, and what became of each.
CREATE TABLE command (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  actor       TEXT NOT NULL CHECK (json_valid(actor)),
  verb        TEXT NOT NULL,
  request     TEXT NOT NULL CHECK (json_valid(request)),
  reason      TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'done', 'refused')),
  at          TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX command_pending ON command (id) WHERE state IN ('open', 'waiting');
CREATE TABLE command_row (
  command INTEGER NOT NULL REFERENCES command (id),
  row     INTEGER NOT NULL REFERENCES {subject} (id),
  done    INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
  note    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (command, row)
) STRICT, WITHOUT ROWID;

-- The log people read. `hash` covers the entry and the hash of the one before.
CREATE TABLE journal (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     TEXT NOT NULL,
  level  TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'alarm')),
  source TEXT NOT NULL,
  row    INTEGER REFERENCES {subject} (id),
  text   TEXT NOT NULL,
  hash   TEXT NOT NULL
) STRICT;
CREATE INDEX journal_row ON journal (row) WHERE row IS NOT NULL;

CREATE TABLE switch (
  kind   TEXT NOT NULL CHECK (kind IN ('stage', 'wave', 'brake', 'stop', 'proven')),
  name   TEXT NOT NULL,
  "on"   INTEGER NOT NULL CHECK ("on" IN (0, 1)),
  reason TEXT NOT NULL,
  actor  TEXT NOT NULL CHECK (json_valid(actor)),
  at     TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

-- How the pipeline's checks stand.
CREATE TABLE check_state (
  name   TEXT PRIMARY KEY,
  state  TEXT NOT NULL CHECK (state IN ('ok', 'failed', 'unknown', 'not_due')),
  since  TEXT NOT NULL,
  at     TEXT NOT NULL,
  text   TEXT NOT NULL,
  advice TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the outside has been told of what is wanted.
CREATE TABLE mirror_state (
  name    TEXT PRIMARY KEY,
  state   TEXT NOT NULL CHECK (state IN ('told', 'owed', 'failed')),
  since   TEXT NOT NULL,
  told_at TEXT,
  told    TEXT NOT NULL,
  result  TEXT NOT NULL CHECK (json_valid(result)),
  text    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
