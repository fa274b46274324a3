//! What is audited and what is not: every table of the schema stands here once, and of the audited
//! ones every column. A test compares this with the schema.

/// A table whose changes leave entries.
pub(super) struct Audited {
    /// What its rows are called.
    pub(super) noun: &'static str,
    /// Its name.
    pub(super) table: &'static str,
    /// Tells rows apart within a transaction, as an SQL expression over `{row}`; it does not change
    /// and is not given to another row.
    pub(super) key: &'static str,
    /// What people call a row, likewise.
    pub(super) name: &'static str,
    /// What stands in an entry.
    pub(super) columns: &'static [Column],
    /// Columns of the table that stand in no entry: keys, secrets, and what says only when
    /// something was used.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the schema"))]
    pub(super) left_out: &'static [&'static str],
}

/// A member of an entry.
pub(super) struct Column {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// The column whose changes count.
    pub(super) source: &'static str,
    /// Its value as an SQL expression over `{row}`; empty for the column itself.
    pub(super) value: &'static str,
    /// How it is written.
    pub(super) kind: Kind,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is.
    Plain,
    /// 0 and 1 as false and true.
    Truth,
    /// Milliseconds as RFC 3339.
    Moment,
    /// Words with spaces between them, as a list.
    Words,
    /// Only whether it is there, and whether it is another one.
    Secret,
}

const fn column(
    name: &'static str,
    source: &'static str,
    value: &'static str,
    kind: Kind,
) -> Column {
    Column { name, source, value, kind }
}

const fn plain(name: &'static str) -> Column {
    column(name, name, "", Kind::Plain)
}

const fn truth(name: &'static str) -> Column {
    column(name, name, "", Kind::Truth)
}

const fn moment(name: &'static str) -> Column {
    column(name, name, "", Kind::Moment)
}

const fn words(name: &'static str) -> Column {
    column(name, name, "", Kind::Words)
}

/// The name of what a row belongs to. When that is deleted, the row goes after it, and the name is
/// found among those of what is gone.
macro_rules! name_of {
    ($table:literal, $name:literal, $key:literal) => {
        concat!(
            "coalesce((SELECT ",
            $name,
            " FROM main.",
            $table,
            " WHERE id = {row}.",
            $key,
            "), (SELECT name FROM temp.audit_gone WHERE source = '",
            $table,
            "' AND id = {row}.",
            $key,
            "), '?')"
        )
    };
}

macro_rules! registration {
    () => {
        name_of!("registration", "slug", "registration_id")
    };
}

macro_rules! resource {
    () => {
        name_of!("resource", "slug", "resource_id")
    };
}

macro_rules! account {
    () => {
        name_of!("account", "username", "account_id")
    };
}

const REGISTRATION: Column =
    column("registration", "registration_id", registration!(), Kind::Plain);
const RESOURCE: Column = column("resource", "resource_id", resource!(), Kind::Plain);
const ACCOUNT: Column = column("account", "account_id", account!(), Kind::Plain);

/// Other rows belong to the rows of these tables and go with them.
pub(super) const PARENTS: &[&str] = &["registration", "resource", "account"];

