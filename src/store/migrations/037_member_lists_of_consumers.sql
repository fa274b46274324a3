-- How a link's platform lists the members, which LTI 1.1 does in three ways, and what names the link in the oldest of them.
ALTER TABLE resource_link ADD COLUMN members_format TEXT NOT NULL DEFAULT 'nrps' CHECK (members_format IN ('nrps', 'lis', 'extension'));
ALTER TABLE resource_link ADD COLUMN members_id TEXT;

-- Until now, these URLs were stored without their format and not used. The next launch brings them again.
UPDATE resource_link SET memberships_url = NULL WHERE memberships_url IS NOT NULL AND deployment_id IN (
    SELECT deployment.id FROM deployment JOIN registration ON registration.id = deployment.registration_id WHERE registration.protocol <> 'lti-1.3');
