-- Some token services ignore case in client IDs, so registrations are compared without it.
DROP INDEX registration_by_client_id;
CREATE INDEX registration_by_client_id ON registration (client_id COLLATE NOCASE);
