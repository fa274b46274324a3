-- Names the person's grade of the link for the outcome service of LTI 1.1 (lis_result_sourcedid), from the newest launch that had one.
ALTER TABLE resource_link_user ADD COLUMN result_sourcedid TEXT;

-- What the platform refused under another name is due again.
CREATE TRIGGER grade_has_another_name AFTER UPDATE OF result_sourcedid ON resource_link_user WHEN OLD.result_sourcedid IS NOT NEW.result_sourcedid BEGIN
    UPDATE grade_delivery SET tries = 0, next_try_at = NULL, is_final = 0
    WHERE resource_link_id = NEW.resource_link_id AND account_id = NEW.account_id AND sub = NEW.sub AND is_final;
END;
