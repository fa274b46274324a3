-- Statements for which SQLite opens a temporary table each time take several times as long: DELETEs with a subquery, IN with three or more values, and INSERT … SELECT where the
-- same trigger reads the table. None of them is part of a launch or of an ordinary change of a grade any more.

-- The CHECK on kind uses IN; an UPDATE of bytes does not evaluate it.
DROP TRIGGER launch_is_measured;
CREATE TRIGGER launch_is_measured_for_the_first_time BEFORE INSERT ON launch
WHEN NOT EXISTS (
    SELECT 1 FROM launch_log_size WHERE registration = coalesce(NEW.registration, '')
        AND kind = CASE WHEN NEW.reason IS NULL THEN 'accepted' WHEN NEW.role IS NULL THEN 'unsigned' ELSE 'signed' END)
BEGIN
    INSERT INTO launch_log_size (registration, kind, bytes)
        VALUES (coalesce(NEW.registration, ''), CASE WHEN NEW.reason IS NULL THEN 'accepted' WHEN NEW.role IS NULL THEN 'unsigned' ELSE 'signed' END, 0);
END;
CREATE TRIGGER launch_is_measured AFTER INSERT ON launch BEGIN
    UPDATE launch_log_size SET bytes = bytes + NEW.bytes
    WHERE registration = coalesce(NEW.registration, '')
        AND kind = CASE WHEN NEW.reason IS NULL THEN 'accepted' WHEN NEW.role IS NULL THEN 'unsigned' ELSE 'signed' END;
END;

DROP TRIGGER grade_is_unsettled_again;
CREATE TRIGGER grade_is_unsettled_again AFTER UPDATE ON grade
WHEN OLD.score IS NOT NEW.score OR OLD.maximum <> NEW.maximum OR OLD.activity_progress <> NEW.activity_progress OR OLD.grading_progress <> NEW.grading_progress
    OR OLD.comment IS NOT NEW.comment OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id
BEGIN
    INSERT INTO unsettled_grade (resource_link_id, account_id)
        SELECT resource_link_id, account_id FROM open_grade WHERE account_id = NEW.account_id AND resource_id = NEW.resource_id
        ON CONFLICT DO NOTHING;
END;
-- A value that the platform has already, or a grade for another resource.
CREATE TRIGGER grade_is_settled_again AFTER UPDATE ON grade
WHEN (OLD.score IS NOT NEW.score OR OLD.maximum <> NEW.maximum OR OLD.activity_progress <> NEW.activity_progress OR OLD.grading_progress <> NEW.grading_progress
    OR OLD.comment IS NOT NEW.comment OR OLD.account_id <> NEW.account_id OR OLD.resource_id <> NEW.resource_id)
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
