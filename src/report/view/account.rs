//! Accounts: what they say of their people, who has them, and where they take part.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{GradeView, list, rfc3339, short_time};
use crate::admin::account::Dossier;
use crate::domain::{Account, AccountLink, AccountOrigin, Enrolment, EnrolmentSource};
use crate::report::table::Mood;
use crate::report::{Details, Style, Table, View};

/// An account as lists have it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountView {
    /// What apps behind the tool keep.
    pub uuid: String,
    /// How commands address it.
    pub username: String,
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Language.
    pub locale: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// School or university.
    pub institution: Option<String>,
    /// Who made it.
    pub origin: AccountOrigin,
    /// Whether it gets launches.
    pub enabled: bool,
    /// Whether it has a password to sign in with.
    pub has_password: bool,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    #[serde(skip)]
    created: String,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        let profile = account.profile.clone();
        Self {
            uuid: account.uuid.to_string(),
            username: account.username.to_string(),
            name: profile.name,
            given_name: profile.given_name,
            family_name: profile.family_name,
            email: profile.email,
            locale: profile.locale,
            time_zone: profile.time_zone,
            institution: profile.institution,
            origin: account.origin,
            enabled: account.enabled,
            has_password: account.has_password,
            created_at: rfc3339(account.created_at),
            updated_at: rfc3339(account.updated_at),
            created: short_time(account.created_at),
        }
    }
}

impl AccountView {
    fn state_in_words(&self) -> (&'static str, Mood) {
        if self.enabled { ("Enabled", Mood::Good) } else { ("Disabled", Mood::Bad) }
    }

    fn origin_in_words(&self) -> &'static str {
        match self.origin {
            AccountOrigin::Admin => "the admin",
            AccountOrigin::Launch => "a first launch",
            AccountOrigin::Sync => "the member synchronization",
        }
    }
}

/// Every account, or those of a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct AccountList(pub Vec<AccountView>);

impl View for AccountList {
    fn table(&self, style: Style) -> String {
        let mut table = Table::new(
            style,
            &["USERNAME", "NAME", "E-MAIL", "STATE", "ORIGIN", "PASSWORD", "CREATED (UTC)"],
        );
        for account in &self.0 {
            let (state, mood) = account.state_in_words();
            table.row(
                &[
                    &account.username,
                    account.name.as_deref().unwrap_or("-"),
                    account.email.as_deref().unwrap_or("-"),
                    state,
                    account.origin.as_str(),
                    if account.has_password { "yes" } else { "-" },
                    &account.created,
                ],
                Some((3, mood)),
            );
        }
        table.finish("No accounts. Launches make them, and: ltictl account create USERNAME")
    }

    fn identifiers(&self) -> Vec<String> {
        self.0.iter().map(|account| account.username.clone()).collect()
    }
}

list!(AccountList, AccountView);

/// An account with all that belongs to it, its grades aside.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountDetails {
    /// The account.
    #[serde(flatten)]
    pub account: AccountView,
    /// Platform users who have it.
    pub links: Vec<AccountLinkView>,
    /// LTI 1.1 users who keep it.
    pub consumer_users: Vec<ConsumerUserView>,
    /// Where it takes part.
    pub enrolments: Vec<EnrolmentView>,
    /// How many grades it has.
    pub grade_count: usize,
    /// What content selection offers it.
    pub grants: GrantsView,
}

/// A platform user who has an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountLinkView {
    /// The platform's issuer.
    pub issuer: String,
    /// Which customer of the platform, where customers share its issuer.
    pub tenant: Option<String>,
    /// The platform's identifier of the person.
    pub sub: String,
    /// Whether the account was made for this user.
    pub made_account: bool,
    /// When it was linked.
    pub created_at: String,
    /// The latest launch.
    pub last_launch_at: Option<String>,
}

impl From<&AccountLink> for AccountLinkView {
    fn from(link: &AccountLink) -> Self {
        Self {
            issuer: link.user.issuer.clone(),
            tenant: Some(link.user.tenant.clone()).filter(|tenant| !tenant.is_empty()),
            sub: link.user.sub.clone(),
            made_account: link.made_account,
            created_at: rfc3339(link.created_at),
            last_launch_at: link.last_launch_at.map(rfc3339),
        }
    }
}

/// An LTI 1.1 user who keeps an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConsumerUserView {
    /// Consumer key.
    pub consumer_key: String,
    /// `user_id`.
    pub user_id: String,
}

/// An account's part in a resource.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EnrolmentView {
    /// The resource's slug.
    pub resource: String,
    /// The role on the tool.
    pub role: String,
    /// Whether that is the role of teachers.
    pub teaches: bool,
    /// Who enrolled them.
    pub source: EnrolmentSource,
    /// Whether it lasts; its time may be over.
    pub active: bool,
    /// When it began.
    pub created_at: String,
    /// When it ends.
    pub ends_at: Option<String>,
    /// The latest launch.
    pub last_access_at: Option<String>,
}

