-- Consumers whose platform moves to LTI 1.3, and since when: people who are linked to both since then have moved.
CREATE TABLE consumer_migration (
    consumer_id     INTEGER NOT NULL REFERENCES consumer (registration_id) ON DELETE CASCADE,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    started_at      INTEGER NOT NULL,
    PRIMARY KEY (consumer_id, registration_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consumer_migration_by_registration ON consumer_migration (registration_id);
