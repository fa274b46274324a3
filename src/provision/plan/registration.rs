//! Plans registrations and their deployments.

use std::collections::{HashMap, HashSet};

use super::Planner;
use crate::domain::{Deployment, DeploymentId, Invalid, Name, Registration, Slug};
use crate::failure::{Failure, FailureList, Kind};
use crate::provision::change::Change;
use crate::provision::field::{Field, Key};
use crate::provision::manifest::{DeploymentEntry, PlatformEntry, RegistrationEntry};
use crate::rules::carry_over;
use crate::rules::registration::{self, PlatformChange};
use crate::rules::tenancy::{self, Neighbourhood};
use crate::store::Read;

const SECTION: &str = "registrations";

impl Planner<'_> {
    pub(super) fn registrations(&mut self) {
        let manifest = self.manifest;
        for (key, entry) in &manifest.registrations {
            let slug = match Slug::new(&key.text) {
                Ok(slug) => slug,
                Err(invalid) => {
                    self.report_problem(SECTION, key, "", invalid);
                    continue;
                }
            };
            if let Field::Value(entry) = entry {
                self.registration(key, slug, entry);
            }
        }
        let renamed = self.refuse_renamed_keys();
        self.refuse_conflicts(&renamed);
    }

    /// Reports new registrations that are a stored one under another key, and returns them: otherwise,
    /// pruning would delete the stored one with the data of its courses.
    fn refuse_renamed_keys(&mut self) -> HashSet<Slug> {
        let listed: HashSet<&str> =
            self.manifest.registrations.iter().map(|(key, _)| key.text.as_str()).collect();
        let identifiers = |registration: &Registration| {
            let platform = registration.platform.as_ref()?;
            Some((platform.issuer.to_string(), platform.client_id.to_string()))
        };
        let unlisted: HashMap<(String, String), &Slug> = self
            .state
            .registrations
            .iter()
            .filter(|(slug, _)| !listed.contains(slug.as_str()))
            .filter_map(|(slug, (registration, _))| Some((identifiers(registration)?, slug)))
            .collect();
        let mut renamed = HashMap::new();
        for change in &self.plan.changes {
            if let Change::Registration { before: None, after: Some(after) } = change
                && let Some(old) = identifiers(after).and_then(|found| unlisted.get(&found))
            {
                renamed.insert(after.slug.clone(), *old);
            }
        }
        for (key, _) in &self.manifest.registrations {
            let Some(slug) = renamed.get(key.text.as_str()) else { continue };
            let why = format!(
                "it has the issuer and client ID of {slug}, which is not listed. A slug never changes, \
                 because the platform's login URL contains it. List it as {slug}, and change its \
                 name instead, as `ltictl registration rename {slug} NAME` does"
            );
            let what = format!("{} is a stored registration under another key", key.text);
            let failure = Failure::new(Kind::Conflict, what, why, "");
            self.report_problem(SECTION, key, "", failure);
        }
        renamed.into_keys().collect()
    }

    fn registration(&mut self, key: &Key, slug: Slug, entry: &RegistrationEntry) {
        if self.state.consumers.contains_key(&slug) {
            let failure = Failure::new(
                Kind::Conflict,
                format!("consumer {slug} already exists"),
                "registrations and consumers share their slugs; choose another key",
                "",
            );
            return self.report_problem(SECTION, key, "", failure);
        }
        let stored = self.state.registrations.get(&slug);
        let before = stored.map(|(registration, _)| registration);
        let mut after = match before {
            Some(registration) => registration.clone(),
            // Every slug is a valid name.
            None => match Name::new(slug.as_str()) {
                Ok(name) => Registration::draft(slug.clone(), name, self.now),
                Err(invalid) => return self.report_problem(SECTION, key, "", invalid),
            },
        };
        let mut failures = FailureList::default();
        if let Some(name) = entry.name.text()
            && let Some(name) = failures.take("name", Name::new(name))
        {
            after.name = name;
        }
        after.enabled = entry.enabled.cloned().unwrap_or(after.enabled);
        let change = platform_change(
            entry,
            before.is_some_and(|registration| registration.platform.is_some()),
            &mut failures,
        );
        registration::alter(&mut after, &change, &mut failures);
        let deployments = stored.map(|(_, deployments)| deployments.as_slice()).unwrap_or_default();
        let deployments = changed_deployments(entry, deployments, &mut failures);
        self.report_problems(SECTION, key, failures);

        let registration_id = before.map(|registration| registration.id);
        if before != Some(&after) {
            self.plan.changes.push(Change::Registration {
                before: before.cloned().map(Box::new),
                after: Some(Box::new(after)),
            });
        }
        let change = |(before, after)| Change::Deployment {
            registration: slug.clone(),
            registration_id,
            before,
            after: Some(after),
        };
        self.plan.changes.extend(deployments.into_iter().map(change));
    }

    /// What happens to people whose issuer or tenant changes: they are carried over or not, or
    /// there is a problem if the manifest does not decide.
    pub(super) fn people(&mut self, read: Read<'_>) -> Result<(), Failure> {
        let mut changed: HashMap<i64, (&Registration, &Registration)> = HashMap::new();
        for change in &self.plan.changes {
            if let Change::Registration { before: Some(before), after: Some(after) } = change {
                changed.insert(before.id, (before, after));
            }
        }
        // The registrations that are kept, by issuer.
        let mut by_issuer: HashMap<&str, Vec<(&Registration, &Registration)>> = HashMap::new();
        for (slug, (registration, _)) in &self.state.registrations {
            if let Some(platform) =
                registration.platform.as_ref().filter(|_| !self.pruned.registrations.contains(slug))
            {
                by_issuer.entry(platform.issuer.as_str()).or_default().push(
                    changed.get(&registration.id).copied().unwrap_or((registration, registration)),
                );
            }
        }
        let manifest = self.manifest;
        let (mut carried, mut undecided) = (Vec::new(), Vec::new());
        for (key, entry) in &manifest.registrations {
            let Field::Value(entry) = entry else { continue };
            let stored = self
                .state
                .registrations
                .get(key.text.as_str())
                .and_then(|(registration, _)| changed.get(&registration.id));
            let Some((before, after)) = stored.filter(|_| entry.keep_users.get() != Some(&false))
            else {
                continue;
            };
            let others = before
                .platform
                .as_ref()
                .and_then(|platform| by_issuer.get(platform.issuer.as_str()))
                .map(Vec::as_slice)
                .unwrap_or_default();
            let Some(affected) = carry_over::affected(read, before, after, others)? else {
                continue;
            };
            match entry.keep_users.get() {
                Some(_) => carried.push((after.slug.clone(), affected)),
                None => undecided.push((
                    key,
                    carry_over::undecided_in_manifest(&after.slug, affected.dependents),
                )),
            }
        }
        for (key, failure) in undecided {
            self.report_problem(SECTION, key, "", failure);
        }
        self.plan.carried = carried;
        Ok(())
    }

    /// Reports planned registrations that may not exist beside each other.
    fn refuse_conflicts(&mut self, reported: &HashSet<Slug>) {
        let mut moved: Vec<(&Registration, bool)> = Vec::new();
        for change in &self.plan.changes {
            if let Change::Registration { before, after: Some(after) } = change
                && tenancy::affects_tenancy(before.as_deref(), after)
                && !reported.contains(&after.slug)
            {
                moved.push((after, before.is_some()));
            }
        }
        if moved.is_empty() {
            return;
        }
        let moved_stored: HashSet<&Slug> = moved
            .iter()
            .filter(|(_, was_stored)| *was_stored)
            .map(|(registration, _)| &registration.slug)
            .collect();
        let is_kept =
            |slug: &Slug| !self.pruned.registrations.contains(slug) && !moved_stored.contains(slug);
        let kept = self
            .state
            .registrations
            .iter()
            .filter(|(slug, _)| is_kept(slug))
            .map(|(_, (registration, _))| registration);
        let mut neighbourhood = Neighbourhood::of(kept);
        let mut refused = Vec::new();
        for (registration, _) in moved {
            match tenancy::check_alone(registration)
                .and_then(|()| neighbourhood.check(registration))
            {
                Err(violation) => refused.push((registration.slug.clone(), violation)),
                Ok(()) => neighbourhood.insert(registration),
            }
        }
        for (slug, violation) in refused {
            if let Some((key, _)) =
                self.manifest.registrations.iter().find(|(key, _)| key.text == slug.as_str())
            {
                self.report_problem(
                    SECTION,
                    key,
                    violation.part,
                    violation.into_manifest_failure(),
                );
            }
        }
    }
}

