-- Notices of platforms (Platform Notification Service 1.0).
ALTER TABLE registration ADD COLUMN notices TEXT NOT NULL DEFAULT 'on' CHECK (notices IN ('on', 'off'));

-- Where a platform lets the tool subscribe, as the newest launch of the deployment says.
CREATE TABLE notice_service (
    deployment_id INTEGER PRIMARY KEY REFERENCES deployment (id) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    -- Separated by spaces; NULL if the platform does not list them.
    types         TEXT,
    has_scope     INTEGER NOT NULL CHECK (has_scope IN (0, 1)),
    seen_at       INTEGER NOT NULL,
    -- When the subscriptions were last compared, and with which URL of the tool; NULL if that is due.
    checked_at    INTEGER,
    checked_for   TEXT,
    code          TEXT,
    problem       TEXT,
    fix           TEXT
) STRICT;
CREATE INDEX notice_service_by_check ON notice_service (checked_at);
CREATE INDEX notice_service_by_failure ON notice_service (checked_at) WHERE code IS NOT NULL;
CREATE INDEX notice_service_by_url ON notice_service (checked_for);
CREATE INDEX registration_without_notices ON registration (id) WHERE notices = 'off';

-- What the tool has subscribed to, and what an administrator has chosen, by type.
CREATE TABLE notice_subscription (
    id            INTEGER PRIMARY KEY,
    deployment_id INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    type          TEXT NOT NULL,
    -- What an administrator has chosen; NULL if nothing.
    wanted        INTEGER CHECK (wanted IN (0, 1)),
    state         TEXT NOT NULL CHECK (state IN ('unknown', 'subscribed', 'not-subscribed', 'elsewhere', 'not-offered', 'refused')),
    -- The URL to which the platform sends notices of the type, as it said last.
    handler       TEXT,
    code          TEXT,
    problem       TEXT,
    fix           TEXT,
    UNIQUE (deployment_id, type)
) STRICT;

-- A check with a URL that is used once, and the platform's setting before it, which is restored
-- afterwards.
CREATE TABLE notice_probe (
    deployment_id INTEGER PRIMARY KEY REFERENCES deployment (id) ON DELETE CASCADE,
    digest        BLOB NOT NULL UNIQUE,
    previous      TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    received_at   INTEGER
) STRICT;
CREATE INDEX notice_probe_by_start ON notice_probe (started_at);

-- What arrived and was accepted.
CREATE TABLE notice (
    -- Never used again: apps read on from the last one that they have seen.
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id   INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    notice_id       TEXT NOT NULL,
    type            TEXT NOT NULL,
    context_id      TEXT,
    -- The courses from which the course was copied, as a list in JSON.
    origins         TEXT NOT NULL,
    at              INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    -- For apps; NULL if they are too long.
    claims          TEXT,
    UNIQUE (registration_id, notice_id)
) STRICT;
CREATE INDEX notice_by_deployment ON notice (deployment_id);
CREATE INDEX notice_by_registration ON notice (registration_id, id);
CREATE INDEX notice_by_receipt ON notice (received_at);

-- What was refused: a few for each registration.
CREATE TABLE refused_notice (
    id              INTEGER PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    is_signed       INTEGER NOT NULL CHECK (is_signed IN (0, 1)),
    deployment      TEXT,
    notice_id       TEXT,
    type            TEXT,
    reason          TEXT NOT NULL,
    cause           TEXT NOT NULL,
    fix             TEXT NOT NULL,
    received_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX refused_notice_by_registration ON refused_notice (registration_id, is_signed, id);
CREATE INDEX refused_notice_by_receipt ON refused_notice (received_at);
