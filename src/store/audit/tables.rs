//! Which tables are audited and which are not: every table of the schema is listed here once. The
//! entries of an audited table contain the columns of its record, unless they are listed in
//! `left_out`. A test compares this with the schema.

use std::sync::LazyLock;

use super::super::column::Kind;
use super::super::record::{Record, Table, TableColumn};
use crate::domain::{
    Account, AccountIdentity, AccountLink, Client, ConsumerUser, Deployment, Enrolment, Grade,
    IdentityProvider, Invitation, Registration, Resource, SigningKey,
};

/// An audited table.
pub(super) struct Audited {
    /// What its rows are called.
    pub(super) noun: &'static str,
    /// Its name.
    pub(super) table: &'static str,
    /// Identifies rows within a transaction, as an SQL expression over `{row}`; it does not change
    /// and is not given to another row.
    pub(super) key: &'static str,
    /// The name that people use for a row, as an SQL expression over `{row}`.
    pub(super) name: &'static str,
    /// Which rows are meant, as an SQL condition over `{row}`; all if it is empty.
    pub(super) only: &'static str,
    /// What an entry contains.
    pub(super) columns: Vec<Column>,
    /// Columns of the table that no entry contains.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the schema"))]
    pub(super) left_out: &'static [&'static str],
}

impl Audited {
    /// The columns whose changes count.
    pub(super) fn sources(&self) -> String {
        let sources: Vec<&str> = self.columns.iter().map(|column| column.source).collect();
        sources.join(", ")
    }

    /// What an entry contains of the old or the new row, as SQL expressions.
    pub(super) fn values(&self, row: &str) -> impl Iterator<Item = String> {
        self.columns.iter().map(move |column| match column.value {
            "" => format!("{row}.{}", column.source),
            value => over(value, row),
        })
    }

    /// The condition of a trigger on updates: something that is audited changes.
    pub(super) fn when_changed(&self) -> String {
        let differs = |column: &Column| format!("OLD.{0} IS DISTINCT FROM NEW.{0}", column.source);
        let differs: Vec<String> = self.columns.iter().map(differs).collect();
        let differs = differs.join(" OR ");
        match self.only {
            "" => format!("WHEN ({differs})"),
            only => format!("WHEN (({differs}) AND {})", over(only, "NEW")),
        }
    }

    /// The condition of a trigger that the old or the new row is meant; none if all are.
    pub(super) fn when(&self, row: &str) -> String {
        match self.only {
            "" => String::new(),
            only => format!("WHEN ({})", over(only, row)),
        }
    }
}

/// An expression over the old or the new row.
pub(super) fn over(expression: &str, row: &str) -> String {
    expression.replace("{row}", row)
}

/// How a table is audited.
pub(super) struct Rules {
    noun: &'static str,
    table: &'static str,
    key: &'static str,
    name: &'static str,
    /// Which rows are meant, as an SQL condition over `{row}`; all if it is empty. It does not
    /// change for a row.
    only: &'static str,
    /// The columns, with [`RECORD`] for those of the record. A column with the name of one of the
    /// record's replaces it.
    columns: &'static [Column],
    /// The record that is stored in the table.
    record: Option<fn() -> &'static Table>,
    /// Columns of the table that no entry contains: keys, secrets, and the times when something was
    /// used.
    left_out: &'static [&'static str],
}

/// A member of an entry.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// The column whose changes count.
    pub(super) source: &'static str,
    /// Its value as an SQL expression over `{row}`; empty for the column itself.
    pub(super) value: &'static str,
    /// How it is shown.
    pub(super) kind: Kind,
    /// The record's column that it replaces.
    instead_of: &'static str,
}

/// Stands for the record's columns.
const RECORD: Column = plain("*");

impl Column {
    /// The same column, replacing another column of the record.
    const fn instead_of(self, instead_of: &'static str) -> Self {
        Self { instead_of, ..self }
    }
}

