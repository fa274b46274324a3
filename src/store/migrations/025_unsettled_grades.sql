-- The grades that platforms do not have, by link and account, so that sending grades and showing what waits take as long as there are such grades. Triggers keep the table equal to
-- the view below, whoever changes whatever it reads.
CREATE TABLE unsettled_grade (
    resource_link_id INTEGER NOT NULL REFERENCES resource_link (id) ON DELETE CASCADE,
    account_id       INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_link_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX unsettled_grade_by_account ON unsettled_grade (account_id);

-- Through which links the platform may still have to get a person's grade: the ones through which the person came, and the other links of the same course to the same resource.
-- Whether a grade is sent at this moment depends on more: line items, roles, settings and times. The cross joins keep the order: from an account to its links.
CREATE VIEW open_grade AS
    SELECT link.id AS resource_link_id, known.account_id AS account_id, came.resource_id AS resource_id
    FROM resource_link_user AS known
        CROSS JOIN resource_link AS came ON came.id = known.resource_link_id
        CROSS JOIN resource_link AS link ON link.id = came.id OR (link.context_id = came.context_id AND +link.resource_id = came.resource_id)
        CROSS JOIN grade ON grade.account_id = known.account_id AND grade.resource_id = link.resource_id
        LEFT JOIN grade_delivery AS delivery ON delivery.resource_link_id = link.id AND delivery.account_id = known.account_id AND delivery.sub = known.sub
    WHERE CASE WHEN delivery.accepted IS NULL THEN grade.score IS NOT NULL
          ELSE delivery.accepted <> json_array(grade.score, grade.maximum, grade.activity_progress, grade.grading_progress, grade.comment) END;

INSERT INTO unsettled_grade (resource_link_id, account_id) SELECT DISTINCT resource_link_id, account_id FROM open_grade;

CREATE TRIGGER grade_is_unsettled AFTER INSERT ON grade BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_is_unsettled_again AFTER UPDATE ON grade
WHEN OLD.score IS NOT NEW.score OR OLD.maximum <> NEW.maximum OR OLD.activity_progress <> NEW.activity_progress OR OLD.grading_progress <> NEW.grading_progress
    OR OLD.comment IS NOT NEW.comment OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id
BEGIN
    DELETE FROM unsettled_grade WHERE account_id IN (OLD.account_id, NEW.account_id) AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_is_gone AFTER DELETE ON grade BEGIN
    DELETE FROM unsettled_grade WHERE account_id = OLD.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;

-- Launches update times and roles here, which concerns no trigger.
CREATE TRIGGER grade_has_another_link AFTER INSERT ON resource_link_user
WHEN EXISTS (SELECT 1 FROM grade WHERE account_id = NEW.account_id)
BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_has_changed_links AFTER UPDATE OF resource_link_id, account_id, sub ON resource_link_user BEGIN
    DELETE FROM unsettled_grade WHERE account_id IN (OLD.account_id, NEW.account_id) AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_has_lost_a_link AFTER DELETE ON resource_link_user BEGIN
    DELETE FROM unsettled_grade WHERE account_id = OLD.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;

-- Through another link of the same course to the same resource, the grades of its people are sent, too.
CREATE TRIGGER grades_have_another_link AFTER INSERT ON resource_link WHEN NEW.context_id IS NOT NULL BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade
        WHERE resource_link_id = NEW.id AND account_id IN (
            SELECT account_id FROM resource_link_user WHERE resource_link_id IN (
                SELECT id FROM resource_link WHERE context_id = NEW.context_id AND +resource_id = NEW.resource_id))
        ON CONFLICT DO NOTHING;
END;

-- A link that opens another resource, or is in another course: concerns the people of both courses.
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

CREATE TRIGGER grade_is_accepted AFTER INSERT ON grade_delivery WHEN NEW.accepted IS NOT NULL BEGIN
    DELETE FROM unsettled_grade WHERE resource_link_id = NEW.resource_link_id AND account_id = NEW.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = NEW.account_id AND open.resource_link_id = NEW.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_link_id = NEW.resource_link_id
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER grade_is_accepted_again AFTER UPDATE OF accepted, resource_link_id, account_id, sub ON grade_delivery BEGIN
    DELETE FROM unsettled_grade WHERE account_id IN (OLD.account_id, NEW.account_id) AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id IN (OLD.account_id, NEW.account_id)
            AND resource_link_id IN (OLD.resource_link_id, NEW.resource_link_id)
        ON CONFLICT DO NOTHING;
END;

-- Deliveries are usually deleted together with their account or link, which no longer exists then.
CREATE TRIGGER grade_is_not_accepted AFTER DELETE ON grade_delivery
WHEN OLD.accepted IS NOT NULL AND EXISTS (SELECT 1 FROM resource_link WHERE id = OLD.resource_link_id) AND EXISTS (SELECT 1 FROM account WHERE id = OLD.account_id)
BEGIN
    DELETE FROM unsettled_grade WHERE resource_link_id = OLD.resource_link_id AND account_id = OLD.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = OLD.account_id AND open.resource_link_id = OLD.resource_link_id);
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = OLD.account_id AND resource_link_id = OLD.resource_link_id
        ON CONFLICT DO NOTHING;
END;

-- Rare rows: lists of members that could not be read.
CREATE INDEX member_sync_problem ON member_sync (resource_link_id) WHERE code IS NOT NULL;
