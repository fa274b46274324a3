-- Which context roles of LTI make someone staff.
ALTER TABLE registration ADD COLUMN staff_roles TEXT NOT NULL DEFAULT 'Instructor,TeachingAssistant,ContentDeveloper,Administrator' CHECK (staff_roles <> '');
