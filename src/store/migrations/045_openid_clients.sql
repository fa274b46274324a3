-- Apps that sign people in by OpenID Connect: clients of a resource, whose launches are the sign-in.
CREATE TABLE client (
    id                        INTEGER PRIMARY KEY,
    slug                      TEXT NOT NULL UNIQUE,
    name                      TEXT NOT NULL,
    client_id                 TEXT NOT NULL UNIQUE,
    resource_id               INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    enabled                   INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    auth_method               TEXT NOT NULL DEFAULT 'client_secret_basic' CHECK (auth_method IN ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none')),
    -- Lists of URIs as JSON.
    redirect_uris             TEXT NOT NULL,
    post_logout_redirect_uris TEXT NOT NULL DEFAULT '[]',
    login_url                 TEXT,
    -- A keyset as JSON, or where one is.
    keys                      TEXT,
    keys_url                  TEXT,
    -- SHA-256.
    secret_digest             BLOB,
    secret_created_at         INTEGER,
    previous_secret_digest    BLOB,
    previous_secret_until     INTEGER,
    require_pkce              INTEGER NOT NULL DEFAULT 0 CHECK (require_pkce IN (0, 1)),
    subject                   TEXT NOT NULL DEFAULT 'pairwise' CHECK (subject IN ('pairwise', 'account')),
    email                     TEXT NOT NULL DEFAULT 'real' CHECK (email IN ('real', 'made-up', 'none')),
    id_token                  TEXT NOT NULL DEFAULT 'short' CHECK (id_token IN ('short', 'full')),
    -- Further names of claims, each with the claim whose value it has, as a JSON object.
    claims                    TEXT NOT NULL DEFAULT '{}',
    may_score                 INTEGER NOT NULL DEFAULT 0 CHECK (may_score IN (0, 1)),
    managed                   INTEGER NOT NULL DEFAULT 0 CHECK (managed IN (0, 1)),
    created_at                INTEGER NOT NULL,
    updated_at                INTEGER NOT NULL,
    CHECK (keys IS NULL OR keys_url IS NULL),
    CHECK ((previous_secret_digest IS NULL) = (previous_secret_until IS NULL))
) STRICT;

CREATE INDEX client_by_resource ON client (resource_id);
-- The clients whose pages may read responses.
CREATE INDEX client_public ON client (id) WHERE auth_method = 'none' AND enabled;

-- Keys that sign messages to platforms and launch tokens, and keys that sign ID tokens.
ALTER TABLE signing_key ADD COLUMN purpose TEXT NOT NULL DEFAULT 'lti' CHECK (purpose IN ('lti', 'openid'));
DROP INDEX one_active_signing_key;
DROP INDEX one_next_signing_key;
CREATE UNIQUE INDEX one_active_signing_key ON signing_key (purpose) WHERE state = 'active';
CREATE UNIQUE INDEX one_next_signing_key ON signing_key (purpose) WHERE state = 'next';

-- A third handover. SQLite cannot change the condition of a column.
DROP INDEX resource_by_app;
ALTER TABLE resource RENAME COLUMN handover TO handover_before_openid;
ALTER TABLE resource ADD COLUMN handover TEXT NOT NULL DEFAULT 'token' CHECK (handover IN ('token', 'headers', 'openid'));
UPDATE resource SET handover = handover_before_openid;
ALTER TABLE resource DROP COLUMN handover_before_openid;
CREATE INDEX resource_by_app ON resource (target) WHERE handover = 'headers';

-- Whether a platform's email addresses count as verified.
ALTER TABLE registration ADD COLUMN email TEXT NOT NULL DEFAULT 'unverified' CHECK (email IN ('unverified', 'verified'));
