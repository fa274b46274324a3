-- The servers that use the database, as they report themselves once a minute.
CREATE TABLE running_server (
    name       TEXT PRIMARY KEY,
    version    TEXT NOT NULL,
    address    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;