impl Rules {
    fn apply(&self) -> Audited {
        let &Self { noun, table, key, name, only, left_out, .. } = self;
        let record: Vec<Column> = self
            .record
            .iter()
            .flat_map(|record| &record().columns)
            .filter_map(|column| self.column_of_record(column))
            .collect();
        let mut columns = Vec::new();
        for column in self.columns {
            if column.name == RECORD.name {
                columns.extend(&record);
            } else if !record.iter().any(|shown| shown.name == column.name) {
                columns.push(*column);
            }
        }
        Audited { noun, table, key, name, only, columns, left_out }
    }

    /// How a column of the record is shown, if it is.
    fn column_of_record(&self, of: &TableColumn) -> Option<Column> {
        let another = self.columns.iter().find(|column| column.instead_of == of.name).copied();
        let itself = column(of.name, of.name, "", of.kind);
        another.or((!of.is_computed && !self.left_out.contains(&of.name)).then_some(itself))
    }
}

/// What is audited.
pub(super) static AUDITED: LazyLock<Vec<Audited>> =
    LazyLock::new(|| RULES.iter().map(Rules::apply).collect());

const fn column(
    name: &'static str,
    source: &'static str,
    value: &'static str,
    kind: Kind,
) -> Column {
    Column { name, source, value, kind, instead_of: source }
}

const fn plain(name: &'static str) -> Column {
    column(name, name, "", Kind::Plain)
}

const fn boolean(name: &'static str) -> Column {
    column(name, name, "", Kind::Truth)
}

const fn words(name: &'static str) -> Column {
    column(name, name, "", Kind::Words)
}

const fn moment(name: &'static str) -> Column {
    renamed_moment(name, name)
}

/// A time whose column is named in another way than its member of outputs.
const fn renamed_moment(name: &'static str, source: &'static str) -> Column {
    column(name, source, "", Kind::Moment)
}

/// The name of the row's parent. If the parent is deleted, its rows are deleted after it, and the
/// name is looked up among those of deleted rows.
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

macro_rules! provider {
    () => {
        name_of!("identity_provider", "slug", "provider_id")
    };
}

const REGISTRATION: Column =
    column("registration", "registration_id", registration!(), Kind::Plain);
const CONSUMER: Column = column("consumer", "registration_id", registration!(), Kind::Plain);
const MOVING_CONSUMER: Column =
    column("consumer", "consumer_id", name_of!("registration", "slug", "consumer_id"), Kind::Plain);
const RESOURCE: Column = column("resource", "resource_id", resource!(), Kind::Plain);
const ACCOUNT: Column = column("account", "account_id", account!(), Kind::Plain);

const CONTEXT: Column = column(
    "course",
    "context_id",
    concat!(
        "CASE WHEN {row}.context_id IS NOT NULL THEN ",
        name_of!("context", "context_id", "context_id"),
        " END"
    ),
    Kind::Plain,
);

const COURSE: Column = column(
    "course",
    "course_id",
    concat!(
        "CASE WHEN {row}.course_id IS NOT NULL THEN ",
        name_of!("resource", "slug", "course_id"),
        " END"
    ),
    Kind::Plain,
);

/// Tables with child rows, which are deleted with them.
pub(super) const PARENTS: &[&str] = &["registration", "resource", "account", "identity_provider"];

