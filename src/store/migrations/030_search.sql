-- What `ltictl search` finds. Places are numbers: a kind in the bits from 60 on, and below them the key of a row; of a launch, the first 12 characters of its ID. Texts are not stored, only
-- their words, which search_words() returns in the form that the tokenizer splits at spaces. Each has the letter of its kind in front, so that a search for one kind reads nothing of others.
CREATE VIRTUAL TABLE search_index USING fts5 (
    name, id, email, issuer, client_id, url, description, registration, resource, course, user, deployment, reason, role, noun, action, actor,
    content = '', contentless_delete = 1, prefix = '3 5', tokenize = 'ascii'
);

-- Every place of every word, to estimate how many words have a beginning.
CREATE VIRTUAL TABLE search_term USING fts5vocab (search_index, instance);

-- What is still to be indexed: rows of a kind after a place, up to another one if that is not NULL. Logs only grow, so they are indexed later than they are written.
CREATE TABLE search_backlog (
    kind     INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    last     INTEGER
) STRICT;

-- The words of each row by field. Registrations and resources that others belong to are named by their keys, which are not changed when they are renamed.
CREATE VIEW search_registration AS
    SELECT id AS key, (0 << 60) | id AS place, search_words(0, name) AS name, search_words(0, slug) AS id, search_words(0, issuer) AS issuer, search_words(0, client_id) AS client_id,
        search_words(0, concat_ws(' ', keyset_url, access_token_url, authentication_request_url)) AS url, search_words(0, 'r' || id) AS registration
    FROM registration;

CREATE VIEW search_deployment AS
    SELECT id AS key, (1 << 60) | id AS place, search_words(1, name) AS name, search_words(1, deployment_id) AS id, search_words(1, 'r' || registration_id) AS registration,
        search_words(1, deployment_id) AS deployment
    FROM deployment;

CREATE VIEW search_resource AS
    SELECT id AS key, (2 << 60) | id AS place, search_words(2, name) AS name, search_words(2, slug || ' ' || uuid) AS id, search_words(2, target) AS url, search_words(2, description) AS description,
        search_words(2, 'r' || id) AS resource
    FROM resource;

CREATE VIEW search_account AS
    SELECT id AS key, (3 << 60) | id AS place, search_words(3, coalesce(name, concat_ws(' ', given_name, family_name))) AS name, search_words(3, username || ' ' || uuid) AS id,
        search_words(3, email) AS email, search_words(3, institution) AS description,
        search_words(3, concat_ws(' ', username, name, given_name, family_name)) AS user
    FROM account;

CREATE VIEW search_course AS
    SELECT context.id AS key, (4 << 60) | context.id AS place, search_words(4, concat_ws(' ', title, label)) AS name, search_words(4, context_id) AS id,
        search_words(4, 'r' || deployment.registration_id) AS registration, search_words(4, concat_ws(' ', title, label)) AS course, search_words(4, deployment.deployment_id) AS deployment
    FROM context JOIN deployment ON deployment.id = context.deployment_id;

CREATE VIEW search_link AS
    SELECT link.id AS key, (5 << 60) | link.id AS place, search_words(5, link.title) AS name, search_words(5, link.resource_link_id) AS id, search_words(5, 'r' || deployment.registration_id) AS registration,
        search_words(5, 'r' || link.resource_id) AS resource, search_words(5, deployment.deployment_id) AS deployment
    FROM resource_link AS link JOIN deployment ON deployment.id = link.deployment_id;

CREATE VIEW search_launch AS
    SELECT id AS key, (6 << 60) | launch_place(id) AS place, search_words(6, concat_ws(' ', user_name, resource_link_title)) AS name,
        search_words(6, concat_ws(' ', id, request_id, first_request_id, resource_link_id)) AS id, search_words(6, registration) AS registration, search_words(6, resource) AS resource,
        search_words(6, context_title) AS course, search_words(6, concat_ws(' ', sub, user_name)) AS user, search_words(6, deployment_id) AS deployment, search_words(6, coalesce(reason, 'accepted')) AS reason,
        search_words(6, role) AS role
    FROM launch;

CREATE VIEW search_audit AS
    SELECT id AS key, (7 << 60) | id AS place, search_words(7, name) AS name, search_words(7, id) AS id, search_words(7, noun) AS noun, search_words(7, action) AS action,
        search_words(7, actor || ' ' || via) AS actor
    FROM audit;

CREATE TRIGGER registration_is_found AFTER INSERT ON registration BEGIN
    INSERT INTO search_index (rowid, name, id, issuer, client_id, url, registration)
        SELECT place, name, id, issuer, client_id, url, registration FROM search_registration WHERE key = NEW.id;
END;
CREATE TRIGGER registration_is_found_elsewhere
AFTER UPDATE OF name, slug, issuer, client_id, keyset_url, access_token_url, authentication_request_url ON registration
WHEN (OLD.name, OLD.slug, OLD.issuer, OLD.client_id, OLD.keyset_url, OLD.access_token_url, OLD.authentication_request_url)
    IS NOT (NEW.name, NEW.slug, NEW.issuer, NEW.client_id, NEW.keyset_url, NEW.access_token_url, NEW.authentication_request_url)
BEGIN
    DELETE FROM search_index WHERE rowid = (0 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, issuer, client_id, url, registration)
        SELECT place, name, id, issuer, client_id, url, registration FROM search_registration WHERE key = NEW.id;
END;
CREATE TRIGGER registration_is_not_found AFTER DELETE ON registration BEGIN DELETE FROM search_index WHERE rowid = (0 << 60) | OLD.id; END;

CREATE TRIGGER deployment_is_found AFTER INSERT ON deployment BEGIN
    INSERT INTO search_index (rowid, name, id, registration, deployment) SELECT place, name, id, registration, deployment FROM search_deployment WHERE key = NEW.id;
