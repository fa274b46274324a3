//! Accounts with their links, enrolments and grants.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

use super::{Derived, Extended, GradeView, list, or_dash, rfc3339, short_time, whole_time};
use crate::admin::account::AccountRecord;
use crate::domain::{
    Account, AccountIdentity, AccountLink, AccountOrigin, ConsumerUser, Enrolment, Slug,
};
use crate::report::table::{Entry, Health, colored_column, column, time_column};
use crate::report::{Details, Style, View};

fn state(account: &Account) -> &'static str {
    if account.enabled { "Enabled" } else { "Disabled" }
}

fn origin(origin: AccountOrigin) -> &'static str {
    match origin {
        AccountOrigin::Admin => "an admin",
        AccountOrigin::Launch => "a first launch",
        AccountOrigin::Sync => "member synchronization",
    }
}

list! {
    /// Every account, or those of a resource.
    AccountList of Account {
        noun: "accounts",
        columns: &[
            column("USERNAME", |account| account.username.to_string()),
            column("NAME", |account| or_dash(account.profile.full_name())),
            column("EMAIL", |account| or_dash(account.profile.email.as_ref())),
            colored_column("STATE", |account| state(account).to_owned(), |account| if account.enabled { Health::Good } else { Health::Bad }),
            column("ORIGIN", |account| account.origin.to_string()),
            column("PASSWORD", |account| {
                if account.has_password { "yes" } else { "-" }.to_owned()
            }),
            time_column("CREATED", |account| short_time(account.created_at)),
        ],
        identifier: |account| account.username.to_string(),
        empty: "No accounts. Launches create them, and: ltictl account create USERNAME",
    }
}

/// An account with its links, enrolments and grants, and the number of its grades.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountDetails {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// Platform users who are linked to the account.
    pub links: Vec<AccountLink>,
    /// LTI 1.1 users who are linked to the account.
    pub consumer_users: Vec<ConsumerUser>,
    /// Identities at providers that open the account.
    pub identities: Vec<AccountIdentity>,
    /// Enrolments in resources.
    pub enrolments: Vec<EnrolmentView>,
    /// Number of grades, without cleared ones.
    pub grade_count: usize,
    /// Resources that content selection offers to the account.
    pub grants: GrantsView,
}

/// An enrolment with its resource.
pub type EnrolmentView = Extended<Enrolment, EnrolmentState>;

/// The resource of an enrolment, and whether the enrolment is active.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnrolmentState {
    /// Slug of the resource.
    pub resource: Slug,
    /// Whether the enrolment has not ended.
    pub active: bool,
}

impl Derived for EnrolmentState {
    const PLACES: &'static [(&'static str, &'static str)] =
        &[("resource", ""), ("active", "source")];
}

impl EnrolmentView {
    fn new(resource: &Slug, enrolment: &Enrolment, now: Timestamp) -> Self {
        let active = !enrolment.has_ended(now);
        Self {
            value: enrolment.clone(),
            derived: EnrolmentState { resource: resource.clone(), active },
        }
    }

    fn summary(&self) -> String {
        let end = match (self.ends_at, self.derived.active) {
            (None, _) => String::new(),
            (Some(end), true) => format!(", until {}", whole_time(end)),
            (Some(end), false) => format!(", ended {}", whole_time(end)),
        };
        format!("{}, by {}{end}", self.role, self.source)
    }
}

/// Resources that content selection offers to an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GrantsView {
    /// Whether every resource is offered.
    pub all: bool,
    /// Slugs of the resources that were granted one by one.
    #[schemars(with = "Vec<String>")]
    pub resources: Vec<Slug>,
}

impl AccountDetails {
    /// The view of an account at `now`.
    pub fn new(dossier: &AccountRecord, now: Timestamp) -> Self {
        Self {
            account: dossier.account.clone(),
            links: dossier.links.clone(),
            consumer_users: dossier.consumer_users.clone(),
            identities: dossier.identities.clone(),
            enrolments: dossier
                .enrolments
                .iter()
                .map(|(resource, enrolment)| EnrolmentView::new(resource, enrolment, now))
                .collect(),
            grade_count: dossier
                .grades
                .iter()
                .filter(|(_, grade, _)| grade.score.is_some())
                .count(),
            grants: GrantsView {
                all: dossier.account.grants_all,
                resources: dossier.grants.clone(),
            },
        }
    }

