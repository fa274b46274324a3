-- Times are milliseconds since 1970 (UTC). Identifiers that platforms give are case-sensitive text.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Random secrets of the server, such as the key of login states.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_key (
    kid         TEXT PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('active', 'published', 'retired')),
    private_key BLOB NOT NULL,
    modulus     BLOB NOT NULL,
    exponent    BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    retired_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX one_active_signing_key ON signing_key (state) WHERE state = 'active';

CREATE TABLE registration (
    id                         INTEGER PRIMARY KEY,
    slug                       TEXT NOT NULL UNIQUE,
    name                       TEXT NOT NULL,
    enabled                    INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    issuer                     TEXT,
    client_id                  TEXT,
    keyset_url                 TEXT,
    access_token_url           TEXT,
    authentication_request_url TEXT,
    token_audience             TEXT,
    deployments                TEXT NOT NULL DEFAULT 'known' CHECK (deployments IN ('known', 'accept')),
    leeway_seconds             INTEGER NOT NULL DEFAULT 60 CHECK (leeway_seconds BETWEEN 0 AND 300),
    allow_anonymous            INTEGER NOT NULL DEFAULT 0 CHECK (allow_anonymous IN (0, 1)),
    allow_http                 INTEGER NOT NULL DEFAULT 0 CHECK (allow_http IN (0, 1)),
    allow_private_network      INTEGER NOT NULL DEFAULT 0 CHECK (allow_private_network IN (0, 1)),
    frame_ancestors            TEXT NOT NULL DEFAULT '',
    created_at                 INTEGER NOT NULL,
    updated_at                 INTEGER NOT NULL,
    UNIQUE (issuer, client_id),
    -- All five details or none: nothing half-connected.
    CHECK ((issuer IS NULL) = (client_id IS NULL)
       AND (issuer IS NULL) = (keyset_url IS NULL)
       AND (issuer IS NULL) = (access_token_url IS NULL)
       AND (issuer IS NULL) = (authentication_request_url IS NULL))
) STRICT;

CREATE TABLE deployment (
    id              INTEGER PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    deployment_id   TEXT NOT NULL,
    name            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    UNIQUE (registration_id, deployment_id)
) STRICT;

CREATE TABLE resource (
    id                   INTEGER PRIMARY KEY,
    slug                 TEXT NOT NULL UNIQUE,
    uuid                 TEXT NOT NULL UNIQUE,
    name                 TEXT NOT NULL,
    description          TEXT,
    kind                 TEXT NOT NULL CHECK (kind IN ('course', 'activity')),
    course_id            INTEGER REFERENCES resource (id) ON DELETE RESTRICT,
    target_kind          TEXT NOT NULL CHECK (target_kind IN ('page', 'directory', 'app')),
    target               TEXT,
    max_grade            REAL,
    grade_sync           TEXT NOT NULL,
    member_sync          TEXT NOT NULL,
    student_provisioning TEXT NOT NULL,
    teacher_provisioning TEXT NOT NULL,
    published            INTEGER NOT NULL DEFAULT 1 CHECK (published IN (0, 1)),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    CHECK ((target_kind = 'page') = (target IS NULL))
) STRICT;

-- A course on the platform; unique within its deployment only (LTI Core 1.3, 5.4.1).
CREATE TABLE context (
    id            INTEGER PRIMARY KEY,
    deployment_id INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    context_id    TEXT NOT NULL,
    label         TEXT,
    title         TEXT,
    UNIQUE (deployment_id, context_id)
) STRICT;

-- A link to a resource in a course; unique within its deployment only (LTI Core 1.3, 5.3.5). The service addresses are what the latest launch said.
CREATE TABLE resource_link (
    id               INTEGER PRIMARY KEY,
    deployment_id    INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    resource_link_id TEXT NOT NULL,
    context_id       INTEGER REFERENCES context (id) ON DELETE CASCADE,
    resource_id      INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    title            TEXT,
    lineitem_url     TEXT,
    lineitems_url    TEXT,
    grade_scopes     TEXT,
    memberships_url  TEXT,
    UNIQUE (deployment_id, resource_link_id)
) STRICT;

CREATE INDEX resource_link_by_resource ON resource_link (resource_id);
CREATE INDEX resource_link_by_context ON resource_link (context_id);

-- Identifiers sort by time, so the newest launch is the last row. What a refusal says is kept in words: it must stay readable when the registration is gone.
CREATE TABLE launch (
    id                  TEXT PRIMARY KEY,
    at                  INTEGER NOT NULL,
    reason              TEXT,
    cause               TEXT,
    actor               TEXT,
    fix                 TEXT,
    registration        TEXT,
    resource            TEXT,
    deployment_id       TEXT,
    message_type        TEXT,
    sub                 TEXT,
    user_name           TEXT,
    role                TEXT,
    context_title       TEXT,
    resource_link_id    TEXT,
    resource_link_title TEXT
) STRICT, WITHOUT ROWID;

-- Refused launches by who made them: the platform, whose signature held (only then is there a role), or anybody. For keeping the newest of each.
CREATE INDEX refused_launch ON launch (registration, role IS NULL, id DESC) WHERE reason IS NOT NULL;

CREATE TABLE session (
    handle          TEXT PRIMARY KEY,
    secret_digest   BLOB NOT NULL,
    launch_id       TEXT NOT NULL,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    resource_id     INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    visit           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Nonces of launches that got as far as spending theirs; the unique key is what makes a replay fail, also after a restart.
CREATE TABLE spent_nonce (
    nonce      TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
