DROP TABLE IF EXISTS queue;
ALTER TABLE queue_next RENAME TO queue;
CREATE INDEX queue_take ON queue (rule, at, row, state) WHERE shut = 0 AND state IN ('ready', 'backing_off');
CREATE INDEX queue_sweep ON queue (rule, tried, row) WHERE shut = 0 AND state IN ('ready', 'backing_off');
CREATE INDEX queue_held ON queue (rule, at) WHERE state = 'held';
DELETE FROM tally WHERE kind = 'queue';
INSERT INTO tally
  SELECT 'queue', rule, CASE shut WHEN 1 THEN 'shut' ELSE state END, count(*)
  FROM queue WHERE state IN ('ready', 'backing_off') GROUP BY 2, 3;
CREATE TRIGGER queue_in AFTER INSERT ON queue WHEN NEW.state IN ('ready', 'backing_off') BEGIN
  INSERT INTO tally VALUES ('queue', NEW.rule, CASE NEW.shut WHEN 1 THEN 'shut' ELSE NEW.state END, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER queue_out AFTER DELETE ON queue WHEN OLD.state IN ('ready', 'backing_off') BEGIN
  UPDATE tally SET n = n - 1
    WHERE kind = 'queue' AND a = OLD.rule AND b = CASE OLD.shut WHEN 1 THEN 'shut' ELSE OLD.state END;
END;
CREATE TRIGGER queue_moved_out AFTER UPDATE OF state, shut ON queue WHEN OLD.state IN ('ready', 'backing_off') BEGIN
  UPDATE tally SET n = n - 1
    WHERE kind = 'queue' AND a = OLD.rule AND b = CASE OLD.shut WHEN 1 THEN 'shut' ELSE OLD.state END;
END;
CREATE TRIGGER queue_moved_in AFTER UPDATE OF state, shut ON queue WHEN NEW.state IN ('ready', 'backing_off') BEGIN
  INSERT INTO tally VALUES ('queue', NEW.rule, CASE NEW.shut WHEN 1 THEN 'shut' ELSE NEW.state END, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