impl EnrolmentView {
    fn new(resource: &str, enrolment: &Enrolment, now: Timestamp) -> Self {
        Self {
            resource: resource.to_owned(),
            role: enrolment.role.clone(),
            teaches: enrolment.teaches,
            source: enrolment.source,
            active: !enrolment.has_ended(now),
            created_at: rfc3339(enrolment.created_at),
            ends_at: enrolment.ends_at.map(rfc3339),
            last_access_at: enrolment.last_access_at.map(rfc3339),
        }
    }

    fn in_words(&self) -> String {
        let end = match (&self.ends_at, self.active) {
            (None, _) => String::new(),
            (Some(end), true) => format!(", until {end}"),
            (Some(end), false) => format!(", ended {end}"),
        };
        format!("{}, by {}{end}", self.role, self.source)
    }
}

/// What content selection offers an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GrantsView {
    /// Whether that is every resource.
    pub all: bool,
    /// The slugs of those that were granted one by one.
    pub resources: Vec<String>,
}

impl AccountDetails {
    /// The view of an account at `now`.
    pub fn new(dossier: &Dossier, now: Timestamp) -> Self {
        Self {
            account: AccountView::from(&dossier.account),
            links: dossier.links.iter().map(AccountLinkView::from).collect(),
            consumer_users: dossier
                .consumer_users
                .iter()
                .map(|user| ConsumerUserView {
                    consumer_key: user.consumer_key.clone(),
                    user_id: user.user_id.clone(),
                })
                .collect(),
            enrolments: dossier
                .enrolments
                .iter()
                .map(|(resource, enrolment)| EnrolmentView::new(resource, enrolment, now))
                .collect(),
            grade_count: dossier.grades.len(),
            grants: GrantsView {
                all: dossier.account.grants_all,
                resources: dossier.grants.clone(),
            },
        }
    }
}

impl View for AccountDetails {
    fn table(&self, style: Style) -> String {
        let account = &self.account;
        let mut details = Details::new(style);
        details.add("Username", &account.username);
        details.add("UUID", &account.uuid);
        details.add("State", account.state_in_words().0);
        details.add("Made by", account.origin_in_words());
        details.add("Password", if account.has_password { "set" } else { "none" });
        details.section("Person");
        for (label, value) in [
            ("Name", &account.name),
            ("Given name", &account.given_name),
            ("Family name", &account.family_name),
            ("E-mail", &account.email),
            ("Locale", &account.locale),
            ("Time zone", &account.time_zone),
            ("Institution", &account.institution),
        ] {
            details.add_optional(label, value.as_deref());
        }
        details.section("Linked users");
        for link in &self.links {
            let tenant =
                link.tenant.as_ref().map(|tenant| format!(" ({tenant})")).unwrap_or_default();
            details.add(
                &link.sub,
                &format!(
                    "{}{tenant}, last launch {}",
                    link.issuer,
                    link.last_launch_at.as_deref().unwrap_or("never")
                ),
            );
        }
        for user in &self.consumer_users {
            details.add(&user.user_id, &format!("LTI 1.1, consumer key {}", user.consumer_key));
        }
        if self.links.is_empty() && self.consumer_users.is_empty() {
            details.add("None", "");
        }
        details.section("Enrolments");
        for enrolment in &self.enrolments {
            details.add(&enrolment.resource, &enrolment.in_words());
        }
        if self.enrolments.is_empty() {
            details.add("None", "");
        }
        details.section("Work");
        details.add("Grades", &self.grade_count.to_string());
        details.add(
            "May select",
            &match (self.grants.all, self.grants.resources.as_slice()) {
                (true, _) => "every resource".to_owned(),
                (false, []) => "nothing".to_owned(),
                (false, resources) => resources.join(", "),
            },
        );
        details.finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.account.username.clone()]
    }
}

/// All that was kept of a person, for the file that stays when the account goes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AccountExport {
    /// When it was written.
    pub exported_at: String,
    /// The account.
    pub account: AccountDetails,
    /// Its grades.
    pub grades: Vec<GradeView>,
}

impl AccountExport {
    /// What is kept of a person at `now`.
    pub fn new(dossier: &Dossier, now: Timestamp) -> Self {
        Self {
            exported_at: rfc3339(now),
            account: AccountDetails::new(dossier, now),
            grades: dossier
                .grades
                .iter()
                .map(|(resource, grade)| GradeView::new(resource, &dossier.account, grade))
                .collect(),
        }
    }
}
