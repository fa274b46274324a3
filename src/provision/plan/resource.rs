//! Plans resources.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{Planner, Pruned, never_changes, parse_uuid};
use crate::domain::{Name, PublicUrl, RegistrationRef, Resource, ResourceKind, ResourceRef, Slug};
use crate::failure::{Failure, FailureList, Kind};
use crate::provision::change::Change;
use crate::provision::field::{Field, Key};
use crate::provision::state::State;
use crate::provision::{Manifest, Source};
use crate::rules::resource::{self, Lookup, ResourceChange, TargetText};
use crate::rules::setting::ClearableText;

const SECTION: &str = "resources";

/// Maximum number of unknown names for which similar ones are searched, which is slow.
const MAX_SUGGESTIONS: u32 = 50;

/// The objects that exist once the plan is executed, to which the manifest may refer in any order.
pub(super) struct KnownObjects<'p> {
    kinds: HashMap<&'p str, ResourceKind>,
    /// An activity of each course that has any.
    activities: HashMap<&'p str, &'p str>,
    registrations: HashSet<&'p str>,
    tool_url: PublicUrl,
    suggestions: Cell<u32>,
}

impl<'p> KnownObjects<'p> {
    pub(super) fn new(
        manifest: &'p Manifest<'_>,
        state: &'p State,
        pruned: &Pruned<'p>,
        tool_url: PublicUrl,
    ) -> Self {
        let (mut kinds, mut courses): (HashMap<&str, ResourceKind>, HashMap<&str, &str>) =
            (HashMap::new(), HashMap::new());
        for (slug, resource) in
            state.resources.iter().filter(|(slug, _)| !pruned.resources.contains(slug))
        {
            kinds.insert(slug.as_str(), resource.kind);
            courses.extend(resource.course.as_ref().map(|course| (slug.as_str(), course.as_str())));
        }
        for (key, entry) in &manifest.resources {
            let slug = key.text.as_str();
            kinds.entry(slug).or_insert(ResourceKind::Activity);
            let Field::Value(entry) = entry else { continue };
            kinds.extend(entry.kind.map(|kind| (slug, kind)));
            match &entry.course {
                Some(ClearableText(Some(course))) => drop(courses.insert(slug, course.as_str())),
                Some(ClearableText(None)) => drop(courses.remove(slug)),
                None => {}
            }
        }
        let stored = state
            .registrations
            .keys()
            .filter(|slug| !pruned.registrations.contains(slug))
            .map(Slug::as_str);
        let registrations =
            stored.chain(manifest.registrations.iter().map(|(key, _)| key.text.as_str())).collect();
        // The first one in alphabetical order, so that messages are deterministic.
        let mut activities: HashMap<&str, &str> = HashMap::new();
        for (activity, course) in courses {
            let first = activities.entry(course).or_insert(activity);
            *first = activity.min(*first);
        }
        Self { kinds, activities, registrations, tool_url, suggestions: Cell::new(0) }
    }

    /// An activity of a course that is kept.
    pub(super) fn activity(&self, course: &Slug) -> Option<&str> {
        self.activities.get(course.as_str()).copied()
    }

    fn unknown<'k>(&self, noun: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Failure {
        self.suggestions.set(self.suggestions.get().saturating_add(1));
        if self.suggestions.get() > MAX_SUGGESTIONS {
            return Failure::new(
                Kind::NotFound,
                format!("no {noun} {name:?}"),
                "it is neither stored nor listed",
                "",
            );
        }
        Failure::not_found(noun, name, &known.collect::<Vec<_>>())
    }
}

