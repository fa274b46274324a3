-- A launch writes as few pages as possible, and most of them at the end of a table.

-- The handle is a number that begins with the time of the launch, so a session is found without an index of its own, by its handle and by its launch. Sessions that were open before
-- have random handles; `moved` tells them apart.
CREATE TABLE new_session (
    handle          INTEGER PRIMARY KEY,
    launch_id       TEXT NOT NULL,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    resource_id     INTEGER REFERENCES resource (id) ON DELETE CASCADE,
    account_id      INTEGER REFERENCES account (id) ON DELETE CASCADE,
    -- 1 for staff, 2 for administrators, 0 for others.
    rank            INTEGER NOT NULL,
    -- Fingerprint of the platform user and the course; 0 if it was not computed.
    place           INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    moved           INTEGER,
    secret_digest   BLOB NOT NULL,
    selection       TEXT,
    visit           TEXT NOT NULL,
    CHECK ((resource_id IS NULL) <> (selection IS NULL))
) STRICT;

-- SQLite reads no hexadecimal text, so each digit is looked up.
INSERT INTO new_session
SELECT
    ((instr('0123456789abcdef', substr(handle, 1, 1)) - 1) << 60) | ((instr('0123456789abcdef', substr(handle, 2, 1)) - 1) << 56)
    | ((instr('0123456789abcdef', substr(handle, 3, 1)) - 1) << 52) | ((instr('0123456789abcdef', substr(handle, 4, 1)) - 1) << 48)
    | ((instr('0123456789abcdef', substr(handle, 5, 1)) - 1) << 44) | ((instr('0123456789abcdef', substr(handle, 6, 1)) - 1) << 40)
    | ((instr('0123456789abcdef', substr(handle, 7, 1)) - 1) << 36) | ((instr('0123456789abcdef', substr(handle, 8, 1)) - 1) << 32)
    | ((instr('0123456789abcdef', substr(handle, 9, 1)) - 1) << 28) | ((instr('0123456789abcdef', substr(handle, 10, 1)) - 1) << 24)
    | ((instr('0123456789abcdef', substr(handle, 11, 1)) - 1) << 20) | ((instr('0123456789abcdef', substr(handle, 12, 1)) - 1) << 16)
    | ((instr('0123456789abcdef', substr(handle, 13, 1)) - 1) << 12) | ((instr('0123456789abcdef', substr(handle, 14, 1)) - 1) << 8)
    | ((instr('0123456789abcdef', substr(handle, 15, 1)) - 1) << 4) | ((instr('0123456789abcdef', substr(handle, 16, 1)) - 1) << 0),
    launch_id, registration_id, resource_id, account_id,
    CASE visit ->> 'role' WHEN 'admin' THEN 2 WHEN 'staff' THEN 1 ELSE 0 END,
    0, created_at, expires_at, 1, secret_digest, selection, visit
FROM session;

DROP TABLE session;
ALTER TABLE new_session RENAME TO session;

CREATE INDEX session_by_registration ON session (registration_id);
CREATE INDEX session_by_account ON session (account_id, place, rank) WHERE account_id IS NOT NULL;
CREATE INDEX session_by_resource ON session (resource_id) WHERE resource_id IS NOT NULL;
CREATE INDEX session_by_expiry ON session (expires_at);
CREATE INDEX moved_session ON session (launch_id) WHERE moved IS NOT NULL;

CREATE TRIGGER session_is_counted AFTER INSERT ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes + octet_length(NEW.visit) + coalesce(octet_length(NEW.selection), 0)
    WHERE registration_id = NEW.registration_id;
END;
CREATE TRIGGER session_is_counted_again AFTER UPDATE OF visit, selection ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes + octet_length(NEW.visit) + coalesce(octet_length(NEW.selection), 0)
        - octet_length(OLD.visit) - coalesce(octet_length(OLD.selection), 0)
    WHERE registration_id = NEW.registration_id;
END;
CREATE TRIGGER session_is_not_counted AFTER DELETE ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes - octet_length(OLD.visit) - coalesce(octet_length(OLD.selection), 0)
    WHERE registration_id = OLD.registration_id;
END;

-- When a nonce expires follows from the state that it was issued with, so it is part of the key: nonces are written and deleted in one place.
CREATE TABLE new_spent_nonce (
    expires_at INTEGER NOT NULL,
    nonce      TEXT NOT NULL,
    PRIMARY KEY (expires_at, nonce)
) STRICT, WITHOUT ROWID;
INSERT INTO new_spent_nonce SELECT expires_at, nonce FROM spent_nonce;
DROP TABLE spent_nonce;
ALTER TABLE new_spent_nonce RENAME TO spent_nonce;

-- Questions about accepted launches of one person or resource are rare and may read the log, newest first; what was refused has indexes that accepted launches do not pay for.
DROP INDEX launch_by_sub;
DROP INDEX launch_by_resource;
CREATE INDEX refused_launch_by_sub ON launch (sub) WHERE reason IS NOT NULL AND sub IS NOT NULL;

-- Changes whenever a record may have changed that the server keeps in memory; see record_cache.rs.
CREATE TABLE record_version (version INTEGER NOT NULL) STRICT;
INSERT INTO record_version VALUES (1);
CREATE TRIGGER setting_is_added AFTER INSERT ON setting BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER setting_is_changed AFTER UPDATE ON setting BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER setting_is_deleted AFTER DELETE ON setting BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER registration_is_added AFTER INSERT ON registration BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER registration_is_changed AFTER UPDATE ON registration BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER registration_is_deleted AFTER DELETE ON registration BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER deployment_is_added AFTER INSERT ON deployment BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER deployment_is_changed AFTER UPDATE ON deployment BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER deployment_is_deleted AFTER DELETE ON deployment BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_is_added AFTER INSERT ON resource BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_is_changed AFTER UPDATE ON resource BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_is_deleted AFTER DELETE ON resource BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_registration_is_added AFTER INSERT ON resource_registration BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_registration_is_changed AFTER UPDATE ON resource_registration BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER resource_registration_is_deleted AFTER DELETE ON resource_registration BEGIN UPDATE record_version SET version = version + 1; END;
