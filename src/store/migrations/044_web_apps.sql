-- How the app behind a resource learns who a person is, and whom it gets from its proxy.
ALTER TABLE resource ADD COLUMN handover TEXT NOT NULL DEFAULT 'token' CHECK (handover IN ('token', 'headers'));
ALTER TABLE resource ADD COLUMN allow_role TEXT NOT NULL DEFAULT 'admin,staff,learner' CHECK (allow_role <> '');
ALTER TABLE resource ADD COLUMN paths TEXT;
ALTER TABLE resource ADD COLUMN guests TEXT NOT NULL DEFAULT 'refuse' CHECK (guests IN ('refuse', 'allow'));
ALTER TABLE resource ADD COLUMN token_header INTEGER NOT NULL DEFAULT 0 CHECK (token_header IN (0, 1));
-- The app that a proxy asks for, by the beginning of its URL.
CREATE INDEX resource_by_app ON resource (target) WHERE handover = 'headers';
