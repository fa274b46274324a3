-- What a platform's id_tokens may be signed with, which product it is, and where its OpenID configuration is, as far as that is known.
ALTER TABLE registration ADD COLUMN algorithms TEXT NOT NULL DEFAULT 'RS256' CHECK (algorithms <> '');
ALTER TABLE registration ADD COLUMN product TEXT;
ALTER TABLE registration ADD COLUMN configuration_url TEXT;
