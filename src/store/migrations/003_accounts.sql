-- A person's account on the tool. Where it comes from decides whether launches may change what it says of the person.
CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    uuid          TEXT NOT NULL UNIQUE,
    username      TEXT NOT NULL UNIQUE,
    origin        TEXT NOT NULL CHECK (origin IN ('admin', 'launch', 'sync')),
    name          TEXT,
    given_name    TEXT,
    family_name   TEXT,
    email         TEXT,
    locale        TEXT,
    time_zone     TEXT,
    institution   TEXT,
    password_hash TEXT,
    enabled       INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    grants_all    INTEGER NOT NULL DEFAULT 0 CHECK (grants_all IN (0, 1)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

-- A platform's user whose launches open the account. The unique key is what keeps one user from ever having two accounts.
-- The tenant tells customers of a platform apart that share its issuer; it is empty where the issuer says it all.
CREATE TABLE account_link (
    id             INTEGER PRIMARY KEY,
    account_id     INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    issuer         TEXT NOT NULL,
    tenant         TEXT NOT NULL,
    sub            TEXT NOT NULL,
    made_account   INTEGER NOT NULL CHECK (made_account IN (0, 1)),
    created_at     INTEGER NOT NULL,
    last_launch_at INTEGER,
    UNIQUE (issuer, tenant, sub)
) STRICT;

CREATE INDEX account_link_by_account ON account_link (account_id);

-- Shared secrets of LTI 1.1, which sign migration claims. One key may have several.
CREATE TABLE consumer_secret (
    id           INTEGER PRIMARY KEY,
    consumer_key TEXT NOT NULL,
    secret       BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (consumer_key, secret)
) STRICT;

-- Users of LTI 1.1 and the accounts that they keep.
CREATE TABLE consumer_user (
    id           INTEGER PRIMARY KEY,
    account_id   INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    consumer_key TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (consumer_key, user_id)
) STRICT;

CREATE INDEX consumer_user_by_account ON consumer_user (account_id);

-- Enrolment, roles and accounts as a resource has them. Durations are seconds.
ALTER TABLE resource ADD COLUMN enrolment_start INTEGER;
ALTER TABLE resource ADD COLUMN enrolment_end INTEGER;
ALTER TABLE resource ADD COLUMN enrolment_duration INTEGER;
ALTER TABLE resource ADD COLUMN enrolment_maximum INTEGER;
ALTER TABLE resource ADD COLUMN teacher_role TEXT NOT NULL DEFAULT 'teacher';
ALTER TABLE resource ADD COLUMN student_role TEXT NOT NULL DEFAULT 'student';
ALTER TABLE resource ADD COLUMN completion_required INTEGER NOT NULL DEFAULT 0 CHECK (completion_required IN (0, 1));
ALTER TABLE resource ADD COLUMN default_locale TEXT;
ALTER TABLE resource ADD COLUMN default_time_zone TEXT;
ALTER TABLE resource ADD COLUMN default_institution TEXT;

-- Which registrations may use a resource; all of them when none is listed and it is open to all.
ALTER TABLE resource ADD COLUMN all_registrations INTEGER NOT NULL DEFAULT 1 CHECK (all_registrations IN (0, 1));

CREATE TABLE resource_registration (
    resource_id     INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_id, registration_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX resource_registration_by_registration ON resource_registration (registration_id);

CREATE TABLE enrolment (
    id             INTEGER PRIMARY KEY,
    account_id     INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    resource_id    INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    role           TEXT NOT NULL,
    teaches        INTEGER NOT NULL CHECK (teaches IN (0, 1)),
    source         TEXT NOT NULL CHECK (source IN ('launch', 'sync', 'admin')),
    created_at     INTEGER NOT NULL,
    ends_at        INTEGER,
    last_access_at INTEGER,
    UNIQUE (account_id, resource_id)
) STRICT;

CREATE INDEX enrolment_by_resource ON enrolment (resource_id);

-- Who came through which link, and as whom the platform knows them there: where grades go.
CREATE TABLE resource_link_user (
    resource_link_id INTEGER NOT NULL REFERENCES resource_link (id) ON DELETE CASCADE,
    account_id       INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sub              TEXT NOT NULL,
    teaches          INTEGER NOT NULL CHECK (teaches IN (0, 1)),
    last_launch_at   INTEGER NOT NULL,
    PRIMARY KEY (resource_link_id, account_id, sub)
) STRICT, WITHOUT ROWID;

CREATE INDEX resource_link_user_by_account ON resource_link_user (account_id);

-- What content selection offers an account that is not granted everything.
CREATE TABLE account_grant (
    account_id  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    resource_id INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, resource_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_grant_by_resource ON account_grant (resource_id);

CREATE TABLE grade (
    id                INTEGER PRIMARY KEY,
    account_id        INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    resource_id       INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    score             REAL,
    maximum           REAL NOT NULL,
    activity_progress TEXT NOT NULL,
    grading_progress  TEXT NOT NULL,
    comment           TEXT,
    set_by            TEXT NOT NULL,
    at                INTEGER NOT NULL,
    UNIQUE (account_id, resource_id)
) STRICT;

CREATE INDEX grade_by_resource ON grade (resource_id);

-- By what a registration tells its users apart from those of others; NULL leaves it to what is known of the issuer.
ALTER TABLE registration ADD COLUMN identity TEXT CHECK (identity IN ('issuer', 'client-id', 'deployment'));

-- A session is for a resource, or for selecting content; and it may have somebody's account. What SQLite cannot alter is made anew.
ALTER TABLE session RENAME TO session_before_accounts;

CREATE TABLE session (
    handle          TEXT PRIMARY KEY,
    secret_digest   BLOB NOT NULL,
    launch_id       TEXT NOT NULL,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    resource_id     INTEGER REFERENCES resource (id) ON DELETE CASCADE,
    account_id      INTEGER REFERENCES account (id) ON DELETE CASCADE,
    selection       TEXT,
    visit           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    CHECK ((resource_id IS NULL) <> (selection IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO session (handle, secret_digest, launch_id, registration_id, resource_id, visit, created_at, expires_at)
    SELECT handle, secret_digest, launch_id, registration_id, resource_id, visit, created_at, expires_at FROM session_before_accounts;

DROP TABLE session_before_accounts;

CREATE INDEX session_by_launch ON session (launch_id);
CREATE INDEX session_by_account ON session (account_id) WHERE account_id IS NOT NULL;

-- Launches whose token has passed every check and whose nonce is spent, but which wait: for the proof that this is the browser of the login, or for the
-- person's choice of an account. The handle is known to that one page only.
CREATE TABLE pending_launch (
    handle_digest   BLOB PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    waits_for       TEXT NOT NULL CHECK (waits_for IN ('binding', 'account')),
    tries           INTEGER NOT NULL DEFAULT 0,
    launch          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
