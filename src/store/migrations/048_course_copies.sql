-- From which courses others were copied, as platforms say in launches or notices. Origins are a set: content of several courses can be copied into one.
CREATE TABLE context_origin (
    id                INTEGER PRIMARY KEY,
    context_id        INTEGER NOT NULL REFERENCES context (id) ON DELETE CASCADE,
    -- The platform's ID of the course from which content was copied.
    origin_context_id TEXT NOT NULL,
    -- That course, if launches of the same registration have described it.
    origin_id         INTEGER REFERENCES context (id) ON DELETE SET NULL,
    -- What said so last: a notice or a launch.
    notice_id         TEXT,
    launch_id         TEXT,
    first_at          INTEGER NOT NULL,
    last_at           INTEGER NOT NULL,
    UNIQUE (context_id, origin_context_id)
) STRICT;
CREATE INDEX context_origin_by_origin ON context_origin (origin_id) WHERE origin_id IS NOT NULL;

-- From which link another was copied.
CREATE TABLE resource_link_origin (
    resource_link_id INTEGER PRIMARY KEY REFERENCES resource_link (id) ON DELETE CASCADE,
    -- The platform's ID of the other link.
    origin_link_id   TEXT NOT NULL,
    origin_id        INTEGER REFERENCES resource_link (id) ON DELETE SET NULL,
    launch_id        TEXT NOT NULL,
    at               INTEGER NOT NULL
) STRICT;
CREATE INDEX resource_link_origin_by_origin ON resource_link_origin (origin_id) WHERE origin_id IS NOT NULL;

-- Whether the line item was copied with the course and found there.
ALTER TABLE resource_link ADD COLUMN lineitem_copied INTEGER NOT NULL DEFAULT 0 CHECK (lineitem_copied IN (0, 1));