END;
CREATE TRIGGER deployment_is_found_elsewhere AFTER UPDATE OF name, deployment_id, registration_id ON deployment
WHEN (OLD.name, OLD.deployment_id, OLD.registration_id) IS NOT (NEW.name, NEW.deployment_id, NEW.registration_id)
BEGIN
    DELETE FROM search_index WHERE rowid = (1 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, registration, deployment) SELECT place, name, id, registration, deployment FROM search_deployment WHERE key = NEW.id;
END;
CREATE TRIGGER deployment_is_not_found AFTER DELETE ON deployment BEGIN DELETE FROM search_index WHERE rowid = (1 << 60) | OLD.id; END;

CREATE TRIGGER resource_is_found AFTER INSERT ON resource BEGIN
    INSERT INTO search_index (rowid, name, id, url, description, resource) SELECT place, name, id, url, description, resource FROM search_resource WHERE key = NEW.id;
END;
CREATE TRIGGER resource_is_found_elsewhere AFTER UPDATE OF name, slug, uuid, target, description ON resource
WHEN (OLD.name, OLD.slug, OLD.uuid, OLD.target, OLD.description) IS NOT (NEW.name, NEW.slug, NEW.uuid, NEW.target, NEW.description)
BEGIN
    DELETE FROM search_index WHERE rowid = (2 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, url, description, resource) SELECT place, name, id, url, description, resource FROM search_resource WHERE key = NEW.id;
END;
CREATE TRIGGER resource_is_not_found AFTER DELETE ON resource BEGIN DELETE FROM search_index WHERE rowid = (2 << 60) | OLD.id; END;

CREATE TRIGGER account_is_found AFTER INSERT ON account BEGIN
    INSERT INTO search_index (rowid, name, id, email, description, user) SELECT place, name, id, email, description, user FROM search_account WHERE key = NEW.id;
END;
CREATE TRIGGER account_is_found_elsewhere AFTER UPDATE OF name, given_name, family_name, username, uuid, email, institution ON account
WHEN (OLD.name, OLD.given_name, OLD.family_name, OLD.username, OLD.uuid, OLD.email, OLD.institution)
    IS NOT (NEW.name, NEW.given_name, NEW.family_name, NEW.username, NEW.uuid, NEW.email, NEW.institution)
BEGIN
    DELETE FROM search_index WHERE rowid = (3 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, email, description, user) SELECT place, name, id, email, description, user FROM search_account WHERE key = NEW.id;
END;
CREATE TRIGGER account_is_not_found AFTER DELETE ON account BEGIN DELETE FROM search_index WHERE rowid = (3 << 60) | OLD.id; END;

CREATE TRIGGER course_is_found AFTER INSERT ON context BEGIN
    INSERT INTO search_index (rowid, name, id, registration, course, deployment) SELECT place, name, id, registration, course, deployment FROM search_course WHERE key = NEW.id;
END;
CREATE TRIGGER course_is_found_elsewhere AFTER UPDATE OF title, label, context_id, deployment_id ON context
WHEN (OLD.title, OLD.label, OLD.context_id, OLD.deployment_id) IS NOT (NEW.title, NEW.label, NEW.context_id, NEW.deployment_id)
BEGIN
    DELETE FROM search_index WHERE rowid = (4 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, registration, course, deployment) SELECT place, name, id, registration, course, deployment FROM search_course WHERE key = NEW.id;
END;
CREATE TRIGGER course_is_not_found AFTER DELETE ON context BEGIN DELETE FROM search_index WHERE rowid = (4 << 60) | OLD.id; END;

CREATE TRIGGER link_is_found AFTER INSERT ON resource_link BEGIN
    INSERT INTO search_index (rowid, name, id, registration, resource, deployment) SELECT place, name, id, registration, resource, deployment FROM search_link WHERE key = NEW.id;
END;
CREATE TRIGGER link_is_found_elsewhere AFTER UPDATE OF title, resource_link_id, resource_id, deployment_id ON resource_link
WHEN (OLD.title, OLD.resource_link_id, OLD.resource_id, OLD.deployment_id) IS NOT (NEW.title, NEW.resource_link_id, NEW.resource_id, NEW.deployment_id)
BEGIN
    DELETE FROM search_index WHERE rowid = (5 << 60) | OLD.id;
    INSERT INTO search_index (rowid, name, id, registration, resource, deployment) SELECT place, name, id, registration, resource, deployment FROM search_link WHERE key = NEW.id;
END;
CREATE TRIGGER link_is_not_found AFTER DELETE ON resource_link BEGIN DELETE FROM search_index WHERE rowid = (5 << 60) | OLD.id; END;

CREATE TRIGGER launch_is_not_found AFTER DELETE ON launch BEGIN DELETE FROM search_index WHERE rowid = (6 << 60) | launch_place(OLD.id); END;

-- Everything that exists already is indexed after the migration, in short writes.
INSERT INTO search_backlog (kind, position, last)
    SELECT 0, 0, max(id) FROM registration HAVING max(id) IS NOT NULL
    UNION ALL SELECT 1, 0, max(id) FROM deployment HAVING max(id) IS NOT NULL
    UNION ALL SELECT 2, 0, max(id) FROM resource HAVING max(id) IS NOT NULL
    UNION ALL SELECT 3, 0, max(id) FROM account HAVING max(id) IS NOT NULL
    UNION ALL SELECT 4, 0, max(id) FROM context HAVING max(id) IS NOT NULL
    UNION ALL SELECT 5, 0, max(id) FROM resource_link HAVING max(id) IS NOT NULL
    UNION ALL SELECT 6, 0, NULL
    UNION ALL SELECT 7, 0, NULL;
