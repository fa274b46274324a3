-- A deployment may have no name. Until now, one that was added without a name had its deployment ID as its name.
DROP TRIGGER deployment_is_found;
DROP TRIGGER deployment_is_found_elsewhere;
DROP VIEW search_deployment;

ALTER TABLE deployment ADD COLUMN given_name TEXT;
UPDATE deployment SET given_name = name WHERE name <> deployment_id;
ALTER TABLE deployment DROP COLUMN name;
ALTER TABLE deployment RENAME COLUMN given_name TO name;

CREATE VIEW search_deployment AS
    SELECT id AS key, (1 << 60) | id AS place, search_words(1, name) AS name, search_words(1, deployment_id) AS id, search_words(1, 'r' || registration_id) AS registration,
        search_words(1, deployment_id) AS deployment
    FROM deployment;
CREATE TRIGGER deployment_is_found AFTER INSERT ON deployment BEGIN
    INSERT INTO search_index (rowid, name, id, registration, deployment) SELECT place, name, id, registration, deployment FROM search_deployment WHERE key = NEW.id;
END;
CREATE TRIGGER deployment_is_found_elsewhere AFTER UPDATE OF name, deployment_id, registration_id ON deployment
WHEN (OLD.name, OLD.deployment_id, OLD.registration_id) IS NOT (NEW.name, NEW.deployment_id, NEW.registration_id)
BEGIN
    DELETE FROM search_index WHERE rowid = (1 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, registration, deployment) SELECT place, name, id, registration, deployment FROM search_deployment WHERE key = NEW.id;
END;
