-- The terminal's database. Nothing of a citizen stands here in the clear: what a citizen says is sealed to the centre.
-- Moments are ISO 8601 text in UTC.

CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL              -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (             -- numbers without gaps: taken in the transaction that uses them
  name TEXT PRIMARY KEY,           -- 'sequence/<terminal>', 'case/<terminal>/<day>'
  value INTEGER NOT NULL CHECK (value > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (              -- sealed envelopes that the centre does not have yet
  position INTEGER PRIMARY KEY,    -- the order of sending
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  queued_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'quarantined')),
  problem TEXT,                    -- code, when quarantined
  envelope TEXT NOT NULL,          -- JSON of wire.envelope.Envelope
  CHECK ((state = 'quarantined') = (problem IS NOT NULL))
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, position);

CREATE TABLE delivery (            -- proof that the centre has an envelope, after its row left the outbox
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('stored', 'duplicate')),
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE print_copy (          -- the print ledger: one row for each copy of a certificate
  job_name TEXT PRIMARY KEY,
  item TEXT NOT NULL,
  serial TEXT,                     -- known once the certificate is issued
  copy_number INTEGER,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'issued', 'spooled', 'printing', 'delivered', 'void', 'doubtful')),
  impressions INTEGER,             -- the printer's last word
  problem TEXT,                    -- code, when void or doubtful
  reserved_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  UNIQUE (serial, copy_number),
  CHECK ((serial IS NULL) = (copy_number IS NULL)),
  CHECK (serial IS NOT NULL OR state IN ('reserved', 'void'))
) STRICT, WITHOUT ROWID;
CREATE INDEX print_copy_by_state ON print_copy (state);

CREATE TABLE resource (            -- what the centre publishes, as pulled
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  content TEXT NOT NULL,           -- JSON
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (               -- each row's digest covers the row before: nothing is altered unseen
  number INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,           -- an id, never of a person
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'audit rows are not changed');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'audit rows are not deleted');
END;