/// How each table is audited.
pub(super) const RULES: [Rules; 23] = [
    Rules {
        noun: "setting",
        table: "setting",
        key: "{row}.key",
        name: "{row}.key",
        only: "",
        columns: &[plain("value")],
        record: None,
        left_out: &["key"],
    },
    Rules {
        noun: "key",
        table: "signing_key",
        key: "{row}.kid",
        name: "{row}.kid",
        only: "",
        columns: &[
            RECORD,
            renamed_moment("signing_starts_at", "signs_from"),
            renamed_moment("signing_ends_at", "signed_until"),
        ],
        record: Some(SigningKey::table),
        left_out: &["kid", "private_key", "modulus", "exponent", "created_at"],
    },
    Rules {
        noun: "registration",
        table: "registration",
        key: "{row}.slug",
        name: "{row}.slug",
        only: "{row}.protocol = 'lti-1.3'",
        columns: &[
            RECORD,
            column("openid_configuration_url", "configuration_url", "", Kind::Plain),
        ],
        record: Some(Registration::table),
        left_out: &["id", "created_at", "updated_at", "managed", "neighbourhood", "protocol"],
    },
    Rules {
        noun: "consumer",
        table: "registration",
        key: "{row}.slug",
        name: "{row}.slug",
        only: "{row}.protocol <> 'lti-1.3'",
        columns: &[plain("name"), boolean("enabled"), plain("protocol"), words("frame_ancestors")],
        record: None,
        left_out: &[],
    },
    Rules {
        noun: "consumer_migration",
        table: "consumer_migration",
        key: "{row}.consumer_id || '/' || {row}.registration_id",
        name: concat!(
            name_of!("registration", "slug", "consumer_id"),
            " || '/' || ",
            registration!()
        ),
        only: "",
        columns: &[MOVING_CONSUMER, REGISTRATION],
        record: None,
        left_out: &["started_at"],
    },
    Rules {
        noun: "consumer_access",
        table: "consumer",
        key: "{row}.registration_id",
        name: registration!(),
        only: "",
        columns: &[plain("consumer_key"), boolean("any_key"), boolean("all_resources")],
        record: None,
        left_out: &[
            "registration_id",
            "own_resource_id",
            "cartridge_token",
            "last_seen_at",
            "members_template",
            "profile_origin",
        ],
    },
    Rules {
        noun: "consumer_resource",
        table: "consumer_resource",
        key: "{row}.registration_id || '/' || {row}.resource_id",
        name: concat!(registration!(), " || '/' || ", resource!()),
        only: "",
        columns: &[CONSUMER, RESOURCE],
        record: None,
        left_out: &[],
    },
    Rules {
        noun: "deployment",
        table: "deployment",
        key: "{row}.registration_id || '/' || {row}.deployment_id",
        name: concat!(registration!(), " || '/' || {row}.deployment_id"),
        only: "",
        columns: &[REGISTRATION, RECORD],
        record: Some(Deployment::table),
        left_out: &["id", "created_at", "managed"],
    },
    Rules {
        noun: "registration_url",
        table: "registration_invitation",
        key: "{row}.id",
        name: registration!(),
        only: "",
        columns: &[RECORD, REGISTRATION],
        record: Some(Invitation::table),
        left_out: &["id", "created_at"],
    },
    Rules {
        noun: "proxy_url",
        table: "proxy_invitation",
        key: "{row}.id",
        name: "{row}.slug",
        only: "",
        columns: &[plain("name"), words("resources"), moment("expires_at"), moment("used_at")],
        record: None,
        left_out: &["id", "slug", "created_at"],
    },
    Rules {
        noun: "resource",
        table: "resource",
        key: "{row}.slug",
        name: "{row}.slug",
        only: "",
        columns: &[
            RECORD,
            COURSE.instead_of("course"),
            column("enrolment_duration_seconds", "enrolment_duration", "", Kind::Plain),
            boolean("all_registrations").instead_of("registrations"),
            renamed_moment("opens_at", "opens"),
            renamed_moment("closes_at", "closes"),
            renamed_moment("enrolment_starts_at", "enrolment_start"),
            renamed_moment("enrolment_ends_at", "enrolment_end"),
            moment("app_key_created_at"),
            renamed_moment("app_key_previous_expires_at", "app_key_previous_accepted_until"),
        ],
        record: Some(Resource::table),
        left_out: &[
            "id",
            "created_at",
            "updated_at",
            "managed",
            "app_key_generation",
            "app_key_previous_generation",
        ],
    },
    Rules {
        noun: "client",
        table: "client",
        key: "{row}.slug",
        name: "{row}.slug",
        only: "",
        columns: &[
            RECORD,
            RESOURCE,
            column("keys", "keys", "", Kind::Json),
            column("secret", "secret_digest", "nullif(hex({row}.secret_digest), '')", Kind::Secret),
            column(
                "previous_secret",
                "previous_secret_digest",
                "nullif(hex({row}.previous_secret_digest), '')",
                Kind::Secret,
            ),
            renamed_moment("previous_secret_expires_at", "previous_secret_until"),
        ],
        record: Some(Client::table),
        left_out: &["id", "slug", "created_at", "updated_at", "managed"],
    },
    Rules {
        noun: "resource_registration",
        table: "resource_registration",
        key: "{row}.resource_id || '/' || {row}.registration_id",
        name: concat!(resource!(), " || '/' || ", registration!()),
        only: "",
        columns: &[RESOURCE, REGISTRATION],
        record: None,
        left_out: &[],
    },
    Rules {
        noun: "account",
        table: "account",
        key: "{row}.uuid",
        name: "{row}.username",
        only: "",
        columns: &[
            RECORD,
            column("password", "password_hash", "", Kind::Secret).instead_of("has_password"),
        ],
        record: Some(Account::table),
        left_out: &["id", "created_at", "updated_at", "managed", "created_by"],
    },
    Rules {
        noun: "account_link",
        table: "account_link",
        key: "json_array({row}.issuer, {row}.tenant, {row}.sub)",
        name: concat!(account!(), " || ': ' || {row}.issuer || ' ' || {row}.sub"),
        only: "",
        columns: &[ACCOUNT, RECORD],
        record: Some(AccountLink::table),
        left_out: &["id", "created_at", "last_launch_at"],
    },
    Rules {
        noun: "identity_provider",
        table: "identity_provider",
        key: "{row}.slug",
        name: "{row}.slug",
        only: "",
        columns: &[
            RECORD,
            column("secret", "secret", "length({row}.secret)", Kind::Secret)
                .instead_of("has_secret"),
        ],
        record: Some(IdentityProvider::table),
        left_out: &["id", "slug", "created_at", "updated_at"],
    },
    Rules {
        noun: "account_identity",
        table: "account_identity",
        key: "json_array(CAST({row}.provider_id AS TEXT), {row}.issuer, {row}.subject)",
        name: concat!(account!(), " || ': ' || ", provider!(), " || ' ' || {row}.subject"),
        only: "",
        columns: &[
            ACCOUNT,
            column("provider", "provider_id", provider!(), Kind::Plain).instead_of("provider"),
            RECORD,
        ],
        record: Some(AccountIdentity::table),
        left_out: &["id", "created_at", "last_sign_in_at"],
    },
    Rules {
        noun: "account_grant",
        table: "account_grant",
        key: "{row}.account_id || '/' || {row}.resource_id",
        name: concat!(account!(), " || '/' || ", resource!()),
        only: "",
        columns: &[ACCOUNT, RESOURCE],
        record: None,
        left_out: &[],
    },
    Rules {
        noun: "consumer_secret",
        table: "consumer_secret",
        key: "{row}.id || '/' || {row}.created_at",
        name: registration!(),
        only: "",
        columns: &[
            CONSUMER,
            column("secret", "secret", "length({row}.secret)", Kind::Secret),
            moment("expires_at"),
        ],
        record: None,
        left_out: &["id", "created_at"],
    },
    Rules {
        noun: "pending_proxy",
        table: "pending_proxy",
        key: "hex({row}.confirmation_digest)",
        name: registration!(),
        only: "",
        columns: &[
            CONSUMER,
            column("secret", "secret", "length({row}.secret)", Kind::Secret),
            boolean("is_answered"),
            moment("expires_at"),
        ],
        record: None,
        left_out: &["confirmation_digest", "members_template", "created_at"],
    },
    Rules {
        noun: "consumer_user",
        table: "consumer_user",
        key: "json_array({row}.consumer_key, {row}.user_id)",
        name: concat!(account!(), " || ': ' || {row}.consumer_key || ' ' || {row}.user_id"),
        only: "",
        columns: &[ACCOUNT, RECORD],
        record: Some(ConsumerUser::table),
        left_out: &["id", "created_at"],
    },
    Rules {
        noun: "enrolment",
        table: "enrolment",
        key: "{row}.account_id || '/' || {row}.resource_id",
        name: concat!(account!(), " || '/' || ", resource!()),
        only: "",
        columns: &[RECORD, ACCOUNT, RESOURCE],
        record: Some(Enrolment::table),
        left_out: &["id", "created_at", "last_access_at"],
    },
    Rules {
        noun: "grade",
        table: "grade",
        key: "{row}.account_id || '/' || {row}.resource_id || '/' || coalesce({row}.context_id, 0)",
        name: concat!(account!(), " || '/' || ", resource!()),
        only: "",
        columns: &[RECORD, ACCOUNT, RESOURCE, CONTEXT],
        record: Some(Grade::table),
        left_out: &["id", "at"],
    },
];

