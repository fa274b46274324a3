//! Notices of platforms: subscriptions, and what an administrator wants.

use jiff::Timestamp;

use crate::domain::{
    NoticePolicy, NoticeService, NoticeSubscription, Registration, RegistrationRef,
    SubscriptionState,
};
use crate::failure::{Failure, Kind};
use crate::lti::notice::handlers::is_type;
use crate::rules::notice::AUTOMATIC;
use crate::rules::registration;
use crate::store::{Read, Write};

/// A deployment with its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeStatus {
    /// Its registration.
    pub registration: Registration,
    /// Where the platform offers notices.
    pub service: NoticeService,
    /// Its subscriptions, by type.
    pub subscriptions: Vec<NoticeSubscription>,
}

impl NoticeStatus {
    /// When the subscriptions were last compared.
    pub fn checked_at(&self) -> Option<Timestamp> {
        self.service.checked_at
    }

    /// Whether the tool wants notices of a subscription's type.
    pub fn is_wanted(&self, subscription: &NoticeSubscription) -> bool {
        self.registration.policy.notices == NoticePolicy::On
            && subscription.wanted.unwrap_or(AUTOMATIC.contains(&subscription.notice_type.as_str()))
    }
}

/// The subscriptions of one registration, or of all, by name.
pub fn status(
    read: Read<'_>,
    reference: Option<&RegistrationRef>,
) -> Result<Vec<NoticeStatus>, Failure> {
    let services = match reference {
        Some(reference) => read.notice_services(registration::find(read, reference)?.id)?,
        None => read.all_notice_services()?,
    };
    let mut all = Vec::new();
    for service in services {
        let Some(registration) = read.registration_by_id(service.registration)? else { continue };
        let subscriptions = read.notice_subscriptions(service.deployment)?;
        all.push(NoticeStatus { registration, service, subscriptions });
    }
    Ok(all)
}

/// Stores whether notices of these types are wanted, for every deployment of a registration where they
/// are offered. Without types, those are meant to which the tool subscribes by itself or has subscribed.
/// Returns the types.
///
/// # Errors
///
/// If the registration does not exist or accepts no notices, no launch has offered some, or a type
/// cannot be one.
pub fn want(
    write: &Write<'_>,
    reference: &RegistrationRef,
    types: &[String],
    wanted: bool,
) -> Result<Vec<String>, Failure> {
    let registration = registration::find(**write, reference)?;
    let slug = &registration.slug;
    if let Some(name) = types.iter().find(|name| !is_type(name)) {
        return Err(Failure::new(
            Kind::Invalid,
            "invalid type of notice",
            format!("{name:?} must have 1 to 255 letters, digits or signs, without spaces"),
            format!("ltictl notice status {slug}"),
        ));
    }
    if wanted && registration.policy.notices == NoticePolicy::Off {
        return Err(Failure::new(
            Kind::Conflict,
            format!("{slug} accepts no notices"),
            "its policy is --notices off",
            format!("ltictl platform set {slug} --notices on"),
        ));
    }
    let services = write.notice_services(registration.id)?;
    if services.is_empty() {
        return Err(Failure::new(
            Kind::NotFound,
            format!("{slug} has offered no notices"),
            "a platform offers notices in its launches, and only to tools that may use them",
            format!(
                "Enable notices for the tool in the LMS and open one of its links; then: ltictl \
                 notice status {slug}"
            ),
        ));
    }
    let mut chosen: Vec<String> = types.to_vec();
    if chosen.is_empty() {
        chosen.extend(AUTOMATIC.iter().map(|name| (*name).to_owned()));
        for service in services.iter().filter(|_| !wanted) {
            let subscribed = write.notice_subscriptions(service.deployment)?;
            let subscribed =
                subscribed.into_iter().filter(|one| one.state == SubscriptionState::Subscribed);
            chosen.extend(subscribed.map(|one| one.notice_type));
        }
        chosen.sort();
        chosen.dedup();
    }
    for service in &services {
        for name in &chosen {
            write.want_notices(service.deployment, name, wanted)?;
        }
    }
    Ok(chosen)
}
