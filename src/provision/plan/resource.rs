//! The part of a plan that is about resources.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::{Gone, Planner, never_changes, parse_uuid};
use crate::domain::{Invalid, MaxGrade, Name, Resource, ResourceKind, RoleName, Slug, Target};
use crate::failure::{Complaints, Failure, Kind};
use crate::provision::change::Change;
use crate::provision::given::{Given, Key};
use crate::provision::manifest::ResourceEntry;
use crate::provision::state::State;
use crate::provision::{Manifest, Source};
use crate::rules::resource::{self, ResourceChange, Surroundings};

const SECTION: &str = "resources";

/// For how many names that nobody knows the nearest ones are looked for; that takes its time.
const MOST_GUESSES: u32 = 50;

/// What there is once the plan is done: what the parts of a manifest may refer to, in whatever
/// order they stand.
pub(super) struct Around<'p> {
    kinds: HashMap<&'p str, ResourceKind>,
    /// An activity of each course that has any.
    activities: HashMap<&'p str, &'p str>,
    registrations: HashSet<&'p str>,
    guesses: Cell<u32>,
}

impl<'p> Around<'p> {
    pub(super) fn new(manifest: &'p Manifest<'_>, state: &'p State, gone: &Gone<'p>) -> Self {
        let (mut kinds, mut courses): (HashMap<&str, ResourceKind>, HashMap<&str, &str>) =
            (HashMap::new(), HashMap::new());
        for (slug, resource) in
            state.resources.iter().filter(|(slug, _)| !gone.resources.contains(slug.as_str()))
        {
            kinds.insert(slug, resource.kind);
            courses.extend(resource.course.as_ref().map(|course| (slug.as_str(), course.as_str())));
        }
        for (key, entry) in &manifest.resources {
            let slug = key.text.as_str();
            kinds.entry(slug).or_insert(ResourceKind::Activity);
            let Given::Is(entry) = entry else { continue };
            if let Given::Is(kind) = entry.kind {
                kinds.insert(slug, kind);
            }
            match &entry.course {
                Given::Is(Some(course)) if !course.is_empty() => drop(courses.insert(slug, course)),
                Given::Is(_) => drop(courses.remove(slug)),
                Given::Missing | Given::Bad => {}
            }
        }
        let stored = state
            .registrations
            .keys()
            .map(String::as_str)
            .filter(|slug| !gone.registrations.contains(slug));
        let registrations =
            stored.chain(manifest.registrations.iter().map(|(key, _)| key.text.as_str())).collect();
        // The first by the alphabet, so that the same is said every time.
        let mut activities: HashMap<&str, &str> = HashMap::new();
        for (activity, course) in courses {
            let first = activities.entry(course).or_insert(activity);
            *first = activity.min(*first);
        }
        Self { kinds, activities, registrations, guesses: Cell::new(0) }
    }

    /// An activity that stays and belongs to a course.
    pub(super) fn activity(&self, course: &str) -> Option<&str> {
        self.activities.get(course).copied()
    }

    fn unknown<'k>(&self, noun: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Failure {
        self.guesses.set(self.guesses.get().saturating_add(1));
        if self.guesses.get() > MOST_GUESSES {
            return Failure::new(
                Kind::NotFound,
                format!("no {noun} {name:?}"),
                "it is neither stored nor listed",
                "",
            );
        }
        Failure::not_found(noun, name, &known.map(str::to_owned).collect::<Vec<_>>())
    }
}

impl Surroundings for Around<'_> {
    fn resource(&self, name: &str) -> Result<(Slug, ResourceKind), Failure> {
        match self.kinds.get(name) {
            Some(kind) => Ok((Slug::new(name)?, *kind)),
            None => Err(self.unknown("resource", name, self.kinds.keys().copied())),
        }
    }

    fn activity_of(&self, course: &Slug) -> Result<Option<Slug>, Failure> {
        Ok(self.activity(course.as_str()).map(Slug::new).transpose()?)
    }

    fn registration(&self, name: &str) -> Result<Slug, Failure> {
        match self.registrations.contains(name) {
            true => Ok(Slug::new(name)?),
            false => Err(self.unknown("registration", name, self.registrations.iter().copied())),
        }
    }
}

