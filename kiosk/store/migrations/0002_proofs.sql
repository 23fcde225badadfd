-- Envelopes of one subject go in order; a refused one has an owner and a deadline; a purged one leaves its receipt.

CREATE TABLE outbox_2 (
  position INTEGER PRIMARY KEY,    -- the order of sending
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,           -- case number, print job, or its own id: within one, nothing overtakes
  sequence INTEGER NOT NULL,
  queued_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'quarantined', 'settled')),
  problem TEXT,                    -- code, when refused
  owner TEXT NOT NULL DEFAULT '',  -- staff number at the centre; '' is the centre's administrators
  due_on TEXT,                     -- the day by which it has to be settled
  envelope TEXT NOT NULL,          -- JSON of wire.envelope.Envelope
  CHECK ((state = 'queued') = (problem IS NULL))
) STRICT;
INSERT INTO outbox_2 (position, id, kind, subject, sequence, queued_at, state, problem, envelope)
  SELECT position, id, kind, id, sequence, queued_at, state, problem, envelope FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
CREATE INDEX outbox_by_state ON outbox (state, position);
CREATE INDEX outbox_by_subject ON outbox (subject, position);

ALTER TABLE delivery ADD COLUMN receipt TEXT;  -- JSON of wire.messages.Receipt, signed by the centre

ALTER TABLE print_copy ADD COLUMN reprint INTEGER NOT NULL DEFAULT 0 CHECK (reprint IN (0, 1));
ALTER TABLE print_copy ADD COLUMN settled_by TEXT CHECK (settled_by IN ('citizen', 'staff'));