/// The change to the platform, as `platform set` would make it.
fn platform_change(
    entry: &RegistrationEntry,
    has_details: bool,
    failures: &mut FailureList,
) -> PlatformChange {
    let mut change = PlatformChange {
        policy: entry.policy.cloned().unwrap_or_default(),
        audience_is_typed: true,
        product: entry.product.text_or_empty(),
        configuration_url: entry.openid_configuration_url.text_or_empty(),
        ..PlatformChange::default()
    };
    if let Field::Value(platform) = &entry.platform {
        details_change(platform, has_details, &mut change, failures);
    }
    change
}

fn details_change(
    entry: &PlatformEntry,
    has_details: bool,
    change: &mut PlatformChange,
    failures: &mut FailureList,
) {
    let PlatformEntry {
        issuer,
        client_id,
        keyset_url,
        access_token_url,
        authentication_request_url,
    } = entry;
    let values = [issuer, client_id, keyset_url, access_token_url, authentication_request_url];
    let names = || values.into_iter().zip(registration::DETAILS);
    let missing: Vec<&str> =
        names().filter(|(value, _)| value.is_missing()).map(|(_, row)| row.key).collect();
    if !has_details
        && (!missing.is_empty() || values.iter().any(|value| matches!(value, Field::Invalid)))
    {
        // None of them can be stored, but each is checked.
        let allow_http = change.policy.allow_http.unwrap_or_default();
        for (position, (value, row)) in names().enumerate() {
            if let Some(value) = value.text() {
                failures.take(
                    format!("platform.{}", row.key),
                    registration::check_detail(position, value, allow_http),
                );
            }
        }
        if !missing.is_empty() && missing.len() < values.len() {
            let rule = format!(
                "must be complete the first time, and {} {} missing",
                missing.join(", "),
                if missing.len() == 1 { "is" } else { "are" }
            );
            failures.take("platform", Err::<(), _>(Invalid::new("the platform", rule)));
        }
        return;
    }
    for (detail, value) in change.details_mut().into_iter().zip(values) {
        *detail = value.cloned();
    }
}

