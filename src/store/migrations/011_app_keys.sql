-- Keys of apps can be rotated. They are derived from the resource's UUID and their number, and not stored; 0 is the key that an app has until now.
ALTER TABLE resource ADD COLUMN app_key_generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE resource ADD COLUMN app_key_created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE resource ADD COLUMN app_key_previous_generation INTEGER;
ALTER TABLE resource ADD COLUMN app_key_previous_accepted_until INTEGER;
UPDATE resource SET app_key_created_at = created_at;

-- Whether a score may be more than its maximum.
ALTER TABLE resource ADD COLUMN extra_credit INTEGER NOT NULL DEFAULT 0 CHECK (extra_credit IN (0, 1));

-- New databases require the app's key; databases that are set up keep the default under which they were.
INSERT INTO setting (key, value) SELECT 'app_key', 'optional' WHERE EXISTS (SELECT 1 FROM setting WHERE key = 'url') ON CONFLICT (key) DO NOTHING;
