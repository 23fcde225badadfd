-- The centre keeps the audit log as well; what it confirmed may be dropped here, and the row that it ended with stays known.

CREATE TABLE audit_centre (        -- how far the centre has the log and found it whole
  one INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL CHECK (number >= 0)
) STRICT;
INSERT INTO audit_centre VALUES (1, 0);

CREATE TABLE audit_rotation (      -- rows up to "through" were dropped; the next one is bound to "digest"
  through INTEGER PRIMARY KEY,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  at TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_rotation_is_confirmed BEFORE INSERT ON audit_rotation
WHEN NEW.through > (SELECT number FROM audit_centre)
  OR NOT EXISTS (SELECT 1 FROM audit WHERE number = NEW.through AND digest = NEW.digest)
BEGIN
  SELECT RAISE(ABORT, 'the centre has not confirmed these audit rows');
END;
CREATE TRIGGER audit_rotation_is_not_changed BEFORE UPDATE ON audit_rotation BEGIN
  SELECT RAISE(ABORT, 'audit rotations are not changed');
END;
CREATE TRIGGER audit_rotation_is_not_deleted BEFORE DELETE ON audit_rotation BEGIN
  SELECT RAISE(ABORT, 'audit rotations are not deleted');
END;

DROP TRIGGER audit_is_not_deleted;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
WHEN OLD.number > coalesce((SELECT max(through) FROM audit_rotation), 0)
BEGIN
  SELECT RAISE(ABORT, 'audit rows are not deleted');
END;