/// The noun of entries that count the changes of a member list instead of listing each.
pub(super) const MEMBERS: &str = "members";

/// The tables that are not audited, and why.
#[cfg(test)]
pub(super) const NOT_AUDITED: &[(&str, &str)] = &[
    ("audit", "it is the audit log, which only grows"),
    ("audit_deferred", "profile changes that become entries when the day is over"),
    ("search_index", "the words of what is audited, or of the platforms' data"),
    ("search_term", "a view of the index"),
    ("search_backlog", "how much of the logs is in the index"),
    ("registration_total", "numbers of what is audited, or passes"),
    ("launch_log_size", "numbers of the launch log"),
    ("secret", "random keys that init creates once and that never change"),
    ("context", "courses as launches describe them; the platform's data"),
    ("resource_link", "links as launches describe them; the platform's data"),
    ("context_origin", "from which courses others were copied, as platforms say; their data"),
    ("resource_link_origin", "from which links others were copied; the platform's data"),
    (
        "resource_link_user",
        "who came through which link; the account link and the enrolment are audited",
    ),
    ("launch", "a log itself"),
    ("last_success", "what the launch log keeps of deleted launches"),
    ("launch_count", "numbers of the launch log"),
    ("launch_count_range", "which launches are counted"),
    ("platform_keyset", "which keys the server found in platforms' keysets"),
    ("registration_origin", "derived from registrations and launches"),
    ("resource_list", "derived from resources"),
    ("signature_comparison", "a part of the launch log"),
    ("tally", "counts of events that have no row of their own"),
    ("record_version", "says only that something else has changed"),
    ("session", "sessions; the launch log has their launches, and they expire"),
    ("pending_launch", "launches that wait for a page to be submitted"),
    ("spent_nonce", "what keeps launches from being replayed"),
    (
        "registration_attempt",
        "a log itself, of dynamic registrations; a successful one changes its registration",
    ),
    ("grade_delivery", "the delivery status of grades; the grades are audited"),
    ("unsettled_grade", "derived from grades and their deliveries"),
    ("member_sync", "the result of the last read of a list; its changes are counted"),
    ("member_pass", "how far a list has been read; its changes are counted"),
    ("notice_service", "where platforms offer notices, as launches describe it"),
    ("notice_subscription", "what platforms said about subscriptions, and what commands asked for"),
    ("notice_probe", "checks that are under way"),
    ("notice", "a log itself, of what platforms reported"),
    ("refused_notice", "a log itself"),
    ("lease", "which process is working on what"),
    ("running_server", "which servers are running"),
];
