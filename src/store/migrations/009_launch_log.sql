-- What else is known of a launch. Its identifier is that of the request that ended it; these are the other names under which it can be found: the one that a trusted
-- proxy gave that request, and the request that began a launch which had to wait for its person.
ALTER TABLE launch ADD COLUMN request_id TEXT;
ALTER TABLE launch ADD COLUMN first_request_id TEXT;
-- The browser's family, as one word.
ALTER TABLE launch ADD COLUMN browser TEXT;
-- Our clock minus the platform's, where that is why the launch was refused.
ALTER TABLE launch ADD COLUMN clock_skew_seconds INTEGER;

-- The primary key is the last column of every index, so each gives its launches in the order of time.
CREATE INDEX launch_by_registration ON launch (registration, id, reason);
CREATE INDEX launch_by_sub ON launch (sub) WHERE sub IS NOT NULL;
CREATE INDEX launch_by_resource ON launch (resource) WHERE resource IS NOT NULL;
-- Refused ones only: a launch that is accepted pays nothing for these.
CREATE INDEX launch_by_reason ON launch (reason) WHERE reason IS NOT NULL;
CREATE INDEX refused_launch_by_time ON launch (id) WHERE reason IS NOT NULL;
CREATE INDEX refused_launch_by_registration ON launch (registration, id) WHERE reason IS NOT NULL;
CREATE INDEX launch_by_request ON launch (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX launch_by_first_request ON launch (first_request_id) WHERE first_request_id IS NOT NULL;

-- When each registration was launched through last, as far as the launch itself is no longer kept.
CREATE TABLE last_success (
    registration TEXT PRIMARY KEY,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happens too often for a row of its own, by the hour (hours since 1970). It belongs to a registration by its slug, or with '' to none.
CREATE TABLE tally (
    hour         INTEGER NOT NULL,
    registration TEXT NOT NULL,
    what         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    count        INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    PRIMARY KEY (registration, what, hour, detail)
) STRICT, WITHOUT ROWID;

CREATE INDEX tally_by_hour ON tally (hour);