/// The deployments that are new or renamed, as stored and as planned.
fn changed_deployments(
    entry: &RegistrationEntry,
    stored: &[Deployment],
    failures: &mut FailureList,
) -> Vec<(Option<Deployment>, Deployment)> {
    let mut changed = Vec::new();
    let mut seen: HashMap<DeploymentId, usize> = HashMap::new();
    for (number, deployment) in entry.deployments.get().into_iter().flatten().enumerate() {
        let Field::Value(DeploymentEntry { deployment_id, name }) = deployment else { continue };
        let deployment_id = match deployment_id {
            Field::Value(text) => failures
                .take(format!("deployments[{number}].deployment_id"), DeploymentId::new(text)),
            Field::Missing => failures.take(
                format!("deployments[{number}]"),
                Err(Invalid::new("deployment_id", "must be given")),
            ),
            Field::Invalid => None,
        };
        let Some(deployment_id) = deployment_id else { continue };
        if let Some(first) = seen.insert(deployment_id.clone(), number) {
            let twice = Failure::new(
                Kind::Invalid,
                "a deployment is listed twice",
                format!("must not be listed twice, as deployments[{first}] is the same"),
                "",
            );
            failures.take(format!("deployments[{number}].deployment_id"), Err::<(), _>(twice));
            continue;
        }
        let before = stored.iter().find(|deployment| deployment.deployment_id == deployment_id);
        let name = match name.get() {
            Some(name) => failures.take(
                format!("deployments[{number}].name"),
                name.as_deref().map(Name::new).transpose(),
            ),
            None => Some(before.and_then(|before| before.name.clone())),
        };
        let Some(name) = name else { continue };
        let after = Deployment { deployment_id, name };
        if before != Some(&after) {
            changed.push((before.cloned(), after));
        }
    }
    changed
}
