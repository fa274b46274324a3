//! Creates accounts, links and enrolments for launches and member lists.

use jiff::Timestamp;

use crate::domain::{
    Account, AccountLink, AccountOrigin, Enrolment, EnrolmentSource, Name, PlatformUser, Profile,
    Random, Resource, StoredText, Username, without_invisible,
};
use crate::store::{self, Write};

/// The profile that a platform sent, without values that are not valid.
pub fn sent_profile(
    name: &Option<String>,
    given_name: &Option<String>,
    family_name: &Option<String>,
    email: &Option<String>,
    locale: &Option<String>,
) -> Profile {
    let fit = |text: &str| Name::new(text).ok().map(|name| name.to_string());
    let cut = |text: &Option<String>| {
        text.as_deref()
            .and_then(|text| fit(&StoredText::PersonName.cut(without_invisible(text).trim())))
    };
    let whole = |kind: StoredText, text: &Option<String>| {
        text.as_deref().and_then(|text| fit(kind.whole(without_invisible(text).trim())?))
    };
    Profile {
        name: cut(name),
        given_name: cut(given_name),
        family_name: cut(family_name),
        email: whole(StoredText::Email, email),
        locale: whole(StoredText::Locale, locale),
        ..Profile::default()
    }
}

/// A new account for a person who launches or is listed. Defaults come from the resource.
pub fn new_account(
    sent_profile: Profile,
    origin: AccountOrigin,
    resource: Option<&Resource>,
    random: &Random,
    now: Timestamp,
) -> Account {
    let defaults = resource.map(|resource| resource.defaults.clone()).unwrap_or_default();
    let profile = Profile {
        locale: sent_profile.locale.clone().or(defaults.locale),
        time_zone: defaults.time_zone,
        institution: defaults.institution,
        ..sent_profile
    };
    Account {
        origin,
        ..Account::by_admin(
            Username::fresh(profile.full_name().as_deref(), random),
            random.uuid(),
            profile,
            now,
        )
    }
}

/// How an account became that of a platform user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// It was created for them.
    Created,
    /// It is that of their LTI 1.1 user.
    Migrated,
    /// They signed in to it.
    SignedIn,
}

/// Links a platform user to an account. `last_launch_at` is `None` for a user who was only listed.
pub fn link_account(
    write: &Write<'_>,
    account_id: i64,
    user: PlatformUser,
    ownership: Ownership,
    last_launch_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<i64, store::Error> {
    let link = AccountLink {
        made_account: ownership == Ownership::Created,
        migrated: ownership == Ownership::Migrated,
        last_launch_at,
        ..AccountLink::new(user, now)
    };
    write.insert_account_link(account_id, &link)?;
    Ok(account_id)
}

/// Updates the profile with the platform's values, if the account was created for this user. Values
/// that a platform no longer sends stay.
pub fn update_profile(
    write: &Write<'_>,
    account: Account,
    link: &AccountLink,
    sent_profile: Profile,
    now: Timestamp,
) -> Result<i64, store::Error> {
    if link.made_account && account.origin != AccountOrigin::Admin {
        let known = account.profile.clone();
        let profile = Profile {
            name: sent_profile.name.or(known.name),
            given_name: sent_profile.given_name.or(known.given_name),
            family_name: sent_profile.family_name.or(known.family_name),
            email: sent_profile.email.or(known.email),
            locale: sent_profile.locale.or(known.locale),
            ..known
        };
        if profile != account.profile {
            write.update_account(&Account { profile, ..account.clone() }, now)?;
        }
    }
    Ok(account.id)
}

/// Enrols an account that is not enrolled yet, with the resource's role.
pub fn enrol(
    write: &Write<'_>,
    resource: &Resource,
    account_id: i64,
    teaches: bool,
    source: EnrolmentSource,
    now: Timestamp,
) -> Result<(), store::Error> {
    write.insert_enrolment(&Enrolment {
        account_id,
        resource_id: resource.id,
        role: resource.role(teaches).as_str().to_owned(),
        teaches,
        source,
        created_at: now,
        ends_at: resource.enrolment.ends_at(now),
        last_access_at: (source == EnrolmentSource::Launch).then_some(now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed_from_sent_names() {
        for (name, kept) in [
            ("\u{1f468}\u{200d}\u{1f469} Sam", Some("\u{1f468}\u{1f469} Sam")),
            ("علی\u{200c}رضا", Some("علیرضا")),
            ("Sam\u{202e}\u{e0041}", Some("Sam")),
            ("\u{feff}Sam ", Some("Sam")),
            ("\u{200b}", None),
            ("a\u{1b}[31m", None),
        ] {
            let profile = sent_profile(&Some(name.to_owned()), &None, &None, &None, &None);
            assert_eq!(profile.name.as_deref(), kept, "{name:?}");
        }
    }
}
