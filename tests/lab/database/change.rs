//! Changes that time, a platform or an earlier version of the tool could have caused.

use jiff::Timestamp;
use rusqlite::{ToSql, params};

use super::Database;

impl Database {
    /// Sets one of the platform details of a registration, by the name of its column.
    pub(crate) fn set_platform_detail(&self, slug: &str, column: &str, value: impl ToSql) {
        self.change_one(
            &format!("UPDATE registration SET {column} = ?1 WHERE slug = ?2"),
            params![value, slug],
        );
    }

    /// Clears all platform details, so that every registration is a draft.
    pub(crate) fn clear_platform_details(&self) {
        self.execute_all(
            "UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL,
                 access_token_url = NULL, authentication_request_url = NULL",
        );
    }

    /// Adds a registration, `other`, with the issuer of the existing one.
    pub(crate) fn copy_registration_with_another_client_id(&self) {
        self.copy_registration("issuer", "'other'");
    }

    /// Adds a registration, `other`, that differs from the existing one by a slash after the
    /// issuer.
    pub(crate) fn copy_registration_with_slash_after_issuer(&self) {
        self.copy_registration("issuer || '/'", "client_id");
    }

    fn copy_registration(&self, issuer: &str, client_id: &str) {
        self.change_one(
            &format!(
                "INSERT INTO registration (slug, name, issuer, client_id, keyset_url,
                     access_token_url, authentication_request_url, created_at, updated_at)
                 SELECT 'other', 'Other', {issuer}, {client_id}, keyset_url,
                     access_token_url, authentication_request_url, 0, 0 FROM registration"
            ),
            [],
        );
    }

    /// Adds an active registration of a platform that has its endpoints below a URL.
    pub(crate) fn insert_registration(&self, slug: &str, url: &str) {
        self.change_one(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url,
                 access_token_url, authentication_request_url, created_at, updated_at)
             VALUES (?1, ?1, ?2, 'client-of-' || ?1, ?2 || '/jwks', ?2 || '/token', ?2 || '/auth',
                 0, 0)",
            [slug, url],
        );
    }

    /// Adds an attempt of a platform to register with every registration URL.
    pub(crate) fn begin_dynamic_registration(&self, platform: &str) {
        self.change_one(
            "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform)
             SELECT registration_id, id, created_at, ?1 FROM registration_invitation",
            [platform],
        );
    }

    /// Marks these attempts as successful.
    pub(crate) fn finish_dynamic_registration(&self) {
        self.change_one(
            "UPDATE registration_attempt SET code = 'registered', finished_at = at",
            [],
        );
    }

    pub(crate) fn expire_registration_urls(&self) {
        self.change_one("UPDATE registration_invitation SET expires_at = created_at", []);
    }

    /// Removes the record that a launch named this host for grades or members.
    pub(crate) fn delete_service_origin(&self, origin: &str) {
        self.change_one(
            "DELETE FROM registration_origin
             WHERE kind = 'service' AND origin LIKE ?1 || '%'",
            [origin],
        );
    }

    /// Publishes all resources for listed registrations only, of which there are none.
    pub(crate) fn publish_for_no_registration(&self) {
        self.change_one("UPDATE resource SET all_registrations = 0", []);
    }

    /// Makes every resource a directory at this path.
    pub(crate) fn set_target_directory(&self, path: &str) {
        self.change_one("UPDATE resource SET target_kind = 'directory', target = ?1", [path]);
    }

    /// Makes every resource a graded app, with a key of 1970.
    pub(crate) fn set_target_app_with_old_key(&self, url: &str) {
        self.change_one(
            "UPDATE resource
             SET target_kind = 'app', target = ?1, max_grade = 10, app_key_created_at = 1",
            [url],
        );
    }

    pub(crate) fn set_setting(&self, key: &str, value: &str) {
        self.change_one("INSERT OR REPLACE INTO setting VALUES (?1, ?2)", [key, value]);
    }

    /// Adds the shared secret of an LTI 1.1 consumer, `school`.
    pub(crate) fn insert_consumer_secret(&self, secret: &str, created_at: Timestamp) {
        self.change_one(
            "INSERT INTO consumer_secret (consumer_key, secret, created_at)
             VALUES ('school', ?1, ?2)",
            params![secret.as_bytes(), created_at.as_millisecond()],
        );
    }

    /// Backdates the active key: it has signed since 1970.
    pub(crate) fn age_active_key(&self) {
        self.change_one("UPDATE signing_key SET signs_from = 0 WHERE state = 'active'", []);
    }

    /// Backdates all keys to 1970.
    pub(crate) fn age_all_keys(&self) {
        assert!(self.change("UPDATE signing_key SET created_at = 0", []) > 0);
    }

    /// Schedules the next key for one minute after its creation.
    pub(crate) fn hurry_next_key(&self) {
        self.change_one(
            "UPDATE signing_key SET signs_from = created_at + 60000 WHERE state = 'next'",
            [],
        );
    }

    pub(crate) fn set_platform_keyset(&self, keys: &str) {
        self.change_one("UPDATE platform_keyset SET keys = ?1", [keys]);
    }

    /// Makes every enrolment one by a launch that ended at 1970-01-01T00:00:01Z.
    pub(crate) fn end_enrolments(&self) {
        self.change_one("UPDATE enrolment SET ends_at = 1000, source = 'launch'", []);
    }

    pub(crate) fn expire_pending_launches(&self) {
        assert!(self.change("UPDATE pending_launch SET expires_at = 0", []) > 0);
    }

    /// Adds nonces that expired in 1970.
    pub(crate) fn insert_expired_nonces(&self, count: u32) {
        self.change(
            "WITH RECURSIVE number(n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
             INSERT INTO spent_nonce SELECT n, 1000 FROM number",
            [count],
        );
    }

    /// Adds a launch in the year 5138.
    pub(crate) fn insert_launch_of_the_future(&self) {
        self.change_one(
            "INSERT INTO launch (id, at) VALUES ('7zzzzzzzzzzzzzzz', 99999999999999)",
            [],
        );
    }

    /// Counts logins at the URL without a slug, in this hour and for every registration.
    pub(crate) fn count_generic_logins(&self, count: u32) {
        self.change(
            "INSERT INTO tally (hour, registration, what, detail, count, last_at)
             SELECT unixepoch() / 3600, slug, 'generic_login', '', ?1, unixepoch() * 1000
             FROM registration",
            [count],
        );
    }

    /// Adds launches of 1970, with a kilobyte of text each.
    pub(crate) fn fill_launch_log(&self, count: u32) {
        self.change(
            "WITH RECURSIVE number(n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
             INSERT INTO launch (id, at, cause)
             SELECT printf('%016d', n), 0, hex(zeroblob(500)) FROM number",
            [count],
        );
    }

    /// Sets the cause of all launches.
    pub(crate) fn set_launch_cause(&self, cause: &str) {
        assert!(self.change("UPDATE launch SET cause = ?1", [cause]) > 0);
    }

    /// Adds a grade that the platform does not accept, for one account and link.
    pub(crate) fn insert_stuck_grade(&self) {
        self.change_one(
            "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, is_final,
                 code, problem, fix)
             SELECT link.id, account.id, 'sub', 1, 1, 'scope_not_granted',
                 'the platform does not grant it', 'Switch it on.'
             FROM resource_link AS link, account",
            [],
        );
    }

    /// Records that each of these accounts, with its platform user, opened a platform's link in
    /// 1970.
    pub(crate) fn insert_link_users(
        &self,
        resource_link_id: &str,
        users: impl IntoIterator<Item = (i64, String)>,
    ) {
        self.begin_writing();
        for (account_id, sub) in users {
            self.change_one(
                "INSERT INTO resource_link_user
                     (resource_link_id, account_id, sub, teaches, last_launch_at)
                 SELECT id, ?1, ?2, 0, 0 FROM resource_link WHERE resource_link_id = ?3",
                params![account_id, sub, resource_link_id],
            );
        }
        self.commit();
    }
}
