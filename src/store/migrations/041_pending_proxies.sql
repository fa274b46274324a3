-- Changes of registrations by LTI 2.0 that the platform has not confirmed yet: until then, the consumer's current secrets stay as they are.
CREATE TABLE pending_proxy (
    registration_id     INTEGER PRIMARY KEY REFERENCES consumer (registration_id) ON DELETE CASCADE,
    -- Of the confirmation URL's token.
    confirmation_digest BLOB NOT NULL UNIQUE,
    -- The new secret; NULL until the platform has sent its half.
    secret              BLOB,
    -- Replaces that of the consumer.
    members_template    TEXT,
    -- Whether the platform has responded to the tool proxy, or will no longer do so.
    is_answered         INTEGER NOT NULL DEFAULT 0 CHECK (is_answered IN (0, 1)),
    created_at          INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_proxy_by_expiry ON pending_proxy (expires_at);

-- The origin of the profile with which the platform registered: its later profiles must have the same one.
ALTER TABLE consumer ADD COLUMN profile_origin TEXT;
