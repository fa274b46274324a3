-- Whether an account has one grade at a resource, or one in each course from which it opens the resource.
ALTER TABLE resource ADD COLUMN grade_scope TEXT NOT NULL DEFAULT 'resource' CHECK (grade_scope IN ('resource', 'course'));

-- The grades as before (003, 031), with the course; the table is made again because of the unique columns. Triggers and the view name it, so nothing is renamed in them.
PRAGMA legacy_alter_table = ON;
CREATE TABLE new_grade (
    id                INTEGER PRIMARY KEY,
    account_id        INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    resource_id       INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    score             REAL,
    maximum           REAL NOT NULL,
    activity_progress TEXT NOT NULL,
    grading_progress  TEXT NOT NULL,
    comment           TEXT,
    set_by            TEXT NOT NULL,
    at                INTEGER NOT NULL,
    started_at        INTEGER,
    submitted_at      INTEGER,
    -- The course, if the resource has grades by course.
    context_id        INTEGER REFERENCES context (id) ON DELETE CASCADE,
    fingerprint       TEXT GENERATED ALWAYS AS (
        CASE WHEN started_at IS NULL AND submitted_at IS NULL THEN json_array(score, maximum, activity_progress, grading_progress, comment)
            ELSE json_array(score, maximum, activity_progress, grading_progress, comment, started_at, submitted_at) END) VIRTUAL
) STRICT;
INSERT INTO new_grade (id, account_id, resource_id, score, maximum, activity_progress, grading_progress, comment, set_by, at, started_at, submitted_at)
    SELECT id, account_id, resource_id, score, maximum, activity_progress, grading_progress, comment, set_by, at, started_at, submitted_at FROM grade;
DROP TABLE grade;
ALTER TABLE new_grade RENAME TO grade;
PRAGMA legacy_alter_table = OFF;

CREATE UNIQUE INDEX grade_of_account ON grade (account_id, resource_id, coalesce(context_id, 0));
CREATE INDEX grade_by_resource ON grade (resource_id);
CREATE INDEX grade_by_context ON grade (context_id) WHERE context_id IS NOT NULL;

-- The view and the triggers as before (025, 027, 031), by the course.
DROP VIEW open_grade;
CREATE VIEW open_grade AS
    SELECT link.id AS resource_link_id, known.account_id AS account_id, came.resource_id AS resource_id
    FROM resource_link_user AS known
        CROSS JOIN resource_link AS came ON came.id = known.resource_link_id
        CROSS JOIN resource_link AS link ON link.id = came.id OR (link.context_id = came.context_id AND +link.resource_id = came.resource_id)
        CROSS JOIN resource ON resource.id = link.resource_id
        CROSS JOIN grade ON grade.account_id = known.account_id AND grade.resource_id = link.resource_id
            AND grade.context_id IS CASE resource.grade_scope WHEN 'course' THEN link.context_id END
        LEFT JOIN grade_delivery AS delivery ON delivery.resource_link_id = link.id AND delivery.account_id = known.account_id AND delivery.sub = known.sub
    WHERE CASE WHEN delivery.accepted IS NULL THEN grade.score IS NOT NULL ELSE delivery.accepted <> grade.fingerprint END;

CREATE TRIGGER grade_is_unsettled AFTER INSERT ON grade BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_is_unsettled_again AFTER UPDATE ON grade
WHEN OLD.fingerprint <> NEW.fingerprint OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id OR OLD.context_id IS NOT NEW.context_id
BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_is_settled_again AFTER UPDATE ON grade
WHEN (OLD.fingerprint <> NEW.fingerprint OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id OR OLD.context_id IS NOT NEW.context_id)
    AND EXISTS (
    SELECT 1 FROM unsettled_grade AS known WHERE known.account_id = NEW.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = known.account_id AND open.resource_link_id = known.resource_link_id))
BEGIN
    DELETE FROM unsettled_grade WHERE account_id = NEW.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;

CREATE TRIGGER grade_is_of_another_account AFTER UPDATE OF account_id ON grade WHEN OLD.account_id <> NEW.account_id BEGIN
    DELETE FROM unsettled_grade WHERE account_id = OLD.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;

CREATE TRIGGER grade_is_gone AFTER DELETE ON grade BEGIN
    DELETE FROM unsettled_grade WHERE account_id = OLD.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;

CREATE TRIGGER grades_have_another_scope AFTER UPDATE OF grade_scope ON resource WHEN OLD.grade_scope <> NEW.grade_scope BEGIN
    DELETE FROM unsettled_grade
    WHERE resource_link_id IN (SELECT id FROM resource_link WHERE resource_id = NEW.id) AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade
        WHERE resource_id = NEW.id AND account_id IN (SELECT account_id FROM grade WHERE resource_id = NEW.id)
        ON CONFLICT DO NOTHING;
END;
