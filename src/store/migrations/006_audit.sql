-- Who changed what. An entry is bound to the one before it by its hash, and the numbers have no gap. before and after are JSON objects without secrets.
CREATE TABLE audit (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    via           TEXT NOT NULL,
    noun          TEXT NOT NULL,
    name          TEXT NOT NULL,
    action        TEXT NOT NULL CHECK (action IN ('created', 'changed', 'deleted')),
    before        TEXT,
    after         TEXT,
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    hash          BLOB NOT NULL CHECK (length(hash) = 32),
    CHECK ((before IS NULL) = (action = 'created') AND (after IS NULL) = (action = 'deleted'))
) STRICT;

-- No program changes or deletes an entry by mistake. Whoever means to can drop these, which is what the hashes are for.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
