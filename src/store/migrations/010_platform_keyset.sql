-- The keys that the server found when it last fetched each platform's keyset, by name with a digest of each; the keys themselves are in its memory only.
CREATE TABLE platform_keyset (
    keyset_url TEXT PRIMARY KEY,
    keys       TEXT NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
