-- What content selection offers, in the order in which it is shown: a page is read by index however many resources there are. Only published resources have a row. The key
-- contains the course's name and slug and the resource's own, without capitals and accents, and is searched, too.
CREATE TABLE resource_list (
    resource_id INTEGER PRIMARY KEY REFERENCES resource (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    -- Whether all registrations may use the resource.
    is_for_all  INTEGER NOT NULL CHECK (is_for_all IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX resource_list_by_key ON resource_list (is_for_all, key);

CREATE INDEX resource_by_course ON resource (course_id) WHERE course_id IS NOT NULL;

INSERT INTO resource_list (resource_id, key, is_for_all)
    SELECT resource.id,
           CASE WHEN resource.kind = 'course' THEN char(2) || folded(resource.name) || char(1) || resource.slug || char(2)
                WHEN course.id IS NULL THEN char(3, 3)
                ELSE char(2) || folded(course.name) || char(1) || course.slug || char(3) END
               || folded(resource.name) || char(1) || resource.slug,
           resource.all_registrations
    FROM resource LEFT JOIN resource AS course ON course.id = resource.course_id
    WHERE resource.published;
