//! The schema: its versions and migrations.

use rusqlite_migration::{M, Migrations};

use super::super::super::error::Error;
use super::{Connection, functions};

/// Identifies the file as a database of this program (`LTIC` in ASCII).
pub(in crate::store) const APPLICATION_ID: i32 = 0x4c54_4943;

pub(in crate::store) const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/001_initial.sql")),
    M::up(include_str!("../../migrations/002_dynamic_registration.sql")),
    M::up(include_str!("../../migrations/003_accounts.sql")),
    M::up(include_str!("../../migrations/004_platform_product_and_algorithms.sql")),
    M::up(include_str!("../../migrations/005_synchronization.sql")),
    M::up(include_str!("../../migrations/006_audit.sql")),
    M::up(include_str!("../../migrations/007_managed.sql")),
    M::up(include_str!("../../migrations/008_key_rotation.sql")),
    M::up(include_str!("../../migrations/009_launch_log.sql")),
    M::up(include_str!("../../migrations/010_platform_keyset.sql")),
    M::up(include_str!("../../migrations/011_app_keys.sql")),
    M::up(include_str!("../../migrations/012_sync_by_platform.sql")),
    M::up(include_str!("../../migrations/013_issuer_neighbourhood.sql")),
    M::up(include_str!("../../migrations/014_confirmed_departures.sql")),
    M::up(include_str!("../../migrations/015_tenancy.sql")),
    M::up(include_str!("../../migrations/016_limits.sql")),
    M::up(include_str!("../../migrations/017_client_ids_without_case.sql")),
    M::up(include_str!("../../migrations/018_creators_by_tenant.sql")),
    M::up(include_str!("../../migrations/019_waiting_launches_by_user.sql")),
    M::up(include_str!("../../migrations/020_submission_period.sql")),
    M::up(include_str!("../../migrations/021_expiry.sql")),
    M::up(include_str!("../../migrations/022_resource_list.sql")),
    M::up(include_str!("../../migrations/023_growth.sql")),
    M::up(include_str!("../../migrations/024_launch_cost.sql")),
    M::up(include_str!("../../migrations/025_unsettled_grades.sql")),
    M::up(include_str!("../../migrations/026_launch_count.sql")),
    M::up(include_str!("../../migrations/027_fewer_temporary_tables.sql")),
    M::up(include_str!("../../migrations/028_resources_of_a_link.sql")),
    M::up(include_str!("../../migrations/029_staff_roles.sql")),
    M::up(include_str!("../../migrations/030_search.sql")),
    M::up(include_str!("../../migrations/031_submission_times.sql")),
    M::up(include_str!("../../migrations/032_waiting_launch_by_request.sql")),
    M::up(include_str!("../../migrations/033_consumers.sql")),
    M::up(include_str!("../../migrations/034_result_sourcedids.sql")),
    M::up(include_str!("../../migrations/035_deployments_without_name.sql")),
    M::up(include_str!("../../migrations/036_signature_comparisons.sql")),
    M::up(include_str!("../../migrations/037_member_lists_of_consumers.sql")),
    M::up(include_str!("../../migrations/038_tool_proxies.sql")),
    M::up(include_str!("../../migrations/039_consumer_migrations.sql")),
    M::up(include_str!("../../migrations/040_migrated_users.sql")),
    M::up(include_str!("../../migrations/041_pending_proxies.sql")),
    M::up(include_str!("../../migrations/042_client_ids_in_lower_case.sql")),
    M::up(include_str!("../../migrations/043_running_servers.sql")),
    M::up(include_str!("../../migrations/044_web_apps.sql")),
    M::up(include_str!("../../migrations/045_openid_clients.sql")),
    M::up(include_str!("../../migrations/046_identity_providers.sql")),
    M::up(include_str!("../../migrations/047_headers_of_apps.sql")),
    M::up(include_str!("../../migrations/048_course_copies.sql")),
    M::up(include_str!("../../migrations/049_grade_scope.sql")),
    M::up(include_str!("../../migrations/050_notices.sql")),
];

/// The newest schema version that this program supports.
pub(in crate::store) const SCHEMA_VERSION: usize = MIGRATIONS.len();

/// Whether the triggers exist that refuse to change and to delete entries of the audit log.
const APPEND_ONLY: &str = "SELECT count(*) = 2 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 AND (name, sql) IN (VALUES
         ('audit_is_not_changed', 'CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, ''the audit log is append-only'');
END'),
         ('audit_is_not_deleted', 'CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, ''the audit log is append-only'');
END'))";

impl Connection {
    /// Whether triggers refuse to change and to delete rows of a table.
    pub(in crate::store) fn is_append_only(&self, table: &str) -> Result<bool, Error> {
        self.in_file(|| Ok(self.0.query_row(APPEND_ONLY, [table], |row| row.get(0))?))
    }

    /// The version of the schema.
    pub(in crate::store) fn schema_version(&self) -> Result<usize, Error> {
        let version = self.in_file(|| {
            let mut statement = self.0.prepare_cached("PRAGMA user_version")?;
            Ok(statement.query_row([], |row| row.get::<_, i64>("user_version"))?)
        })?;
        Ok(version.try_into().unwrap_or(usize::MAX))
    }

    /// Brings an older schema up to date. Returns `false` if another process has done so meanwhile.
    pub(in crate::store) fn migrate(&mut self) -> Result<bool, Error> {
        self.0.pragma_update(None, "application_id", APPLICATION_ID)?;
        functions::add_for_migrations(&self.0)?;
        // Otherwise, a table that is replaced by another one would take the rows that refer to it
        // along.
        self.0.pragma_update(None, "foreign_keys", false)?;
        let migrated = Migrations::from_slice(MIGRATIONS).to_latest(&mut self.0);
        self.0.pragma_update(None, "foreign_keys", true)?;
        match migrated {
            Ok(()) => Ok(true),
            Err(_) if self.schema_version()? == SCHEMA_VERSION => Ok(false),
            Err(error) => Err(Error::Migration(error.to_string())),
        }
    }

    /// Writes the first page, although nothing in it changes.
    pub(in crate::store) fn touch(&self) -> Result<(), Error> {
        let version = i64::try_from(self.schema_version()?).unwrap_or(i64::MAX);
        Ok(self.0.pragma_update(None, "user_version", version)?)
    }
}
