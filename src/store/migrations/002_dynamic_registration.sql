-- Registration URLs that were given out. The token is not here: it is made of id, created_at and the state key.
CREATE TABLE registration_invitation (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    auto_confirm    INTEGER NOT NULL CHECK (auto_confirm IN (0, 1)),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    replaced_at     INTEGER,
    used_at         INTEGER,
    used_by         TEXT,
    CHECK ((used_at IS NULL) = (used_by IS NULL))
) STRICT;

CREATE INDEX registration_invitation_by_registration ON registration_invitation (registration_id);

-- What came of them. A row without an outcome was sent to a platform whose answer nobody has stored.
CREATE TABLE registration_attempt (
    id              INTEGER PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    invitation_id   INTEGER NOT NULL REFERENCES registration_invitation (id) ON DELETE CASCADE,
    at              INTEGER NOT NULL,
    platform        TEXT NOT NULL,
    finished_at     INTEGER,
    code            TEXT,
    problem         TEXT,
    fix             TEXT,
    CHECK ((code IS NULL) = (finished_at IS NULL))
) STRICT;

CREATE INDEX registration_attempt_by_registration ON registration_attempt (registration_id);
CREATE INDEX registration_attempt_by_invitation ON registration_attempt (invitation_id);
