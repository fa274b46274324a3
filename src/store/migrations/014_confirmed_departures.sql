-- Since when a link's people must have been seen to belong to it still. For a list that one run has read, that is when its first page was requested. A list that was read over
-- several runs may have skipped people, because pages shift when others leave in between; so it is when the complete list before it began, and only those are missing who were on neither.
ALTER TABLE member_sync ADD COLUMN seen_since INTEGER;

-- When the first page of the last complete list was requested; a look that did not get to the end leaves it as it is.
ALTER TABLE member_sync ADD COLUMN completed_at INTEGER;

UPDATE member_sync SET seen_since = at, completed_at = at WHERE code IS NULL;
