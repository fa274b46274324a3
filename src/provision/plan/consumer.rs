//! Plans consumers of LTI 1.1.

use std::collections::HashMap;

use super::resource::KnownObjects;
use super::{Planner, never_changes};
use crate::domain::{Consumer, ConsumerKey, Name, Secret, Slug};
use crate::failure::{Failure, FailureList, Kind};
use crate::provision::change::{Change, NewSecret};
use crate::provision::field::{Field, Key};
use crate::rules::consumer::{self, ConsumerChange};
use crate::rules::resource::Lookup;
use crate::rules::setting::Clearable;
use crate::store::Read;

const SECTION: &str = "consumers";

impl Planner<'_> {
    pub(super) fn consumers(
        &mut self,
        read: Read<'_>,
        known: &KnownObjects<'_>,
    ) -> Result<(), Failure> {
        let manifest = self.manifest;
        let stored = self.state.consumers.iter();
        let mut keys: HashMap<String, String> =
            stored.map(|(slug, one)| (one.key.to_string(), slug.to_string())).collect();
        for (key, entry) in &manifest.consumers {
            let slug = match Slug::new(&key.text) {
                Ok(slug) => slug,
                Err(invalid) => {
                    self.report_problem(SECTION, key, "", invalid);
                    continue;
                }
            };
            let Field::Value(entry) = entry else { continue };
            match self.state.consumers.get(&slug) {
                Some(before) => self.stored_consumer(read, key, entry, before, known)?,
                None => self.new_consumer(key, slug, entry, known, &mut keys),
            }
        }
        Ok(())
    }

    fn stored_consumer(
        &mut self,
        read: Read<'_>,
        key: &Key,
        entry: &ConsumerChange,
        before: &Consumer,
        known: &KnownObjects<'_>,
    ) -> Result<(), Failure> {
        let (mut after, mut failures) = (before.clone(), FailureList::default());
        let slug = &before.registration.slug;
        if entry.key.as_ref().is_some_and(|key| key != before.key.as_str()) {
            failures.take("key", Err::<(), _>(never_changes("the key", before.key.as_str())));
        }
        let own = before.own_resource.as_ref().map_or("none", Slug::as_str);
        if let Some(Clearable(named)) = &entry.own_resource
            && named.as_ref().map_or("none", |named| named.as_str()) != own
        {
            failures.take("own_resource", Err::<(), _>(never_changes("its own resource", own)));
        }
        if before.own_resource.as_ref().is_some_and(|own| self.pruned.resources.contains(own)) {
            let why = format!("{own} is not listed, and would be deleted with it");
            failures.take(
                "own_resource",
                Err::<(), _>(Failure::new(Kind::Conflict, "its resource is deleted", why, "")),
            );
        }
        if let Some(secret) = &entry.secret {
            let accepted = read.consumer_secrets(before.registration.id, self.now)?;
            if !accepted.iter().any(|one| one.expose() == secret.as_bytes()) {
                let why = format!(
                    "to replace it, run `ltictl consumer rotate {slug} --secret-stdin` first"
                );
                let what = "it has another secret";
                failures.take("secret", Err::<(), _>(Failure::new(Kind::Conflict, what, why, "")));
            }
        }
        consumer::alter(known, &mut after, entry, &mut failures);
        self.report_problems(SECTION, key, failures);
        if *before != after {
            self.plan.changes.push(Change::Consumer {
                before: Some(Box::new(before.clone())),
                after: Some(Box::new(after)),
                secret: None,
            });
        }
        Ok(())
    }

    fn new_consumer(
        &mut self,
        key: &Key,
        slug: Slug,
        entry: &ConsumerChange,
        known: &KnownObjects<'_>,
        keys: &mut HashMap<String, String>,
    ) {
        let mut failures = FailureList::default();
        let is_registration = self.state.registrations.contains_key(&slug)
            || self.manifest.registrations.iter().any(|(other, _)| other.text == slug.as_str());
        if is_registration {
            let failure = Failure::new(
                Kind::Conflict,
                format!("registration {slug} already exists"),
                "registrations and consumers share their slugs; choose another key",
                "",
            );
            failures.take("", Err::<(), _>(failure));
        }
        let text = entry.key.as_deref().unwrap_or(slug.as_str());
        let consumer_key = failures.take("key", ConsumerKey::new(text));
        if let Some(other) = keys.insert(text.to_owned(), slug.to_string()) {
            let why = format!("consumer {other} has it; a slug never changes: list it as {other}");
            failures.take(
                "key",
                Err::<(), _>(Failure::new(Kind::Conflict, "this key is taken", why, "")),
            );
        }
        let secret = match &entry.secret {
            Some(text) => {
                failures.take("secret", consumer::check_secret(text).map(|()| text.clone()))
            }
            None => Some(consumer::fresh_secret(self.random)),
        };
        let own = self.own_resource(entry, known, &mut failures);
        let token = consumer::fresh_cartridge_token(self.random);
        let new = consumer_key.zip(failures.take("", Name::new(slug.as_str())));
        let after = new.and_then(|(consumer_key, name)| {
            failures.take("", Consumer::new(name, Some(slug), consumer_key, token, self.now))
        });
        let Some(mut after) = after else { return self.report_problems(SECTION, key, failures) };
        after.own_resource = own;
        // What was published alone opens nothing else, unless more is listed.
        after.resources = after.own_resource.clone().map(|own| vec![own]);
        consumer::alter(known, &mut after, entry, &mut failures);
        self.report_problems(SECTION, key, failures);
        self.plan.changes.push(Change::Consumer {
            before: None,
            after: Some(Box::new(after)),
            secret: secret.map(|text| NewSecret(Secret::new(text.into_bytes()))),
        });
    }

    /// The resource that a new consumer belongs to, which has no other.
    fn own_resource(
        &self,
        entry: &ConsumerChange,
        known: &KnownObjects<'_>,
        failures: &mut FailureList,
    ) -> Option<Slug> {
        let reference = entry.own_resource.as_ref()?.0.as_ref()?;
        let (own, _) = failures.take("own_resource", known.resource(reference))?;
        let planned = self.plan.changes.iter().filter_map(|change| match change {
            Change::Consumer { after: Some(after), .. } => Some(&**after),
            _ => None,
        });
        let other = self
            .state
            .consumers
            .values()
            .chain(planned)
            .find(|other| other.own_resource.as_ref() == Some(&own));
        if let Some(other) = other {
            let why = format!("consumer {} was published with it", other.registration.slug);
            failures.take(
                "own_resource",
                Err::<(), _>(Failure::new(Kind::Conflict, "the resource is taken", why, "")),
            );
            return None;
        }
        Some(own)
    }
}
