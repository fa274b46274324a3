-- Customers of a hosted platform share its issuer: accounts that were made before creators were stored belong to the registration whose client ID is their tenant, or is part
-- of it (`length:client ID:deployment ID`).
UPDATE account SET created_by = (
    SELECT min(registration.id) FROM account_link AS link JOIN registration ON registration.issuer = link.issuer
        AND registration.client_id IN (link.tenant, substr(link.tenant, instr(link.tenant, ':') + 1, CAST(link.tenant AS INTEGER)))
    WHERE link.account_id = account.id AND link.made_account = 1 AND link.tenant <> ''
)
WHERE created_by IS NOT NULL AND EXISTS (SELECT 1 FROM account_link AS link WHERE link.account_id = account.id AND link.made_account = 1 AND link.tenant <> '');

UPDATE registration_total SET accounts = (SELECT count(*) FROM account WHERE created_by = registration_total.registration_id);
