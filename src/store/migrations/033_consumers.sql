-- LTI 1.1 consumers launch. A consumer is a registration of an older protocol: deployments, courses, links, sessions and launches belong to
-- it in the same way, and its slug is not that of another registration. Its deployments are the consumer keys that it sends.
ALTER TABLE registration ADD COLUMN protocol TEXT NOT NULL DEFAULT 'lti-1.3' CHECK (protocol IN ('lti-1.3', 'lti-1.1', 'lti-2.0'));
CREATE INDEX older_registration ON registration (name, slug) WHERE protocol <> 'lti-1.3';

CREATE TABLE consumer (
    registration_id INTEGER PRIMARY KEY REFERENCES registration (id) ON DELETE CASCADE,
    consumer_key    TEXT NOT NULL UNIQUE,
    -- Whether its secret is accepted with any other key, too.
    any_key         INTEGER NOT NULL DEFAULT 0 CHECK (any_key IN (0, 1)),
    -- Whether it may use every resource that is available to all registrations; otherwise only those in consumer_resource.
    all_resources   INTEGER NOT NULL DEFAULT 1 CHECK (all_resources IN (0, 1)),
    -- The resource that it was published with and is deleted with.
    own_resource_id INTEGER UNIQUE REFERENCES resource (id) ON DELETE CASCADE,
    -- Names it in the URLs of its cartridges.
    cartridge_token TEXT NOT NULL UNIQUE,
    last_seen_at    INTEGER
) STRICT;
CREATE TRIGGER consumer_is_deleted AFTER DELETE ON consumer BEGIN
    DELETE FROM registration WHERE id = OLD.registration_id;
END;
CREATE TRIGGER consumer_is_added AFTER INSERT ON consumer BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER consumer_is_changed AFTER UPDATE OF consumer_key, any_key, all_resources, own_resource_id ON consumer BEGIN
    UPDATE record_version SET version = version + 1;
END;

CREATE TABLE consumer_resource (
    registration_id INTEGER NOT NULL REFERENCES consumer (registration_id) ON DELETE CASCADE,
    resource_id     INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    PRIMARY KEY (registration_id, resource_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consumer_resource_by_resource ON consumer_resource (resource_id);
CREATE TRIGGER consumer_resource_is_added AFTER INSERT ON consumer_resource BEGIN UPDATE record_version SET version = version + 1; END;
CREATE TRIGGER consumer_resource_is_deleted AFTER DELETE ON consumer_resource BEGIN UPDATE record_version SET version = version + 1; END;

-- Until now, keys only signed migration claims: they become disabled consumers, whose secrets still do.
INSERT INTO registration (slug, name, enabled, protocol, created_at, updated_at)
    SELECT CASE
            WHEN consumer_key GLOB '[a-z0-9]*' AND consumer_key NOT GLOB '*[^a-z0-9-]*' AND consumer_key NOT GLOB '*--*' AND consumer_key NOT GLOB '*-'
                AND length(consumer_key) <= 64 AND NOT EXISTS (SELECT 1 FROM registration AS other WHERE other.slug = consumer_key) THEN consumer_key
            ELSE 'consumer-' || min(id) || '-' || min(created_at)
        END, consumer_key, 0, 'lti-1.1', min(created_at), min(created_at)
    FROM consumer_secret GROUP BY consumer_key;
INSERT INTO consumer (registration_id, consumer_key, cartridge_token)
    SELECT id, name, lower(hex(randomblob(16))) FROM registration WHERE protocol = 'lti-1.1';
INSERT INTO deployment (registration_id, deployment_id, name, created_at)
    SELECT id, name, name, created_at FROM registration WHERE protocol = 'lti-1.1';

CREATE TABLE new_consumer_secret (
    id              INTEGER PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES consumer (registration_id) ON DELETE CASCADE,
    secret          BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    -- The end of the overlap, if it has been replaced.
    expires_at      INTEGER,
    UNIQUE (registration_id, secret)
) STRICT;
INSERT INTO new_consumer_secret (id, registration_id, secret, created_at)
    SELECT old.id, consumer.registration_id, old.secret, old.created_at
    FROM consumer_secret AS old JOIN consumer ON consumer.consumer_key = old.consumer_key;
DROP TABLE consumer_secret;
ALTER TABLE new_consumer_secret RENAME TO consumer_secret;
