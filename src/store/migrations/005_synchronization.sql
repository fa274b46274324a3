-- What became of a grade on its way through a link. The attempt is here before the platform hears of it, so that whoever takes over after a crash sends it again
-- under the same time, and a platform that had taken it says so.
CREATE TABLE grade_delivery (
    resource_link_id  INTEGER NOT NULL REFERENCES resource_link (id) ON DELETE CASCADE,
    account_id        INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sub               TEXT NOT NULL,
    -- The grade that the platform took last, as one text that changes with every part of it; none before the first.
    accepted          TEXT,
    accepted_at       INTEGER,
    -- The newest time that was sent, whatever came of it: times only go up.
    newest_time       INTEGER NOT NULL,
    -- The attempt that is under way or came to nothing: its grade, how often it was tried, and what the platform said.
    attempted         TEXT,
    -- Whether the platform may have taken the attempt although nobody heard its answer: sent again under the same time, it says so.
    is_open           INTEGER NOT NULL DEFAULT 0 CHECK (is_open IN (0, 1)),
    tries             INTEGER NOT NULL DEFAULT 0,
    next_try_at       INTEGER,
    is_final          INTEGER NOT NULL DEFAULT 0 CHECK (is_final IN (0, 1)),
    code              TEXT,
    problem           TEXT,
    fix               TEXT,
    PRIMARY KEY (resource_link_id, account_id, sub)
) STRICT, WITHOUT ROWID;

CREATE INDEX grade_delivery_by_account ON grade_delivery (account_id);

-- The line item that was found or made for a link without one of its own.
ALTER TABLE resource_link ADD COLUMN found_lineitem_url TEXT;

-- Who is known on a link from the platform's list of members: seen in the run that began then.
ALTER TABLE resource_link_user ADD COLUMN seen_at INTEGER;

-- What came of the last look at a link's members.
CREATE TABLE member_sync (
    resource_link_id INTEGER PRIMARY KEY REFERENCES resource_link (id) ON DELETE CASCADE,
    at               INTEGER NOT NULL,
    members          INTEGER NOT NULL,
    code             TEXT,
    problem          TEXT,
    fix              TEXT
) STRICT;

-- Who works at a synchronization at this moment; it passes on when its holder does not renew it.
CREATE TABLE lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