/// What is audited.
pub(super) const AUDITED: &[Audited] = &[
    Audited {
        noun: "setting",
        table: "setting",
        key: "{row}.key",
        name: "{row}.key",
        columns: &[plain("value")],
        left_out: &["key"],
    },
    Audited {
        noun: "key",
        table: "signing_key",
        key: "{row}.kid",
        name: "{row}.kid",
        columns: &[
            plain("state"),
            moment("signs_from"),
            moment("signed_until"),
            moment("retired_at"),
        ],
        left_out: &["kid", "private_key", "modulus", "exponent", "created_at"],
    },
    Audited {
        noun: "registration",
        table: "registration",
        key: "{row}.slug",
        name: "{row}.slug",
        columns: &[
            plain("slug"),
            plain("name"),
            truth("enabled"),
            plain("issuer"),
            plain("client_id"),
            plain("keyset_url"),
            plain("access_token_url"),
            plain("authentication_request_url"),
            plain("token_audience"),
            truth("audience_confirmed"),
            words("algorithms"),
            plain("deployments"),
            plain("leeway_seconds"),
            truth("allow_anonymous"),
            truth("allow_http"),
            truth("allow_private_network"),
            words("frame_ancestors"),
            plain("identity"),
            plain("product"),
            column("openid_configuration_url", "configuration_url", "", Kind::Plain),
        ],
        left_out: &["id", "created_at", "updated_at", "managed", "neighbourhood"],
    },
    Audited {
        noun: "deployment",
        table: "deployment",
        key: "{row}.registration_id || '/' || {row}.deployment_id",
        name: concat!(registration!(), " || '/' || {row}.deployment_id"),
        columns: &[REGISTRATION, plain("deployment_id"), plain("name")],
        left_out: &["id", "created_at", "managed"],
    },
    Audited {
        noun: "registration_url",
        table: "registration_invitation",
        key: "{row}.id",
        name: registration!(),
        columns: &[
            REGISTRATION,
            truth("auto_confirm"),
            moment("expires_at"),
            moment("replaced_at"),
            moment("used_at"),
            plain("used_by"),
        ],
        left_out: &["id", "created_at"],
    },
    Audited {
        noun: "resource",
        table: "resource",
        key: "{row}.slug",
        name: "{row}.slug",
        columns: &[
            plain("slug"),
            plain("uuid"),
            plain("name"),
            plain("description"),
            plain("kind"),
            column(
                "course",
                "course_id",
                concat!(
                    "iif({row}.course_id IS NULL, NULL, ",
                    name_of!("resource", "slug", "course_id"),
                    ")"
                ),
                Kind::Plain,
            ),
            plain("target_kind"),
            plain("target"),
            plain("max_grade"),
            plain("grade_sync"),
            plain("member_sync"),
            plain("student_provisioning"),
            plain("teacher_provisioning"),
            plain("teacher_role"),
            plain("student_role"),
            moment("enrolment_start"),
            moment("enrolment_end"),
            column("enrolment_duration_seconds", "enrolment_duration", "", Kind::Plain),
            plain("enrolment_maximum"),
            truth("completion_required"),
            truth("extra_credit"),
            plain("default_locale"),
            plain("default_time_zone"),
            plain("default_institution"),
            truth("all_registrations"),
            truth("published"),
            moment("app_key_created_at"),
            moment("app_key_previous_accepted_until"),
        ],
        left_out: &[
            "id",
            "created_at",
            "updated_at",
            "managed",
            "app_key_generation",
            "app_key_previous_generation",
        ],
    },
    Audited {
        noun: "resource_registration",
        table: "resource_registration",
        key: "{row}.resource_id || '/' || {row}.registration_id",
        name: concat!(resource!(), " || '/' || ", registration!()),
        columns: &[RESOURCE, REGISTRATION],
        left_out: &[],
    },
    Audited {
        noun: "account",
        table: "account",
        key: "{row}.uuid",
        name: "{row}.username",
        columns: &[
            plain("uuid"),
            plain("username"),
            plain("origin"),
            plain("name"),
            plain("given_name"),
            plain("family_name"),
            plain("email"),
            plain("locale"),
            plain("time_zone"),
            plain("institution"),
            column("password", "password_hash", "", Kind::Secret),
            truth("enabled"),
            truth("grants_all"),
        ],
        left_out: &["id", "created_at", "updated_at", "managed", "created_by"],
    },
    Audited {
        noun: "account_link",
        table: "account_link",
        key: "json_array({row}.issuer, {row}.tenant, {row}.sub)",
        name: concat!(account!(), " || ': ' || {row}.issuer || ' ' || {row}.sub"),
        columns: &[ACCOUNT, plain("issuer"), plain("tenant"), plain("sub"), truth("made_account")],
        left_out: &["id", "created_at", "last_launch_at"],
    },
    Audited {
        noun: "account_grant",
        table: "account_grant",
        key: "{row}.account_id || '/' || {row}.resource_id",
        name: concat!(account!(), " || '/' || ", resource!()),
        columns: &[ACCOUNT, RESOURCE],
        left_out: &[],
    },
    Audited {
        noun: "consumer",
        table: "consumer_secret",
        key: "{row}.id || '/' || {row}.created_at",
        name: "{row}.consumer_key",
        columns: &[
            plain("consumer_key"),
            column("secret", "secret", "length({row}.secret)", Kind::Secret),
        ],
        left_out: &["id", "created_at"],
    },
    Audited {
        noun: "consumer_user",
        table: "consumer_user",
        key: "json_array({row}.consumer_key, {row}.user_id)",
        name: concat!(account!(), " || ': ' || {row}.consumer_key || ' ' || {row}.user_id"),
        columns: &[ACCOUNT, plain("consumer_key"), plain("user_id")],
        left_out: &["id", "created_at"],
    },
    Audited {
        noun: "enrolment",
        table: "enrolment",
        key: "{row}.account_id || '/' || {row}.resource_id",
        name: concat!(account!(), " || '/' || ", resource!()),
        columns: &[
            ACCOUNT,
            RESOURCE,
            plain("role"),
            truth("teaches"),
            plain("source"),
            moment("ends_at"),
        ],
        left_out: &["id", "created_at", "last_access_at"],
    },
    Audited {
        noun: "grade",
        table: "grade",
        key: "{row}.account_id || '/' || {row}.resource_id",
        name: concat!(account!(), " || '/' || ", resource!()),
        columns: &[
            ACCOUNT,
            RESOURCE,
            plain("score"),
            plain("maximum"),
            plain("activity_progress"),
            plain("grading_progress"),
            plain("comment"),
            plain("set_by"),
        ],
        left_out: &["id", "at"],
    },
];

/// The noun of entries that count the changes of a list of members instead of telling each.
pub(super) const MEMBERS: &str = "members";

/// What is not audited, and why not.
#[cfg(test)]
pub(super) const NOT_AUDITED: &[(&str, &str)] = &[
    ("audit", "it is the audit log, which only grows"),
    ("audit_deferred", "profile changes that become entries when the day is over"),
    ("registration_total", "numbers of what is audited, or passes"),
    ("launch_log_size", "numbers of the launch log"),
    ("secret", "random keys that init makes once and nothing changes"),
    ("context", "what launches say of courses; the platform's data"),
    ("resource_link", "what launches say of links; the platform's data"),
    (
        "resource_link_user",
        "who came through which link; the account link and the enrolment are audited",
    ),
    ("launch", "a log itself"),
    ("last_success", "what the launch log keeps of launches that it forgets"),
    ("platform_keyset", "which keys the server found in platforms' keysets"),
    ("registration_origin", "what follows from registrations and launches"),
    ("tally", "how often things happened that leave no row"),
    ("session", "visits, which come with a launch in the launch log and end by themselves"),
    ("pending_launch", "launches that wait for a page's answer"),
    ("spent_nonce", "what keeps launches from being replayed"),
    (
        "registration_attempt",
        "a log itself, of dynamic registrations; what comes of one changes its registration",
    ),
    ("grade_delivery", "how far grades are on their way; the grades are audited"),
    ("member_sync", "how the last look at a list went; what came of it is counted"),
    ("member_pass", "how far a list has been read; what came of it is counted"),
    ("lease", "who works at this moment"),
];
