//! Finds accounts, and changes their profiles and settings.

use super::setting::{ClearableText, EmailAddress, ListOf, Locale, PlainText, TimeZone, settings};
use crate::domain::{Account, AccountOrigin, AccountRef, Invalid, ResourceRef, Slug, Username};
use crate::failure::Failure;
use crate::store::Read;

settings! {
    /// The settings of an account, as `ltictl account create` and `update` and manifests change
    /// them, and as exports list them.
    #[schemars(rename = "AccountEntry")]
    AccountChange of Account {
        /// UUID that your apps store; it never changes [default: random]
        #[arg(skip)]
        #[schemars(extend("format" = "uuid"))]
        uuid: String;
        /// Who created the account; it never changes. Launches update the profile only if a launch
        /// created the account
        #[arg(skip)]
        origin: AccountOrigin;
        /// Full name; "" clears it
        #[arg(long)]
        name: ClearableText<PlainText> = profile.name;
        /// Given name; "" clears it
        #[arg(long, value_name = "NAME")]
        given_name: ClearableText<PlainText> = profile.given_name;
        /// Family name; "" clears it
        #[arg(long, value_name = "NAME")]
        family_name: ClearableText<PlainText> = profile.family_name;
        /// Email address; "" clears it
        #[arg(long, value_name = "ADDRESS")]
        #[schemars(extend("format" = "email"))]
        email: ClearableText<EmailAddress> = profile.email;
        /// Language tag, such as en or pt-BR; "" clears it
        #[arg(long)]
        locale: ClearableText<Locale> = profile.locale;
        /// Time zone, such as Europe/Lisbon; "" clears it
        #[arg(long, value_name = "ZONE")]
        time_zone: ClearableText<TimeZone> = profile.time_zone;
        /// School or university; "" clears it
        #[arg(long, value_name = "NAME")]
        institution: ClearableText<PlainText> = profile.institution;
        /// Open the account only with an identity at a provider, never with a password (staff)
        ///
        /// Platform users that are already linked to the account open it as before.
        #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
        require_provider: bool = require_provider;
        /// Whether to accept launches
        #[arg(skip)]
        enabled: bool = enabled;
        /// Resources that content selection offers
        #[arg(skip)]
        grants: GrantsChange;
    }
}

settings! {
    /// Resources that content selection offers to an account.
    #[schemars(rename = "GrantsEntry")]
    GrantsChange of Account {
        /// Whether to offer every resource, including future ones
        #[arg(skip)]
        all: bool = grants_all;
        /// Slugs of the resources that are granted individually; replaces the stored list
        #[arg(skip)]
        resources: ListOf<ResourceRef>;
    }
}

impl AccountChange {
    /// All settings of an account, as exports list them.
    pub fn listing(account: &Account, granted: &[Slug]) -> Self {
        let resources = ListOf(granted.iter().map(ResourceRef::from).collect());
        let grants = GrantsChange::kept_in(account);
        Self {
            uuid: Some(account.uuid.to_string()),
            origin: Some(account.origin),
            grants: Some(GrantsChange { resources: Some(resources), ..grants }),
            ..Self::kept_in(account)
        }
    }

    /// Changes an account, apart from the resources that are granted individually.
    pub fn apply(&self, account: &mut Account) {
        self.change(account);
        if let Some(grants) = &self.grants {
            grants.change(account);
        }
    }
}

/// The account with this username or UUID.
pub fn find(read: Read<'_>, name: &AccountRef) -> Result<Account, Failure> {
    match known(read, name)? {
        Some(account) => Ok(account),
        None => Err(Failure::not_found("account", name.as_str(), &read.usernames()?)),
    }
}

/// Like [`find`], without suggestions, which would take too long for lists of names.
pub fn known(read: Read<'_>, name: &AccountRef) -> Result<Option<Account>, Failure> {
    if let Some(username) = name.username()
        && let Some(account) = read.account(&username)?
    {
        return Ok(Some(account));
    }
    Ok(match name.uuid() {
        Some(uuid) => read.account_by_uuid(&uuid)?,
        None => None,
    })
}

/// Checks the username of a new or renamed account. It must not look like a UUID.
///
/// # Errors
///
/// If it breaks the rules for usernames, or is a UUID.
pub fn new_username(text: &str) -> Result<Username, Invalid> {
    let username = Username::new(text)?;
    match username.as_str().parse::<uuid::Uuid>() {
        Ok(_) => Err(Invalid::new(
            "username",
            "must not be a UUID, because accounts can also be named by their UUIDs",
        )),
        Err(_) => Ok(username),
    }
}
