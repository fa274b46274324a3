//! Changes that only a fault of the disk, another program or an intruder could have caused.

use super::Database;

impl Database {
    pub(crate) fn set_schema_version(&self, version: u32) {
        if self.is_file() {
            self.file().pragma_update(None, "user_version", version).unwrap();
        } else {
            self.change_one(
                "UPDATE schema_version SET version = ?1, usable_from = ?1",
                &[version.into()],
            );
        }
    }

    /// Sets the number that distinguishes databases of the tool from those of other programs.
    pub(crate) fn set_application_id(&self, id: u32) {
        self.file().pragma_update(None, "application_id", id).unwrap();
    }

    pub(crate) fn delete_settings(&self) {
        self.execute_all("DELETE FROM setting");
    }

    pub(crate) fn delete_state_key(&self) {
        self.execute_all("DELETE FROM secret");
    }

    /// Deletes the registrations, but nothing that refers to them.
    pub(crate) fn leave_dangling_references(&self) {
        self.execute_all(self.one_of(
            "PRAGMA foreign_keys = OFF; DELETE FROM registration",
            "SET session_replication_role = replica; DELETE FROM registration",
        ));
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
        self.corrupt_active_key("private_key", &[1, 2]);
    }

    pub(crate) fn corrupt_active_public_key(&self) {
        self.corrupt_active_key("modulus", &[0xff]);
    }

    fn corrupt_active_key(&self, column: &str, bytes: &[u8]) {
        let statement = format!("UPDATE signing_key SET {column} = ?1 WHERE state = 'active'");
        self.change_one(&statement, &[bytes.into()]);
    }

    /// Makes all keys published ones, so that none is active.
    pub(crate) fn deactivate_keys(&self) {
        assert!(self.change("UPDATE signing_key SET state = 'published'", &[]) > 0);
    }

    /// Makes every attempt to store a registration URL fail.
    pub(crate) fn refuse_registration_urls(&self) {
        self.execute_all(self.one_of(
            "CREATE TRIGGER refuse BEFORE INSERT ON registration_invitation
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
            "CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS
                 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
             CREATE TRIGGER refuse BEFORE INSERT ON registration_invitation
                 FOR EACH ROW EXECUTE FUNCTION refuse()",
        ));
    }

    pub(crate) fn stop_refusing_registration_urls(&self) {
        self.execute_all(self.one_of("DROP TRIGGER refuse", "DROP FUNCTION refuse() CASCADE"));
    }

    /// Whether the database itself refuses to delete entries of the audit log.
    pub(crate) fn is_audit_log_protected(&self) -> bool {
        self.try_change("DELETE FROM audit", &[]).is_err()
    }

    /// Removes the protection against changes of audit entries.
    pub(crate) fn allow_audit_changes(&self) {
        self.execute_all(self.one_of(
            "DROP TRIGGER audit_is_not_changed",
            "DROP TRIGGER audit_only_grows ON audit;
             CREATE TRIGGER audit_only_grows BEFORE DELETE ON audit
                 FOR EACH ROW EXECUTE FUNCTION audit_only_grows()",
        ));
    }

    /// Removes the protection against deletion of audit entries.
    pub(crate) fn allow_audit_deletion(&self) {
        self.execute_all(
            self.one_of(
                "DROP TRIGGER audit_is_not_deleted",
                "DROP TRIGGER audit_only_grows ON audit",
            ),
        );
    }

    /// Names another actor in an audit entry.
    pub(crate) fn alter_audit_entry(&self, id: i64) {
        self.change_one("UPDATE audit SET actor = 'mallory' WHERE id = ?1", &[id.into()]);
    }

    pub(crate) fn delete_audit_entry(&self, id: i64) {
        self.change_one("DELETE FROM audit WHERE id = ?1", &[id.into()]);
    }

    /// Deletes an audit entry and all later ones.
    pub(crate) fn cut_off_audit_log(&self, first: i64) {
        assert!(self.change("DELETE FROM audit WHERE id >= ?1", &[first.into()]) > 0);
    }
}