    /// The linked users, each with its identifier on the platform.
    fn linked_users(&self) -> Vec<(String, String)> {
        let platform_users = self.links.iter().map(|link| {
            let tenant = match link.user.tenant.as_str() {
                "" => String::new(),
                tenant => format!(" ({tenant})"),
            };
            let last_launch = link.last_launch_at.map_or_else(|| "never".to_owned(), whole_time);
            let user = format!("{}{tenant}, last launch {last_launch}", link.user.issuer);
            (link.user.sub.clone(), user)
        });
        let consumer_users = self.consumer_users.iter().map(|user| {
            (user.user_id.clone(), format!("LTI 1.1, consumer key {}", user.consumer_key))
        });
        or_none(platform_users.chain(consumer_users).collect())
    }

    /// The identities, each with its provider.
    fn sign_ins(&self) -> Vec<(String, String)> {
        let identities = self.identities.iter().map(|identity| {
            let last = identity.last_sign_in_at.map_or_else(|| "never".to_owned(), whole_time);
            let text = format!("{}, last sign-in {last}", identity.issuer);
            (format!("{} {}", identity.provider, identity.subject), text)
        });
        or_none(identities.collect())
    }

    fn selectable(&self) -> String {
        match (self.grants.all, self.grants.resources.as_slice()) {
            (true, _) => "every resource".to_owned(),
            (false, []) => "nothing".to_owned(),
            (false, resources) => resources.iter().map(Slug::as_str).collect::<Vec<_>>().join(", "),
        }
    }
}

/// The entries, or the entry `None`.
fn or_none(entries: Vec<(String, String)>) -> Vec<(String, String)> {
    if entries.is_empty() { vec![("None".to_owned(), String::new())] } else { entries }
}

const DETAILS: &[Entry<AccountDetails>] = &[
    Entry::Value("Username", |details| details.account.username.to_string()),
    Entry::Value("UUID", |details| details.account.uuid.to_string()),
    Entry::Value("State", |details| state(&details.account).to_owned()),
    Entry::Value("Created by", |details| origin(details.account.origin).to_owned()),
    Entry::Value("Password", |details| {
        match (details.account.has_password, details.account.require_provider) {
            (true, false) => "set",
            (true, true) => "set, but not accepted: an identity provider is required",
            (false, false) => "none",
            (false, true) => "none: an identity provider is required",
        }
        .to_owned()
    }),
    Entry::Section("Person"),
    Entry::Optional("Name", |details| details.account.profile.full_name().map(Cow::into_owned)),
    Entry::Optional("Given name", |details| details.account.profile.given_name.clone()),
    Entry::Optional("Family name", |details| details.account.profile.family_name.clone()),
    Entry::Optional("Email", |details| details.account.profile.email.clone()),
    Entry::Optional("Locale", |details| details.account.profile.locale.clone()),
    Entry::Optional("Time zone", |details| details.account.profile.time_zone.clone()),
    Entry::Optional("Institution", |details| details.account.profile.institution.clone()),
    Entry::Section("Linked users"),
    Entry::Each(AccountDetails::linked_users),
    Entry::Section("Identity providers"),
    Entry::Each(AccountDetails::sign_ins),
    Entry::Section("Enrolments"),
    Entry::Each(|details| {
        let entry = |enrolment: &EnrolmentView| {
            (enrolment.derived.resource.to_string(), enrolment.summary())
        };
        or_none(details.enrolments.iter().map(entry).collect())
    }),
    Entry::Section("Grades and content selection"),
    Entry::Value("Grades", |details| details.grade_count.to_string()),
    Entry::Value("May select", AccountDetails::selectable),
];

impl View for AccountDetails {
    fn table(&self, style: Style) -> String {
        Details::of(style, self, DETAILS).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.account.username.to_string()]
    }
}

/// Everything that is stored about a person, for the file that `account delete --export` writes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountExport {
    /// When the file was written.
    pub exported_at: String,
    /// The account.
    pub account: AccountDetails,
    /// The grades of the account.
    pub grades: Vec<GradeView>,
}

impl AccountExport {
    /// What is stored about a person at `now`.
    pub fn new(dossier: &AccountRecord, now: Timestamp) -> Self {
        Self {
            exported_at: rfc3339(now),
            account: AccountDetails::new(dossier, now),
            grades: dossier
                .grades
                .iter()
                .map(|(resource, grade, course)| {
                    GradeView::new(resource, &dossier.account, grade, course.as_ref())
                })
                .collect(),
        }
    }
}