impl Planner<'_> {
    pub(super) fn resources(&mut self, around: &Around<'_>) {
        let manifest = self.manifest;
        let staying = self
            .state
            .resources
            .iter()
            .filter(|(slug, _)| !self.gone.resources.contains(slug.as_str()));
        let mut uuids: HashMap<Uuid, &str> =
            staying.map(|(slug, resource)| (resource.uuid, slug.as_str())).collect();
        for (key, entry) in &manifest.resources {
            let slug = match Slug::new(&key.text) {
                Ok(slug) => slug,
                Err(invalid) => {
                    self.complain(SECTION, key, "", invalid);
                    continue;
                }
            };
            let Given::Is(entry) = entry else { continue };
            let before = self.state.resources.get(slug.as_str());
            let mut complaints = Complaints::default();
            let Some(mut after) = self.resource(slug, entry, before, &mut complaints) else {
                self.complain_all(SECTION, key, complaints);
                continue;
            };
            if before.is_none()
                && let Some(other) = uuids.insert(after.uuid, &key.text)
            {
                let why = format!("resource {other} has it");
                complaints.take(
                    "uuid",
                    Err::<(), _>(Failure::new(Kind::Conflict, "this UUID is taken", why, "")),
                );
            }
            let change = self.resource_change(key, entry, before, &mut complaints);
            resource::alter(around, &mut after, &change, &mut complaints);
            self.complain_all(SECTION, key, complaints);
            if before != Some(&after) {
                let has_fresh_uuid = before.is_none() && entry.uuid.is_missing();
                self.plan.changes.push(Change::Resource {
                    before: before.cloned().map(Box::new),
                    after: Some(Box::new(after)),
                    has_fresh_uuid,
                });
            }
        }
    }

    /// The resource as it is, or a new one, with the UUID that it is to have.
    fn resource(
        &self,
        slug: Slug,
        entry: &ResourceEntry,
        before: Option<&Resource>,
        complaints: &mut Complaints,
    ) -> Option<Resource> {
        let given = entry.uuid.text().and_then(|text| complaints.take("uuid", parse_uuid(text)));
        match (before, given) {
            (Some(before), Some(uuid)) if before.uuid != uuid => {
                let stored = before.uuid.to_string();
                complaints.take("uuid", Err::<(), _>(never_changes("the UUID", &stored)));
                Some(before.clone())
            }
            (Some(before), _) => Some(before.clone()),
            (None, uuid) => {
                let name = complaints.take("name", Name::new(slug.as_str()))?;
                Some(Resource::new(
                    slug,
                    uuid.unwrap_or_else(|| self.random.uuid()),
                    name,
                    self.now,
                ))
            }
        }
    }

    /// What an entry says, as `resource update` would say it.
    fn resource_change(
        &self,
        key: &Key,
        entry: &ResourceEntry,
        before: Option<&Resource>,
        complaints: &mut Complaints,
    ) -> ResourceChange {
        let role = |name: &str| RoleName::new(name);
        ResourceChange {
            name: entry.name.text().and_then(|name| complaints.take("name", Name::new(name))),
            description: entry.description.text_or_empty(),
            kind: entry.kind.cloned(),
            course: entry.course.text_or_empty(),
            target: self
                .target(key, entry, before)
                .and_then(|target| complaints.take("target", target)),
            max_grade: optional(entry.max_grade.get(), |grade| {
                complaints.take("max_grade", MaxGrade::new(grade.0))
            }),
            extra_credit: entry.extra_credit.cloned(),
            grade_sync: entry.grade_sync.cloned(),
            member_sync: entry.member_sync.cloned(),
            student_provisioning: entry.student_provisioning.cloned(),
            teacher_provisioning: entry.teacher_provisioning.cloned(),
            teacher_role: entry
                .teacher_role
                .text()
                .and_then(|name| complaints.take("teacher_role", role(name))),
            student_role: entry
                .student_role
                .text()
                .and_then(|name| complaints.take("student_role", role(name))),
            enrolment_start: optional(entry.enrolment_start.get(), |text| {
                complaints.take("enrolment_start", moment("enrolment start", text))
            }),
            enrolment_end: optional(entry.enrolment_end.get(), |text| {
                complaints.take("enrolment_end", moment("enrolment end", text))
            }),
            enrolment_duration: optional(entry.enrolment_duration.get(), |text| {
                complaints.take("enrolment_duration", text.parse())
            }),
            enrolment_maximum: entry.enrolment_maximum.cloned(),
            completion_required: entry.completion_required.cloned(),
            default_locale: entry.default_locale.text_or_empty(),
            default_time_zone: entry.default_time_zone.text_or_empty(),
            default_institution: entry.default_institution.text_or_empty(),
            registrations: entry.registrations.get().map(|slugs| {
                slugs.as_ref().map(|slugs| slugs.iter().filter_map(Given::cloned).collect())
            }),
            published: entry.published.cloned(),
        }
    }

    /// The target that is given, unless it is the one that is stored: that needs no second
    /// permission, and its directory may be gone.
    fn target(
        &self,
        key: &Key,
        entry: &ResourceEntry,
        before: Option<&Resource>,
    ) -> Option<Result<Target, Invalid>> {
        let text = match entry.target.get()? {
            None => return Some(Ok(Target::Page)),
            Some(text) => text,
        };
        if before.is_some_and(|before| before.target.to_text().as_ref() == Some(text)) {
            return None;
        }
        let source = self.manifest.sources.get(key.place.source as usize);
        let text =
            seen_from(source, text).map_or_else(|| text.clone(), |path| path.display().to_string());
        Some(resource::parse_target(&text, entry.allow_http.get() == Some(&true)))
    }
}

/// A relative directory as it is seen from the manifest's own.
fn seen_from(source: Option<&Source>, text: &str) -> Option<PathBuf> {
    let is_relative = text != "page" && !text.contains("://") && !Path::new(text).is_absolute();
    let directory = source?.directory.as_ref().filter(|_| is_relative)?;
    Some(directory.join(text))
}

/// What is given of a value that may be null.
fn optional<T, U>(
    given: Option<&Option<T>>,
    read: impl FnOnce(&T) -> Option<U>,
) -> Option<Option<U>> {
    match given? {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

/// A moment to the millisecond, as it is stored.
fn moment(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    let moment = resource::parse_moment(field, text)?;
    Ok(Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment))
}
