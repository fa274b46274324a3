-- When submissions to a resource open and close, in milliseconds since 1970: the start and end of its line items.
ALTER TABLE resource ADD COLUMN opens INTEGER;
ALTER TABLE resource ADD COLUMN closes INTEGER;
