-- For deletions of resources, and for the number of a resource's open sessions. A session is written once for each launch, so this index costs each launch a page more; without
-- it, the deletion of a resource reads all sessions within the write lock.
CREATE INDEX session_by_resource ON session (resource_id) WHERE resource_id IS NOT NULL;

-- Rare rows: refused launches of a resource, grades that wait for another try or were refused, and registration URLs that were not used yet. Accepted launches and sent grades pay
-- nothing for these.
CREATE INDEX refused_launch_by_resource ON launch (resource) WHERE reason IS NOT NULL AND resource IS NOT NULL;
CREATE INDEX stuck_grade ON grade_delivery (resource_link_id) WHERE code IS NOT NULL;
CREATE INDEX open_invitation ON registration_invitation (expires_at) WHERE used_at IS NULL AND replaced_at IS NULL;

-- The entries of an object and of what belongs to it, whose names begin with its name, or end with it after a slash. A launch pays for these only if it changes something that is
-- audited: usually when a person comes for the first time.
CREATE INDEX audit_by_name ON audit (name);
CREATE INDEX audit_by_second_name ON audit (substr(name, instr(name, '/') + 1)) WHERE instr(name, '/') > 0;
