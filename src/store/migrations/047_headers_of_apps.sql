-- Which headers an app behind a proxy does not get, and whether it protects itself from other sites.
ALTER TABLE resource ADD COLUMN omit_headers TEXT NOT NULL DEFAULT '';
ALTER TABLE resource ADD COLUMN cross_site TEXT NOT NULL DEFAULT 'refuse' CHECK (cross_site IN ('refuse', 'allow'));
