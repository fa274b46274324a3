-- Launches by hour, registration and reason, so that statistics need not read each launch. The server adds launches that have settled; the newer ones are counted when statistics are
-- shown, so that a launch pays nothing for this.
CREATE TABLE launch_count (
    -- Hours since 1970 (UTC), by the launch's ID.
    hour         INTEGER NOT NULL,
    -- Slug, or empty if the registration is unknown.
    registration TEXT NOT NULL,
    -- Empty if the launches were accepted.
    reason       TEXT NOT NULL,
    count        INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (hour, registration, reason)
) STRICT, WITHOUT ROWID;

-- The launches that are counted: those from the beginning of first_hour to before the moment counted_to (milliseconds since 1970), by their IDs.
CREATE TABLE launch_count_range (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    first_hour INTEGER NOT NULL,
    counted_to INTEGER NOT NULL
) STRICT;

-- Lists are read in these orders, row by row.
CREATE INDEX registration_by_name ON registration (name, slug);
CREATE INDEX resource_by_name ON resource (name, slug);
