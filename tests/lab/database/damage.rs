//! Changes that only a fault of the disk, another program or an intruder could have caused.

use super::Database;

impl Database {
    pub(crate) fn set_schema_version(&self, version: u32) {
        self.connection.pragma_update(None, "user_version", version).unwrap();
    }

    /// Sets the number that distinguishes databases of the tool from those of other programs.
    pub(crate) fn set_application_id(&self, id: u32) {
        self.connection.pragma_update(None, "application_id", id).unwrap();
    }

    pub(crate) fn delete_settings(&self) {
        self.execute_all("DELETE FROM setting");
    }

    pub(crate) fn delete_state_key(&self) {
        self.execute_all("DELETE FROM secret");
    }

    /// Deletes the registrations, but nothing that refers to them.
    pub(crate) fn leave_dangling_references(&self) {
        self.execute_all("PRAGMA foreign_keys = OFF; DELETE FROM registration");
    }

    /// Stores a value that a `CHECK` of the schema forbids.
    pub(crate) fn violate_check_constraint(&self) {
        self.execute_all(
            "PRAGMA ignore_check_constraints = ON; UPDATE registration SET allow_anonymous = 2",
        );
    }

    /// Makes the contents of indexes differ from their tables.
    pub(crate) fn corrupt_indexes(&self) {
        self.execute_all(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'course_id', 'created_at')
             WHERE name = 'resource_registration_by_registration';
             CREATE INDEX odd ON registration (name);
             UPDATE sqlite_schema SET sql = 'CREATE INDEX odd ON registration (slug)'
             WHERE name = 'odd';
             PRAGMA writable_schema = RESET;",
        );
    }

    pub(crate) fn corrupt_active_private_key(&self) {
        self.change_one("UPDATE signing_key SET private_key = x'0102' WHERE state = 'active'", []);
    }

    pub(crate) fn corrupt_active_public_key(&self) {
        self.change_one("UPDATE signing_key SET modulus = x'ff' WHERE state = 'active'", []);
    }

    /// Makes all keys published ones, so that none is active.
    pub(crate) fn deactivate_keys(&self) {
        assert!(self.change("UPDATE signing_key SET state = 'published'", []) > 0);
    }

    /// Makes every attempt to store a registration URL fail.
    pub(crate) fn refuse_registration_urls(&self) {
        self.execute_all(
            "CREATE TRIGGER refuse BEFORE INSERT ON registration_invitation
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        );
    }

    pub(crate) fn stop_refusing_registration_urls(&self) {
        self.execute_all("DROP TRIGGER refuse");
    }

    /// Whether the database itself refuses to delete entries of the audit log.
    pub(crate) fn is_audit_log_protected(&self) -> bool {
        self.connection.execute("DELETE FROM audit", []).is_err()
    }

    /// Removes the protection against changes of audit entries.
    pub(crate) fn allow_audit_changes(&self) {
        self.execute_all("DROP TRIGGER audit_is_not_changed");
    }

    /// Removes the protection against deletion of audit entries.
    pub(crate) fn allow_audit_deletion(&self) {
        self.execute_all("DROP TRIGGER audit_is_not_deleted");
    }

    /// Names another actor in an audit entry.
    pub(crate) fn alter_audit_entry(&self, id: i64) {
        self.change_one("UPDATE audit SET actor = 'mallory' WHERE id = ?1", [id]);
    }

    pub(crate) fn delete_audit_entry(&self, id: i64) {
        self.change_one("DELETE FROM audit WHERE id = ?1", [id]);
    }

    /// Deletes an audit entry and all later ones.
    pub(crate) fn cut_off_audit_log(&self, first: i64) {
        assert!(self.change("DELETE FROM audit WHERE id >= ?1", [first]) > 0);
    }
}
