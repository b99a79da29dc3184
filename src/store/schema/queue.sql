-- Derived from the rows, holds and attempts; dropped and made again whenever the rules change. `at` is the moment the
-- entry may be taken (its due moment, else when it came in); `tried` when its latest attempt began; `shut` = its wave
-- is closed.
CREATE TABLE queue_next (
  row   INTEGER NOT NULL,
  rule  TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'backing_off', 'running', 'waiting', 'held')),
  since TEXT NOT NULL,
  due   TEXT,
  at    TEXT NOT NULL,
  tried TEXT NOT NULL,
  shut  INTEGER NOT NULL CHECK (shut IN (0, 1)),
  PRIMARY KEY (row, rule)
) STRICT, WITHOUT ROWID;
