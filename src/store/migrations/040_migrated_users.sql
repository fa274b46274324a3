-- Users whom a move from LTI 1.1 to LTI 1.3 has linked to the accounts of their LTI 1.1 users. Taking the move back unlinks only them.
ALTER TABLE account_link ADD COLUMN migrated INTEGER NOT NULL DEFAULT 0 CHECK (migrated IN (0, 1));
-- Users who had been linked before were not told apart; most of those whose platform is moving came with a claim.
UPDATE account_link SET migrated = 1
WHERE NOT made_account AND EXISTS (
    SELECT 1 FROM consumer_migration AS move JOIN registration ON registration.id = move.registration_id
    WHERE registration.issuer = account_link.issuer AND account_link.created_at >= move.started_at);
