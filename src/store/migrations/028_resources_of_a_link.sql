-- A platform may launch several resources through one link: Open edX gives all items that were picked for a block the same link ID. Each is kept beside the others, with its own people
-- and its own column in the grade book.
PRAGMA legacy_alter_table = ON;
CREATE TABLE new_resource_link (
    id                 INTEGER PRIMARY KEY,
    deployment_id      INTEGER NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
    resource_link_id   TEXT NOT NULL,
    context_id         INTEGER REFERENCES context (id) ON DELETE CASCADE,
    resource_id        INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    title              TEXT,
    lineitem_url       TEXT,
    lineitems_url      TEXT,
    grade_scopes       TEXT,
    memberships_url    TEXT,
    found_lineitem_url TEXT,
    UNIQUE (deployment_id, resource_link_id, resource_id)
) STRICT;
INSERT INTO new_resource_link
    SELECT id, deployment_id, resource_link_id, context_id, resource_id, title, lineitem_url, lineitems_url, grade_scopes, memberships_url, found_lineitem_url FROM resource_link;
DROP TABLE resource_link;
ALTER TABLE new_resource_link RENAME TO resource_link;
PRAGMA legacy_alter_table = OFF;

CREATE INDEX resource_link_by_resource ON resource_link (resource_id);
CREATE INDEX resource_link_by_context ON resource_link (context_id);

-- Both as before; see 025.
CREATE TRIGGER grades_have_another_link AFTER INSERT ON resource_link WHEN NEW.context_id IS NOT NULL BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade
        WHERE resource_link_id = NEW.id AND account_id IN (
            SELECT account_id FROM resource_link_user WHERE resource_link_id IN (
                SELECT id FROM resource_link WHERE context_id = NEW.context_id AND +resource_id = NEW.resource_id))
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grades_have_moved AFTER UPDATE OF resource_id, context_id ON resource_link
WHEN OLD.resource_id <> NEW.resource_id OR OLD.context_id IS NOT NEW.context_id
BEGIN
    DELETE FROM unsettled_grade
    WHERE account_id IN (
            SELECT account_id FROM resource_link_user WHERE resource_link_id IN (
                SELECT NEW.id UNION ALL SELECT id FROM resource_link WHERE context_id = OLD.context_id))
        AND NOT EXISTS (
            SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade
        WHERE resource_id = NEW.resource_id AND account_id IN (
            SELECT account_id FROM resource_link_user WHERE resource_link_id IN (
                SELECT NEW.id UNION ALL SELECT id FROM resource_link WHERE context_id = NEW.context_id))
        ON CONFLICT DO NOTHING;
END;

-- Links with the line item that the platform named with their launches, if it is for this resource: of the resources that are launched through one link with one line item, it is for
-- the first that sends grades.
CREATE VIEW graded_link AS
    SELECT link.*, CASE WHEN NOT EXISTS (
            SELECT 1 FROM resource_link AS first JOIN resource ON resource.id = first.resource_id
            WHERE resource.published AND resource.grade_sync = 'on' AND resource.max_grade IS NOT NULL AND first.deployment_id = link.deployment_id AND first.resource_link_id = link.resource_link_id AND first.id < link.id AND first.lineitem_url = link.lineitem_url)
        THEN link.lineitem_url END AS own_lineitem_url
    FROM resource_link AS link;
