//! Questions to the server about itself and a database.

/// The server, the connection and the database.
pub(in crate::store) const STATE: &str = "SELECT split_part(current_setting('server_version'), ' ', 1) AS version, pg_is_in_recovery() AS is_standby,
         coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE) AS is_encrypted,
         current_setting('data_checksums') = 'on' AS has_checksums,
         pg_database_size(current_database()) AS bytes";

/// Settings that may lose committed changes. A value of `synchronous_commit` other than `off` waits at least for the server's own disk.
pub(in crate::store) const UNSAFE_SETTINGS: &str = "SELECT name || ' = ' || setting AS line FROM pg_settings
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";

/// Indexes and constraints that do not do what they should.
pub(in crate::store) const INVALID: &str = "SELECT 'index ' || class.relname AS line
     FROM pg_index AS part JOIN pg_class AS class ON class.oid = part.indexrelid
     WHERE NOT part.indisvalid AND class.relnamespace = CAST(current_schema() AS REGNAMESPACE)
     UNION ALL
     SELECT 'constraint ' || conname FROM pg_constraint
     WHERE NOT convalidated AND connamespace = CAST(current_schema() AS REGNAMESPACE)
     ORDER BY line";

/// Tables with their sizes.
pub(in crate::store) const TABLES: &str =
    "SELECT CAST(relname AS TEXT) AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
     WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS REGNAMESPACE)
     ORDER BY relname COLLATE \"C\"";
