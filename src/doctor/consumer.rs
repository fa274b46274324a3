//! Checks of consumers of LTI 1.1: what they may use, and whether they launch.

use std::ops::ControlFlow;

use super::{Check, Findings, history};
use crate::domain::{Consumer, Resource, rfc3339};
use crate::store::{Error, Read, RegistrationFacts};

/// Adds findings about one consumer.
pub(super) fn examine(
    findings: &mut Findings,
    read: Read<'_>,
    consumer: &Consumer,
    facts: &RegistrationFacts,
) -> Result<(), Error> {
    let slug = &consumer.registration.slug;
    if consumer.secret_count == 0 {
        findings.fail(
            Check::ConsumerSecrets,
            "The consumer has no secret, as after a restore without keys: every launch is refused.",
            format!("run `ltictl consumer rotate {slug}`, and enter the new secret in the LMS"),
        );
    }
    let usable = usable(read, consumer)?;
    match &usable {
        Some(_) => {
            findings.ok(Check::ConsumerResources, "The consumer may use a published resource.");
        }
        None => {
            findings.warn(
                Check::ConsumerResources,
                "The consumer may use no published resource: every launch is refused.",
                format!("ltictl consumer set {slug} --resource RES"),
            );
        }
    }
    last_launch(findings, consumer, usable.as_ref(), facts);
    history::refusals(findings, &facts.refusals);
    Ok(())
}

/// A published resource that a consumer may use, if there is one.
fn usable(read: Read<'_>, consumer: &Consumer) -> Result<Option<Resource>, Error> {
    let is_usable = |one: &Resource| one.published && consumer.may_use(one);
    if let Some(slugs) = &consumer.resources {
        for slug in slugs {
            if let Some(resource) = read.resource(slug)?.filter(is_usable) {
                return Ok(Some(resource));
            }
        }
        return Ok(None);
    }
    let mut found = None;
    read.each_resource(|resource| {
        if is_usable(&resource) {
            found = Some(resource);
            return Ok::<_, Error>(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn last_launch(
    findings: &mut Findings,
    consumer: &Consumer,
    usable: Option<&Resource>,
    facts: &RegistrationFacts,
) {
    const CHECK: Check = Check::LastLaunch;
    let slug = &consumer.registration.slug;
    if let Some(at) = facts.last_accepted_at.max(consumer.last_seen_at) {
        findings
            .ok(CHECK, "Launches were accepted.")
            .seen(format!("the last accepted launch was at {}", rfc3339(at)));
    } else if !consumer.registration.enabled {
        findings.skip(CHECK, "No launch so far; its launches are refused, because it is disabled.");
    } else {
        let fix = match (facts.refusals.first(), usable) {
            (Some(refusals), _) => history::fix(refusals),
            (None, Some(resource)) => format!(
                "enter in the LMS what `ltictl resource launch-details {} --lti-1p1 --consumer \
                 {slug}` prints, and open the link",
                resource.slug
            ),
            (None, None) => format!("ltictl consumer set {slug} --resource RES"),
        };
        findings.warn(CHECK, "No launch has ever been accepted.", fix).seen("last success: never");
    }
}
