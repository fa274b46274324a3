//! Changes that time, a platform or an earlier version of the tool could have caused.

use super::{Database, Value};
use jiff::Timestamp;

impl Database {
    /// Sets one of the platform details of a registration, by the name of its column.
    pub(crate) fn set_platform_detail(&self, slug: &str, column: &str, value: impl Into<Value>) {
        self.change_one(
            &format!("UPDATE registration SET {column} = ?1 WHERE slug = ?2"),
            &[value.into(), slug.into()],
        );
    }

    /// Dates the last changes of registrations and resources to the year 2000, so that tests can
    /// choose times after them.
    pub(crate) fn date_changes_back(&self) {
        for table in ["registration", "resource"] {
            self.execute_all(&format!("UPDATE {table} SET updated_at = 946684800000"));
        }
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
            &[],
        );
    }

    /// Adds an active registration of a platform that has its endpoints below a URL.
    pub(crate) fn insert_registration(&self, slug: &str, url: &str) {
        self.change_one(
            "INSERT INTO registration (slug, name, issuer, client_id, keyset_url,
                 access_token_url, authentication_request_url, created_at, updated_at)
             VALUES (?1, ?1, ?2, 'client-of-' || ?1, ?2 || '/jwks', ?2 || '/token', ?2 || '/auth',
                 0, 0)",
            &[slug.into(), url.into()],
        );
    }

    /// Makes registrations differ in what they are and in what happened to them, by their IDs, so
    /// that few of a filled database are alike.
    pub(crate) fn vary_registrations(&self) {
        self.execute_all(
            "UPDATE registration SET enabled = 0 WHERE id % 7 = 1;
             UPDATE registration SET issuer = NULL, client_id = NULL, keyset_url = NULL,
                 access_token_url = NULL, authentication_request_url = NULL WHERE id % 11 = 2;
             UPDATE registration SET issuer = 'https://shared-' || (id % 13) || '.example.edu'
                 WHERE id % 5 = 3 AND issuer IS NOT NULL;
             UPDATE registration SET issuer = 'https://lms-' || (id - 1) || '.example.edu/',
                 client_id = 'client-' || (id - 1) WHERE id % 17 = 4 AND issuer IS NOT NULL;
             UPDATE registration SET issuer = 'https://canvas.instructure.com', product = 'canvas'
                 WHERE id % 19 = 5 AND issuer IS NOT NULL;
             UPDATE registration SET product = 'moodle' WHERE id % 3 = 1 AND product IS NULL;
             UPDATE registration SET keyset_url = 'http://keys.example.org/' || id WHERE id % 23 = 6
                 AND issuer IS NOT NULL;
             UPDATE registration SET token_audience = 'https://elsewhere.example.org'
                 WHERE id % 29 = 7;
             UPDATE registration SET leeway_seconds = id % 200, algorithms = 'ES256'
                 WHERE id % 31 = 8;
             DELETE FROM deployment WHERE id % 37 = 9;
             UPDATE registration_total SET accounts = 900000000, session_bytes = registration_id << 30
                 WHERE registration_id % 41 = 10;
             UPDATE launch_log_size SET bytes = bytes << 30 WHERE length(registration) = 8;",
        );
        self.vary_launches();
    }

    /// Adds recent logins, launches and attempts, and grades that were not accepted.
    fn vary_launches(&self) {
        self.execute_all(
            "INSERT INTO tally
                 SELECT unixepoch() / 3600 - registration.id % 5, slug, kinds.value, browsers.value,
                     1 + registration.id * (3 + kinds.key) % 17, unixepoch() * 1000
                 FROM registration JOIN json_each(json_array('login_started', 'login_returned',
                         'cookie_missing', 'generic_login')) AS kinds
                     JOIN json_each(json_array('firefox', 'safari', 'chrome')) AS browsers
                 WHERE registration.id % (2 + kinds.key + browsers.key) = 1;
             INSERT INTO launch (id, at, reason, cause, actor, fix, registration, deployment_id,
                     clock_skew_seconds)
                 SELECT printf('zz%06d%06d%02d', registration.id, number.value, number.key),
                     unixepoch() * 1000 - number.value, reason.value, 'cause', 'platform',
                     'fix ' || number.value, nullif(slug, 'school-1'),
                     (registration.id + number.value) % 4,
                     nullif((registration.id % 9 - 4) * number.value, 0)
                 FROM registration
                     JOIN json_each('[1, 2, 3, 5, 8, 13, 90000000]') AS number
                     JOIN json_each('[\"token_expired\", \"deployment_unknown\", \"cookie_missing\",
                         \"kid_not_found\", \"platform_error:x\"]') AS reason
                         ON reason.key = (registration.id * number.value) % 5
                 WHERE registration.id % 4 = 1;
             UPDATE launch SET role = 'staff' WHERE length(registration) = 9 AND reason IS NULL;
             UPDATE launch SET message_type = 'LtiDeepLinkingRequest'
                 WHERE registration LIKE 'school-%1' AND reason IS NULL;
             DELETE FROM launch WHERE registration LIKE 'school-%7';
             INSERT INTO last_success SELECT slug, id * 1000 FROM registration WHERE id % 8 = 7;
             UPDATE grade_delivery SET code = 'code_' || (account_id % 3),
                     problem = 'Problem ' || account_id || '.', fix = 'fix ' || account_id,
                     newest_time = account_id
                 WHERE resource_link_id % 6 = 5;
             UPDATE resource_link SET grade_scopes = NULL, memberships_url = NULL WHERE id % 10 = 3;
             UPDATE resource SET published = 0 WHERE id % 14 = 3;
             INSERT OR IGNORE INTO registration_origin (registration_id, origin, kind)
                 SELECT registration.id, 'https://lms-' || (registration.id + near.value)
                     || '.example.edu', 'service'
                 FROM registration JOIN json_each('[0, 1, 40]') AS near
                 WHERE registration.id % (3 + near.key) = 0;
             INSERT INTO registration_invitation (id, registration_id, auto_confirm, created_at,
                     expires_at)
                 SELECT id, id, 0, 0, 1 FROM registration WHERE id % 12 < 3;
             INSERT INTO registration_attempt (registration_id, invitation_id, at, platform,
                     finished_at, code, problem, fix)
                 SELECT invitation.id, invitation.id, number.value, 'https://lms.example.edu',
                     iif(invitation.id % 3, 1, NULL),
                     iif(invitation.id % 3, 'code_' || number.value, NULL), 'Problem.', 'fix'
                 FROM registration_invitation AS invitation
                     JOIN json_each('[1, 2]') AS number;",
        );
    }

    /// Adds an attempt of a platform to register with every registration URL.
    pub(crate) fn begin_dynamic_registration(&self, platform: &str) {
        self.change_one(
            "INSERT INTO registration_attempt (registration_id, invitation_id, at, platform)
             SELECT registration_id, id, created_at, ?1 FROM registration_invitation",
            &[platform.into()],
        );
    }

    /// Marks these attempts as successful.
    pub(crate) fn finish_dynamic_registration(&self) {
        self.change_one(
            "UPDATE registration_attempt SET code = 'registered', finished_at = at",
            &[],
        );
    }

    pub(crate) fn expire_registration_urls(&self) {
        self.change_one("UPDATE registration_invitation SET expires_at = created_at", &[]);
    }

    /// Removes the record that a launch named this host for grades or members.
    pub(crate) fn delete_service_origin(&self, origin: &str) {
        self.change_one(
            "DELETE FROM registration_origin
             WHERE kind = 'service' AND origin LIKE ?1 || '%'",
            &[origin.into()],
        );
    }

    /// Publishes all resources for listed registrations only, of which there are none.
    pub(crate) fn publish_for_no_registration(&self) {
        self.change_one("UPDATE resource SET all_registrations = FALSE", &[]);
    }

    /// Makes every resource a directory at this path.
    pub(crate) fn set_target_directory(&self, path: &str) {
        self.change_one(
            "UPDATE resource SET target_kind = 'directory', target = ?1",
            &[path.into()],
        );
    }

    /// Makes every resource a graded app, with a key of 1970.
    pub(crate) fn set_target_app_with_old_key(&self, url: &str) {
        self.change_one(
            "UPDATE resource
             SET target_kind = 'app', target = ?1, max_grade = 10, app_key_created_at = 1",
            &[url.into()],
        );
    }

    pub(crate) fn set_setting(&self, key: &str, value: &str) {
        self.change_one(
            "INSERT INTO setting VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[key.into(), value.into()],
        );
    }

    /// Adds the shared secret of an LTI 1.1 consumer, `school`.
    pub(crate) fn insert_consumer_secret(&self, secret: &str, created_at: Timestamp) {
        self.change_one(
            "INSERT INTO registration (slug, name, protocol, created_at, updated_at)
             VALUES ('school', 'School', 'lti-1.1', 0, 0)",
            &[],
        );
        self.change_one(
            "INSERT INTO consumer (registration_id, consumer_key, cartridge_token)
             SELECT id, slug, slug FROM registration WHERE slug = 'school'",
            &[],
        );
        self.change_one(
            "INSERT INTO consumer_secret (registration_id, secret, created_at)
             SELECT id, ?1, ?2 FROM registration WHERE slug = 'school'",
            &[secret.as_bytes().into(), created_at.as_millisecond().into()],
        );
    }

    /// Backdates the active key: it has signed since 1970.
    pub(crate) fn age_active_key(&self) {
        self.change_one("UPDATE signing_key SET signs_from = 0 WHERE state = 'active'", &[]);
    }

    /// Backdates all keys to 1970.
    pub(crate) fn age_all_keys(&self) {
        assert!(self.change("UPDATE signing_key SET created_at = 0", &[]) > 0);
    }

    /// Schedules the next key for one minute after its creation.
    pub(crate) fn hurry_next_key(&self) {
        self.change_one(
            "UPDATE signing_key SET signs_from = created_at + 60000 WHERE state = 'next'",
            &[],
        );
    }

    pub(crate) fn set_platform_keyset(&self, keys: &str) {
        self.change_one("UPDATE platform_keyset SET keys = ?1", &[keys.into()]);
    }

    /// Makes every enrolment one by a launch that ended at 1970-01-01T00:00:01Z.
    pub(crate) fn end_enrolments(&self) {
        self.change_one("UPDATE enrolment SET ends_at = 1000, source = 'launch'", &[]);
    }

    pub(crate) fn expire_pending_launches(&self) {
        assert!(self.change("UPDATE pending_launch SET expires_at = 0", &[]) > 0);
    }

    /// Adds nonces that expired in 1970.
    pub(crate) fn insert_expired_nonces(&self, count: u32) {
        self.change(
            "WITH RECURSIVE number(n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
             INSERT INTO spent_nonce SELECT n, 1000 FROM number",
            &[count.into()],
        );
    }

    /// Adds a launch in the year 5138.
    pub(crate) fn insert_launch_of_the_future(&self) {
        self.change_one(
            "INSERT INTO launch (id, at) VALUES ('7zzzzzzzzzzzzzzz', 99999999999999)",
            &[],
        );
    }

    /// Counts logins at the URL without a slug, in this hour and for every registration.
    pub(crate) fn count_generic_logins(&self, count: u32) {
        let now = Timestamp::now();
        self.change(
            "INSERT INTO tally (hour, registration, what, detail, count, last_at)
             SELECT ?2, slug, 'generic_login', '', ?1, ?3 FROM registration",
            &[count.into(), (now.as_second() / 3600).into(), now.as_millisecond().into()],
        );
    }

    /// Adds launches of 1970, with a kilobyte of text each.
    pub(crate) fn fill_launch_log(&self, count: u32) {
        self.change(
            "WITH RECURSIVE number(n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
             INSERT INTO launch (id, at, cause)
             SELECT substr(CAST(10000000000000000 + n AS TEXT), 2), 0, ?2 FROM number",
            &[count.into(), "0".repeat(1000).into()],
        );
    }

    /// Sets the cause of all launches.
    pub(crate) fn set_launch_cause(&self, cause: &str) {
        assert!(self.change("UPDATE launch SET cause = ?1", &[cause.into()]) > 0);
    }

    /// Adds a grade that the platform does not accept, for one account and link.
    pub(crate) fn insert_stuck_grade(&self) {
        self.change_one(
            "INSERT INTO grade_delivery (resource_link_id, account_id, sub, newest_time, is_final,
                 code, problem, fix)
             SELECT link.id, account.id, 'sub', 1, TRUE, 'scope_not_granted',
                 'the platform does not grant it', 'Switch it on.'
             FROM resource_link AS link, account",
            &[],
        );
    }

    /// Records that each of these accounts, with its platform user, opened a platform's link in
    /// 1970; under LTI 1.1, with the names of their grades.
    pub(crate) fn insert_link_users(
        &self,
        resource_link_id: &str,
        users: impl IntoIterator<Item = (i64, String, Option<String>)>,
    ) {
        self.begin_writing();
        for (account_id, sub, result_sourcedid) in users {
            self.change_one(
                "INSERT INTO resource_link_user
                     (resource_link_id, account_id, sub, teaches, last_launch_at, result_sourcedid)
                 SELECT id, ?1, ?2, FALSE, 0, ?4 FROM resource_link WHERE resource_link_id = ?3",
                &[account_id.into(), sub.into(), resource_link_id.into(), result_sourcedid.into()],
            );
        }
        self.commit();
    }

    /// Adds a course with this title, and a link in it with this ID and title, of the first
    /// deployment and resource.
    pub(crate) fn insert_course_and_link(&self, course: &str, link_id: &str, title: &str) {
        // A server stores no U+0000.
        let storable = |text: &str| self.one_of(text.to_owned(), text.replace('\0', ""));
        let (course, link_id, title) = (storable(course), storable(link_id), storable(title));
        self.change_one(
            "INSERT INTO context (id, deployment_id, context_id, title)
             SELECT 1, min(id), 'course', ?1 FROM deployment",
            &[course.into()],
        );
        self.change_one(
            "INSERT INTO resource_link (deployment_id, resource_link_id, context_id, resource_id, title)
             SELECT min(deployment.id), ?1, 1, min(resource.id), ?2 FROM deployment, resource",
            &[link_id.into(), title.into()],
        );
    }
}
