-- What platforms can accumulate is counted by triggers as it comes and goes, whoever deletes it and however: a limit costs one look at one row.

-- Which registration's launches or member lists created an account; none if an admin did.
ALTER TABLE account ADD COLUMN created_by INTEGER REFERENCES registration (id) ON DELETE SET NULL;

CREATE INDEX account_by_creator ON account (created_by) WHERE created_by IS NOT NULL;

UPDATE account SET created_by = (
    SELECT min(registration.id) FROM account_link AS link JOIN registration ON registration.issuer = link.issuer
    WHERE link.account_id = account.id AND link.made_account = 1
)
WHERE origin <> 'admin';

CREATE TABLE registration_total (
    registration_id  INTEGER PRIMARY KEY REFERENCES registration (id) ON DELETE CASCADE,
    accounts         INTEGER NOT NULL DEFAULT 0,
    waiting_launches INTEGER NOT NULL DEFAULT 0,
    session_bytes    INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO registration_total (registration_id, accounts, waiting_launches, session_bytes)
    SELECT id,
           (SELECT count(*) FROM account WHERE created_by = registration.id),
           (SELECT count(*) FROM pending_launch WHERE registration_id = registration.id),
           (SELECT coalesce(sum(octet_length(visit) + coalesce(octet_length(selection), 0)), 0) FROM session WHERE registration_id = registration.id)
    FROM registration;

CREATE TRIGGER registration_is_counted AFTER INSERT ON registration BEGIN
    INSERT INTO registration_total (registration_id) VALUES (NEW.id);
END;

CREATE TRIGGER account_is_counted AFTER INSERT ON account WHEN NEW.created_by IS NOT NULL BEGIN
    UPDATE registration_total SET accounts = accounts + 1 WHERE registration_id = NEW.created_by;
END;

CREATE TRIGGER account_is_not_counted AFTER DELETE ON account WHEN OLD.created_by IS NOT NULL BEGIN
    UPDATE registration_total SET accounts = accounts - 1 WHERE registration_id = OLD.created_by;
END;

CREATE TRIGGER waiting_launch_is_counted AFTER INSERT ON pending_launch BEGIN
    UPDATE registration_total SET waiting_launches = waiting_launches + 1 WHERE registration_id = NEW.registration_id;
END;

CREATE TRIGGER waiting_launch_is_not_counted AFTER DELETE ON pending_launch BEGIN
    UPDATE registration_total SET waiting_launches = waiting_launches - 1 WHERE registration_id = OLD.registration_id;
END;

CREATE TRIGGER session_is_counted AFTER INSERT ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes + octet_length(NEW.visit) + coalesce(octet_length(NEW.selection), 0)
    WHERE registration_id = NEW.registration_id;
END;

CREATE TRIGGER session_is_counted_again AFTER UPDATE OF visit, selection ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes + octet_length(NEW.visit) + coalesce(octet_length(NEW.selection), 0)
        - octet_length(OLD.visit) - coalesce(octet_length(OLD.selection), 0)
    WHERE registration_id = NEW.registration_id;
END;

CREATE TRIGGER session_is_not_counted AFTER DELETE ON session BEGIN
    UPDATE registration_total SET session_bytes = session_bytes - octet_length(OLD.visit) - coalesce(octet_length(OLD.selection), 0)
    WHERE registration_id = OLD.registration_id;
END;

-- For ending the oldest sessions of a registration, and forgetting its waiting launches whose time is over.
CREATE INDEX session_by_registration ON session (registration_id, created_at);
CREATE INDEX waiting_launch_by_registration ON pending_launch (registration_id, expires_at);

-- The bytes of a launch's texts, and about as many as its numbers and its places in the indexes take.
ALTER TABLE launch ADD COLUMN bytes INTEGER GENERATED ALWAYS AS (
    300 + coalesce(octet_length(reason), 0) + coalesce(octet_length(cause), 0) + coalesce(octet_length(actor), 0) + coalesce(octet_length(fix), 0)
    + coalesce(octet_length(registration), 0) + coalesce(octet_length(resource), 0) + coalesce(octet_length(deployment_id), 0)
    + coalesce(octet_length(message_type), 0) + coalesce(octet_length(sub), 0) + coalesce(octet_length(user_name), 0) + coalesce(octet_length(context_title), 0)
    + coalesce(octet_length(resource_link_id), 0) + coalesce(octet_length(resource_link_title), 0) + coalesce(octet_length(request_id), 0)
    + coalesce(octet_length(first_request_id), 0)
) VIRTUAL;

-- By the registration's slug, or with '' of none. Refused launches are counted apart by who made them: the platform, whose signature held (only then is there a role), or
-- anybody.
CREATE TABLE launch_log_size (
    registration TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('accepted', 'signed', 'unsigned')),
    bytes        INTEGER NOT NULL,
    PRIMARY KEY (registration, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO launch_log_size (registration, kind, bytes)
    SELECT coalesce(registration, ''), CASE WHEN reason IS NULL THEN 'accepted' WHEN role IS NULL THEN 'unsigned' ELSE 'signed' END AS kind, sum(bytes)
    FROM launch GROUP BY 1, 2;

CREATE TRIGGER launch_is_measured AFTER INSERT ON launch BEGIN
    INSERT INTO launch_log_size (registration, kind, bytes)
        VALUES (coalesce(NEW.registration, ''), CASE WHEN NEW.reason IS NULL THEN 'accepted' WHEN NEW.role IS NULL THEN 'unsigned' ELSE 'signed' END, NEW.bytes)
        ON CONFLICT (registration, kind) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER launch_is_not_measured AFTER DELETE ON launch BEGIN
    UPDATE launch_log_size SET bytes = bytes - OLD.bytes
    WHERE registration = coalesce(OLD.registration, '') AND kind = CASE WHEN OLD.reason IS NULL THEN 'accepted' WHEN OLD.role IS NULL THEN 'unsigned' ELSE 'signed' END;
END;

-- Profile changes that platforms made, until the day is over: the audit log gets one entry for each account and day. Of member lists, the numbers of such changes.
CREATE TABLE audit_deferred (
    noun    TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Days since 1970 (UTC).
    day     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    via     TEXT NOT NULL,
    name    TEXT NOT NULL,
    before  TEXT NOT NULL,
    after   TEXT NOT NULL,
    PRIMARY KEY (noun, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_deferred_by_day ON audit_deferred (day);
