-- What keeps the platforms of one tool apart.

-- Whether the admin typed an audience that lies on another origin than the token URL. An audience that came with a dynamic registration was chosen by the platform; only
-- where no dynamic registration ended was it typed.
ALTER TABLE registration ADD COLUMN audience_confirmed INTEGER NOT NULL DEFAULT 0 CHECK (audience_confirmed IN (0, 1));
UPDATE registration SET audience_confirmed = 1
    WHERE token_audience IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM registration_invitation WHERE registration_id = registration.id AND used_at IS NOT NULL);

CREATE INDEX registration_by_client_id ON registration (client_id);
CREATE INDEX registration_by_keyset ON registration (issuer, keyset_url);

-- The origins of each registration: of its issuer, keyset and token URL, and of the service URLs that were signed in its launches. The one with the lower id came first.
CREATE TABLE registration_origin (
    id              INTEGER PRIMARY KEY,
    registration_id INTEGER NOT NULL REFERENCES registration (id) ON DELETE CASCADE,
    origin          TEXT NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('issuer', 'keyset', 'token', 'service')),
    UNIQUE (registration_id, kind, origin)
) STRICT;

CREATE INDEX registration_origin_by_origin ON registration_origin (origin, id);

-- canonical_origin is a function that the program adds to the connection.
INSERT INTO registration_origin (registration_id, origin, kind)
    SELECT id, origin, kind FROM (
        SELECT id, canonical_origin(issuer) AS origin, 'issuer' AS kind FROM registration
        UNION ALL SELECT id, canonical_origin(keyset_url), 'keyset' FROM registration
        UNION ALL SELECT id, canonical_origin(access_token_url), 'token' FROM registration)
    WHERE origin IS NOT NULL ORDER BY id;

INSERT OR IGNORE INTO registration_origin (registration_id, origin, kind)
    SELECT registration_id, origin, 'service' FROM (
        SELECT link.id, deployment.registration_id, canonical_origin(url.value) AS origin
        FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id
            JOIN json_each(json_array(link.lineitem_url, link.lineitems_url, link.memberships_url)) AS url)
    WHERE origin IS NOT NULL ORDER BY id;
