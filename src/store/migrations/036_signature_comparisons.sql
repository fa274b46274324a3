-- What the tool and the platform signed in launches of LTI 1.1 whose signatures did not match: of the newest ones of each consumer, and of the newest ones with unknown keys.
CREATE TABLE signature_comparison (
    launch_id       TEXT PRIMARY KEY REFERENCES launch (id) ON DELETE CASCADE,
    registration_id INTEGER REFERENCES registration (id) ON DELETE CASCADE,
    computed        TEXT NOT NULL,
    -- What the platform signed, if one of the usual differences explains it.
    signed          TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX signature_comparison_by_registration ON signature_comparison (registration_id, launch_id);
