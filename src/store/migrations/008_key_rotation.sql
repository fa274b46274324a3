-- A key may wait in the keyset before it signs, and when a key signed is known. What SQLite cannot alter is made anew.
ALTER TABLE signing_key RENAME TO signing_key_before_rotation;

CREATE TABLE signing_key (
    kid          TEXT PRIMARY KEY,
    state        TEXT NOT NULL CHECK (state IN ('next', 'active', 'published', 'retired')),
    private_key  BLOB NOT NULL,
    modulus      BLOB NOT NULL,
    exponent     BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    -- When it began to sign, or is to begin; none for a key that was retired before.
    signs_from   INTEGER,
    signed_until INTEGER,
    retired_at   INTEGER
) STRICT;

-- Until now a key signed from when it was made until the next one was made.
INSERT INTO signing_key (kid, state, private_key, modulus, exponent, created_at, signs_from, signed_until, retired_at)
    SELECT kid, state, private_key, modulus, exponent, created_at, created_at,
           CASE WHEN state = 'active' THEN NULL
                ELSE (SELECT min(later.created_at) FROM signing_key_before_rotation AS later WHERE later.created_at > signing_key_before_rotation.created_at)
           END,
           retired_at
    FROM signing_key_before_rotation;

DROP TABLE signing_key_before_rotation;

CREATE UNIQUE INDEX one_active_signing_key ON signing_key (state) WHERE state = 'active';
CREATE UNIQUE INDEX one_next_signing_key ON signing_key (state) WHERE state = 'next';
