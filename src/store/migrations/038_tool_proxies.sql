-- Registration URLs of LTI 2.0: each is for one consumer, which is added once its platform has registered.
CREATE TABLE proxy_invitation (
    id         INTEGER PRIMARY KEY,
    slug       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    -- The slugs of the resources that it may use; NULL for those of all registrations.
    resources  TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

-- Where a platform that registered by LTI 2.0 lists the members of a course, with parts to fill.
ALTER TABLE consumer ADD COLUMN members_template TEXT;
