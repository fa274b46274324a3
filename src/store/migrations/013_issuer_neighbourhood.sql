-- What an issuer has in common with those that it could be mistaken for, so that a login with a slip in its issuer finds them without a search.
ALTER TABLE registration ADD COLUMN neighbourhood TEXT;

CREATE INDEX registration_by_neighbourhood ON registration (neighbourhood, issuer) WHERE neighbourhood IS NOT NULL;
