-- Identity providers at which people sign in to their accounts, and the identities that open accounts.
CREATE TABLE identity_provider (
    -- Never used again: sign-ins that have begun name it.
    id                    INTEGER PRIMARY KEY AUTOINCREMENT,
    slug                  TEXT NOT NULL UNIQUE,
    name                  TEXT NOT NULL,
    preset                TEXT NOT NULL CHECK (preset IN ('microsoft', 'google', 'keycloak', 'generic')),
    issuer                TEXT NOT NULL,
    client_id             TEXT NOT NULL,
    -- The secret of the tool there; none after a restore without keys.
    secret                BLOB,
    secret_expires_at     INTEGER,
    domains               TEXT NOT NULL,
    tenants               TEXT NOT NULL,
    linking               TEXT NOT NULL CHECK (linking IN ('manual', 'signed-in')),
    allow_http            INTEGER NOT NULL CHECK (allow_http IN (0, 1)),
    allow_private_network INTEGER NOT NULL CHECK (allow_private_network IN (0, 1)),
    enabled               INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at            INTEGER NOT NULL,
    updated_at            INTEGER NOT NULL
) STRICT;

CREATE TABLE account_identity (
    id              INTEGER PRIMARY KEY,
    account_id      INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    provider_id     INTEGER NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    issuer          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    linked_by       TEXT NOT NULL CHECK (linked_by IN ('admin', 'person')),
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    UNIQUE (provider_id, issuer, subject)
) STRICT;
CREATE INDEX account_identity_by_account ON account_identity (account_id);

-- Whether a password does not open the account, only an identity at a provider.
ALTER TABLE account ADD COLUMN require_provider INTEGER NOT NULL DEFAULT 0 CHECK (require_provider IN (0, 1));