impl Lookup for KnownObjects<'_> {
    fn resource(&self, reference: &ResourceRef) -> Result<(Slug, ResourceKind), Failure> {
        let name = reference.as_str();
        match self.kinds.get(name) {
            Some(kind) => Ok((Slug::new(name)?, *kind)),
            None => Err(self.unknown("resource", name, self.kinds.keys().copied())),
        }
    }

    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure> {
        Ok(self.activity(course).map(Slug::new).transpose()?)
    }

    fn registration(&self, reference: &RegistrationRef) -> Result<Slug, Failure> {
        let name = reference.as_str();
        match self.registrations.contains(name) {
            true => Ok(Slug::new(name)?),
            false => Err(self.unknown("registration", name, self.registrations.iter().copied())),
        }
    }

    fn tool_url(&self) -> Result<PublicUrl, Failure> {
        Ok(self.tool_url.clone())
    }
}

impl Planner<'_> {
    pub(super) fn resources(&mut self, known: &KnownObjects<'_>) {
        let manifest = self.manifest;
        // With those to be pruned: a resource that is listed under another key is not another one.
        let stored = self.state.resources.iter();
        let mut uuids: HashMap<Uuid, &str> =
            stored.map(|(slug, resource)| (resource.uuid, slug.as_str())).collect();
        for (key, entry) in &manifest.resources {
            let slug = match Slug::new(&key.text) {
                Ok(slug) => slug,
                Err(invalid) => {
                    self.report_problem(SECTION, key, "", invalid);
                    continue;
                }
            };
            let Field::Value(entry) = entry else { continue };
            let before = self.state.resources.get(&slug);
            let mut failures = FailureList::default();
            let Some(mut after) = self.resource(slug, entry, before, &mut failures) else {
                self.report_problems(SECTION, key, failures);
                continue;
            };
            if before.is_none()
                && let Some(other) = uuids.insert(after.uuid, &key.text)
            {
                let why = format!(
                    "resource {other} has it; a slug never changes: list it as {other}, and give it \
                     another name"
                );
                failures.take(
                    "uuid",
                    Err::<(), _>(Failure::new(Kind::Conflict, "this UUID is taken", why, "")),
                );
            }
            let change = self.resolved(key, entry);
            resource::alter(known, &mut after, &change, &mut failures);
            self.report_problems(SECTION, key, failures);
            if before != Some(&after) {
                let has_fresh_uuid = before.is_none() && entry.uuid.is_none();
                self.plan.changes.push(Change::Resource {
                    before: before.cloned().map(Box::new),
                    after: Some(Box::new(after)),
                    has_fresh_uuid,
                });
            }
        }
    }

    /// The stored resource, or a new one, with its planned UUID.
    fn resource(
        &self,
        slug: Slug,
        entry: &ResourceChange,
        before: Option<&Resource>,
        failures: &mut FailureList,
    ) -> Option<Resource> {
        let uuid = entry.uuid.as_ref().and_then(|text| failures.take("uuid", parse_uuid(text)));
        match (before, uuid) {
            (Some(before), Some(uuid)) if before.uuid != uuid => {
                let stored = before.uuid.to_string();
                failures.take("uuid", Err::<(), _>(never_changes("the UUID", &stored)));
                Some(before.clone())
            }
            (Some(before), _) => Some(before.clone()),
            (None, uuid) => {
                let name = failures.take("name", Name::new(slug.as_str()))?;
                Some(Resource::new(
                    slug,
                    uuid.unwrap_or_else(|| self.random.uuid()),
                    name,
                    self.now,
                ))
            }
        }
    }

    /// The change, with a relative directory resolved against the manifest's own directory.
    fn resolved(&self, key: &Key, change: &ResourceChange) -> ResourceChange {
        let source = self.manifest.sources.get(key.position.source as usize);
        let mut change = change.clone();
        if let Some(TargetText(Some(text))) = &mut change.target
            && let Some(path) = resolve(source, text)
        {
            *text = path.display().to_string();
        }
        change
    }
}

/// Resolves a relative directory against the manifest's own.
fn resolve(source: Option<&Source>, text: &str) -> Option<PathBuf> {
    let is_relative = text != "page" && !text.contains("://") && !Path::new(text).is_absolute();
    let directory = source?.directory.as_ref().filter(|_| is_relative)?;
    Some(directory.join(text))
}
