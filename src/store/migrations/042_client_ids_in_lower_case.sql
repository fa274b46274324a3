-- Any engine knows lower(), which changes ASCII letters only, but not every one knows the collation NOCASE.
DROP INDEX registration_by_client_id;
CREATE INDEX registration_by_client_id ON registration (lower(client_id));
