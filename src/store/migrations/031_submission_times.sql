-- When people started and submitted their work (Assignment and Grade Services 2.0, 3.4.10).
ALTER TABLE grade ADD COLUMN started_at INTEGER;
ALTER TABLE grade ADD COLUMN submitted_at INTEGER;

-- What is sent to platforms of a grade, as one text. Without times it is the same as before, so that no grade is sent again because of this change.
ALTER TABLE grade ADD COLUMN fingerprint TEXT GENERATED ALWAYS AS (
    CASE WHEN started_at IS NULL AND submitted_at IS NULL THEN json_array(score, maximum, activity_progress, grading_progress, comment)
        ELSE json_array(score, maximum, activity_progress, grading_progress, comment, started_at, submitted_at) END) VIRTUAL;

-- The view and the triggers as before (025, 027), by the fingerprint.
DROP VIEW open_grade;
CREATE VIEW open_grade AS
    SELECT link.id AS resource_link_id, known.account_id AS account_id, came.resource_id AS resource_id
    FROM resource_link_user AS known
        CROSS JOIN resource_link AS came ON came.id = known.resource_link_id
        CROSS JOIN resource_link AS link ON link.id = came.id OR (link.context_id = came.context_id AND +link.resource_id = came.resource_id)
        CROSS JOIN grade ON grade.account_id = known.account_id AND grade.resource_id = link.resource_id
        LEFT JOIN grade_delivery AS delivery ON delivery.resource_link_id = link.id AND delivery.account_id = known.account_id AND delivery.sub = known.sub
    WHERE CASE WHEN delivery.accepted IS NULL THEN grade.score IS NOT NULL ELSE delivery.accepted <> grade.fingerprint END;

DROP TRIGGER grade_is_unsettled_again;
CREATE TRIGGER grade_is_unsettled_again AFTER UPDATE ON grade
WHEN OLD.fingerprint <> NEW.fingerprint OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id
BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;
DROP TRIGGER grade_is_settled_again;
CREATE TRIGGER grade_is_settled_again AFTER UPDATE ON grade
WHEN (OLD.fingerprint <> NEW.fingerprint OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id)
    AND EXISTS (
    SELECT 1 FROM unsettled_grade AS known WHERE known.account_id = NEW.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = known.account_id AND open.resource_link_id = known.resource_link_id))
BEGIN
    DELETE FROM unsettled_grade WHERE account_id = NEW.account_id AND NOT EXISTS (
        SELECT 1 FROM open_grade AS open WHERE open.account_id = unsettled_grade.account_id AND open.resource_link_id = unsettled_grade.resource_link_id);
END;
