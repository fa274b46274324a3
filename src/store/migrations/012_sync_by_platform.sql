-- How far a link's list of members has been read. A run that had to stop continues at the next page in the next run.
CREATE TABLE member_pass (
    resource_link_id INTEGER PRIMARY KEY REFERENCES resource_link (id) ON DELETE CASCADE,
    -- When the first page was requested; people seen on any page of this pass are marked with this time.
    began_at         INTEGER NOT NULL,
    -- The URL of the first page. A launch that brings another one makes the position useless.
    first_url        TEXT NOT NULL,
    next_url         TEXT NOT NULL,
    -- What has been read so far.
    pages            INTEGER NOT NULL,
    members          INTEGER NOT NULL,
    bytes            INTEGER NOT NULL
) STRICT;

-- When the list was last requested: the list that has waited longest comes first.
ALTER TABLE member_sync ADD COLUMN tried_at INTEGER;

-- From now on, each registration has its own lease.
DELETE FROM lease;
