//! Finds objects of all kinds by their words.
//!
//! A search is answered kind by kind from the index: hits in names and identifiers first, the newest
//! first among equals. What is read does not depend on how many objects match: nothing is counted,
//! and only as many hits are read as are shown.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::engine::{ValueError, Wanted};
use super::query::{Queries as _, Row, bind};
use super::search_index::{Indexed, IndexedRow, indexed_row, rows_at};
use super::{Error, Read};
use crate::domain::{Condition, LaunchId, Search, SearchField, SearchKind, Slug, Term};

/// Maximum number of registrations and resources that a beginning of a slug stands for.
const MAX_KEYS: u32 = 50;

/// From this number of places on, words that continue a beginning are not looked up one by one.
const BROAD: u32 = if cfg!(test) { 20 } else { 20_000 };

/// Lengths of beginnings that the index has as such, without the letter of the kind.
const PREFIXES: [usize; 2] = [4, 2];

/// How many candidates are read at a time, and at most how many before the words are looked up one
/// by one all the same.
const CHUNK: usize = 200;
const MAX_CANDIDATES: usize = 4_000;

/// How many hits are compared by how well they match.
const RANKED: usize = 200;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Slug, username, ID of a deployment, course, link or launch, or number of an audit log entry.
    pub id: String,
    /// Its name or title; of a launch, the person's; of an audit log entry, what was changed.
    pub name: Option<String>,
    /// The registration that it is or belongs to.
    pub registration: Option<Slug>,
    /// The resource that it is or belongs to; of a course, one that was launched there.
    pub resource: Option<Slug>,
    /// What else distinguishes it: an issuer, a description, an email address, a course, a reason
    /// or who made a change.
    pub detail: Option<String>,
    /// When it happened, if it is an entry of a log.
    pub at: Option<Timestamp>,
    /// Whether it is a consumer of LTI 1.1, or one of its deployments.
    pub is_consumer: bool,
}

/// What was found of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKind {
    /// The kind.
    pub kind: SearchKind,
    /// The best hits.
    pub found: Vec<Found>,
    /// Whether there are more.
    pub has_more: bool,
}

impl SearchKind {
    fn indexed(self) -> Indexed {
        match self {
            Self::Registration | Self::Platform => Indexed::Registration,
            Self::Deployment => Indexed::Deployment,
            Self::Resource => Indexed::Resource,
            Self::Account => Indexed::Account,
            Self::Course => Indexed::Course,
            Self::Link => Indexed::Link,
            Self::Launch => Indexed::Launch,
            Self::Audit => Indexed::Audit,
        }
    }

    /// The columns of [`Found`] for a key.
    fn found(self) -> &'static str {
        match self {
            Self::Registration | Self::Platform => {
                "SELECT slug AS id, name, slug AS registration, NULL AS resource,
                     issuer AS detail, NULL AS at, protocol <> 'lti-1.3' AS is_consumer
                 FROM registration WHERE id = :key"
            }
            Self::Deployment => {
                "SELECT deployment.deployment_id AS id, deployment.name AS name,
                     registration.slug AS registration, NULL AS resource, NULL AS detail, NULL AS at,
                     registration.protocol <> 'lti-1.3' AS is_consumer
                 FROM deployment
                     JOIN registration ON registration.id = deployment.registration_id
                 WHERE deployment.id = :key"
            }
            Self::Resource => {
                "SELECT slug AS id, name, NULL AS registration, slug AS resource,
                     description AS detail, NULL AS at, 0 AS is_consumer
                 FROM resource WHERE id = :key"
            }
            Self::Account => {
                "SELECT username AS id,
                     coalesce(name, nullif(concat_ws(' ', given_name, family_name), '')) AS name,
                     NULL AS registration, NULL AS resource, email AS detail, NULL AS at, 0 AS is_consumer
                 FROM account WHERE id = :key"
            }
            Self::Course => {
                "SELECT context.context_id AS id, coalesce(title, label) AS name,
                     registration.slug AS registration,
                     (SELECT resource.slug FROM resource_link AS link
                         JOIN resource ON resource.id = link.resource_id
                         WHERE link.context_id = context.id ORDER BY link.id LIMIT 1) AS resource,
                     label AS detail, NULL AS at, 0 AS is_consumer
                 FROM context
                     JOIN deployment ON deployment.id = context.deployment_id
                     JOIN registration ON registration.id = deployment.registration_id
                 WHERE context.id = :key"
            }
            Self::Link => {
                "SELECT link.resource_link_id AS id, link.title AS name,
                     registration.slug AS registration, resource.slug AS resource,
                     coalesce(context.title, context.label) AS detail, NULL AS at, 0 AS is_consumer
                 FROM resource_link AS link
                     JOIN deployment ON deployment.id = link.deployment_id
                     JOIN registration ON registration.id = deployment.registration_id
                     JOIN resource ON resource.id = link.resource_id
                     LEFT JOIN context ON context.id = link.context_id
                 WHERE link.id = :key"
            }
            Self::Launch => {
                "SELECT id, user_name AS name, registration, resource,
                     coalesce(reason, 'accepted') AS detail, at, 0 AS is_consumer
                 FROM launch WHERE id >= :key AND id < :next ORDER BY id DESC"
            }
            Self::Audit => {
                "SELECT CAST(id AS TEXT) AS id, noun || ' ' || name AS name, NULL AS registration,
                     NULL AS resource, actor || ', ' || via AS detail, at, 0 AS is_consumer
                 FROM audit WHERE id = :key"
            }
        }
    }
}

fn found(row: &Row<'_>) -> Result<Found, ValueError> {
    Ok(Found {
        id: row.get("id")?,
        name: row.get("name")?,
        registration: row.get("registration")?,
        resource: row.get("resource")?,
        detail: row.get("detail")?,
        at: row.get("at")?,
        is_consumer: row.get("is_consumer")?,
    })
}

type FieldCondition = Condition<SearchField>;

/// In which fields the terms of a condition may occur.
#[derive(Debug, Clone)]
struct Fields {
    indexed: Indexed,
    /// Those that a term may name.
    named: Vec<SearchField>,
    /// Those of terms that name none and have to occur.
    wanted: Vec<SearchField>,
    /// Those of terms that name none and must not occur.
    excluded: Vec<SearchField>,
}

/// Names and identifiers.
const MAIN_FIELDS: [SearchField; 2] = [SearchField::Name, SearchField::Id];

impl Fields {
    fn of(kind: SearchKind) -> Self {
        let indexed = kind.indexed();
        let (named, wanted) = match kind {
            SearchKind::Registration => (
                vec![SearchField::Name, SearchField::Id, SearchField::Registration],
                MAIN_FIELDS.to_vec(),
            ),
            _ => (indexed.fields().to_vec(), indexed.text_fields()),
        };
        Self { indexed, named, excluded: wanted.clone(), wanted }
    }

    /// The same, if terms that have to occur name no field only in names and identifiers.
    fn main(&self) -> Self {
        Self { wanted: MAIN_FIELDS.to_vec(), ..self.clone() }
    }

    /// Those of a term.
    fn of_term<'f>(&'f self, term: &'f Term<SearchField>, is_wanted: bool) -> &'f [SearchField] {
        match &term.field {
            Some(field) if self.named.contains(field) => std::slice::from_ref(field),
            Some(_) => &[],
            None if is_wanted => &self.wanted,
            None => &self.excluded,
        }
    }

    /// Whether a row matches a condition.
    fn hold(&self, condition: &FieldCondition, row: &IndexedRow, is_wanted: bool) -> bool {
        let hold = |each: &FieldCondition| self.hold(each, row, is_wanted);
        match condition {
            Condition::Term(term) => self.of_term(term, is_wanted).iter().any(|field| {
                let place = self.indexed.fields().iter().position(|known| known == field);
                let words = place.and_then(|place| row.plain(place));
                words.is_some_and(|words| term.is_among(&words))
            }),
            Condition::All(conditions) => conditions.iter().all(hold),
            Condition::Any(conditions) => conditions.iter().any(hold),
            Condition::Not(condition) => !self.hold(condition, row, !is_wanted),
        }
    }

    /// What rows of the index need for a condition; `None` if nothing can match.
    fn wanted(&self, condition: &FieldCondition, is_wanted: bool) -> Option<Wanted> {
        match condition {
            Condition::Term(term) => {
                let fields = self.of_term(term, is_wanted).to_vec();
                let words = self.indexed.with_letters(&term.words());
                let is_prefix = term.is_prefix;
                (!fields.is_empty()).then_some(Wanted::Words { fields, words, is_prefix })
            }
            Condition::All(conditions) => {
                let mut wanted = Vec::new();
                let mut unwanted = Vec::new();
                for each in conditions {
                    match each {
                        Condition::Not(each) => unwanted.extend(self.wanted(each, !is_wanted)),
                        each => wanted.push(self.wanted(each, is_wanted)?),
                    }
                }
                let wanted = (!wanted.is_empty()).then_some(Wanted::All(wanted))?;
                Some(if unwanted.is_empty() {
                    wanted
                } else {
                    Wanted::Without(Box::new(wanted), Box::new(Wanted::Any(unwanted)))
                })
            }
            Condition::Any(conditions) => {
                let parts: Vec<Wanted> =
                    conditions.iter().filter_map(|each| self.wanted(each, is_wanted)).collect();
                (!parts.is_empty()).then_some(Wanted::Any(parts))
            }
            Condition::Not(_) => None,
        }
    }
}

/// What to look for, and where.
#[derive(Debug, Clone)]
struct Scope<'s> {
    kind: Indexed,
    condition: &'s FieldCondition,
    fields: Fields,
    /// Fields that must not be enough: a platform is found by more than its registration.
    not_only: Option<Fields>,
}

impl<'s> Scope<'s> {
    /// With the registrations in the same search, a platform is found only by its own details.
    fn of(kind: SearchKind, condition: &'s FieldCondition, has_registrations: bool) -> Self {
        let not_only = (kind == SearchKind::Platform && has_registrations)
            .then(|| Fields::of(SearchKind::Registration));
        Self { kind: kind.indexed(), condition, fields: Fields::of(kind), not_only }
    }

    /// Only names and identifiers.
    fn main(&self) -> Self {
        Self { fields: self.fields.main(), ..self.clone() }
    }

    /// Whether a row matches.
    fn matches(&self, row: &IndexedRow) -> bool {
        let hold = |fields: &Fields| fields.hold(self.condition, row, true);
        hold(&self.fields) && !self.not_only.as_ref().is_some_and(hold)
    }

    /// What rows of the index need for a condition; `None` if nothing can match.
    fn wanted(&self, condition: &FieldCondition) -> Option<Wanted> {
        let wanted = self.fields.wanted(condition, true)?;
        // Of a broader condition, what must not be enough stays the same.
        let enough = self.not_only.as_ref().and_then(|fields| fields.wanted(self.condition, true));
        Some(match enough {
            Some(enough) => Wanted::Without(Box::new(wanted), Box::new(enough)),
            None => wanted,
        })
    }
}

impl Read<'_> {
    /// What matches a search, by kind, at most `limit` objects of each. Kinds without any are left
    /// out. The search has to pass [`Search::check_indexed`].
    pub fn search(
        &self,
        search: &Search<SearchField>,
        kinds: &[SearchKind],
        limit: usize,
    ) -> Result<Vec<FoundKind>, Error> {
        let Some(condition) = search.condition() else { return Ok(Vec::new()) };
        let mut results: Vec<FoundKind> = Vec::new();
        let has_registrations = kinds.contains(&SearchKind::Registration);
        for kind in kinds.iter().copied() {
            let condition = self.with_keys(kind.indexed(), condition)?;
            let scope = Scope::of(kind, &condition, has_registrations);
            let mut places = self.places(kind, &scope, limit + 1)?;
            let has_more = places.len() > limit;
            places.truncate(limit);
            let mut result = FoundKind { kind, found: Vec::new(), has_more };
            for place in places {
                result.found.extend(self.found(kind, &scope, place)?);
            }
            if !result.found.is_empty() {
                results.push(result);
            }
        }
        Ok(results)
    }

    /// The object in a place; of a launch, all with this place that match.
    fn found(&self, kind: SearchKind, scope: &Scope<'_>, place: i64) -> Result<Vec<Found>, Error> {
        let key = Indexed::key_of(place);
        if kind != SearchKind::Launch {
            return self.connection.all(kind.found(), bind! { key }, found);
        }
        let (key, next) = (LaunchId::first_at(key), LaunchId::first_at(key + 1));
        let mut launches = self.connection.all(kind.found(), bind! { key, next }, found)?;
        if launches.len() > 1 {
            let rows = self.rows(kind.indexed(), key.place(), key.place() + 1, 100)?;
            let ids: BTreeSet<String> = rows
                .into_iter()
                .filter(|(_, row)| scope.matches(row))
                .filter_map(|(id, _)| id)
                .collect();
            launches.retain(|launch| ids.contains(&launch.id));
        }
        Ok(launches)
    }

    /// The rows of a kind from one key to before another one, the newest first; launches with their
    /// IDs.
    fn rows(
        &self,
        kind: Indexed,
        from: i64,
        end: i64,
        limit: usize,
    ) -> Result<Vec<(Option<String>, IndexedRow)>, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let parameters =
            [(":from", kind.column(from)), (":end", kind.column(end)), (":limit", limit.into())];
        self.connection.all(&kind.select("DESC"), &parameters, |row| {
            let id = if kind == Indexed::Launch { Some(row.get("key")?) } else { None };
            Ok((id, indexed_row(kind, row)?))
        })
    }

    /// The places of the best hits of a kind.
    fn places(&self, kind: SearchKind, scope: &Scope<'_>, limit: usize) -> Result<Vec<i64>, Error> {
        let indexed = kind.indexed();
        let mut places = Vec::new();
        if !indexed.has_keys() {
            places = self.places_in_backlog(scope, limit)?;
        } else if kind != SearchKind::Platform {
            places.extend(self.exact_place(kind, scope.condition)?);
            let main = scope.main();
            for place in self.ranked(&main, self.indexed_places(&main, RANKED.max(limit))?)? {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        if places.len() < limit {
            for place in self.indexed_places(scope, limit + places.len())? {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        places.truncate(limit);
        Ok(places)
    }

    /// The object that has exactly the searched text as its identifier.
    fn exact_place(
        &self,
        kind: SearchKind,
        condition: &FieldCondition,
    ) -> Result<Option<i64>, Error> {
        let Condition::Term(Term { field: None | Some(SearchField::Id), text, .. }) = condition
        else {
            return Ok(None);
        };
        let sql = match kind {
            SearchKind::Registration => "SELECT id FROM registration WHERE slug = :text",
            SearchKind::Resource => "SELECT id FROM resource WHERE slug = :text",
            SearchKind::Account => "SELECT id FROM account WHERE username = :text",
            _ => return Ok(None),
        };
        let id = self.connection.find(sql, bind! { text }, |row| row.get::<i64>("id"))?;
        Ok(id.map(|id| kind.indexed().first_place() | id))
    }

    /// Hits in names and identifiers: first those whose names have no other words, and so on.
    fn ranked(&self, scope: &Scope<'_>, places: Vec<i64>) -> Result<Vec<i64>, Error> {
        let mut ranked = Vec::new();
        let rows = rows_at(self.connection, scope.kind, &places)?;
        let rows: HashMap<i64, &IndexedRow> = rows.iter().map(|row| (row.place, row)).collect();
        for (order, place) in places.into_iter().enumerate() {
            let words = rows.get(&place).and_then(|row| row.words[0].as_deref());
            let count = words.map_or(usize::MAX, |words| words.split(' ').count());
            ranked.push((count, order, place));
        }
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(.., place)| place).collect())
    }

    /// The row in a place.
    fn row(&self, kind: Indexed, place: i64) -> Result<Option<IndexedRow>, Error> {
        let key = Indexed::key_of(place);
        Ok(self.rows(kind, key, key + 1, 1)?.pop().map(|(_, row)| row))
    }

    /// The places of matching entries of a log that are not in the index yet, the newest first.
    fn places_in_backlog(&self, scope: &Scope<'_>, limit: usize) -> Result<Vec<i64>, Error> {
        let mut places = Vec::new();
        let backlogs = self.search_backlogs()?;
        let Some(backlog) = backlogs.into_iter().find(|backlog| backlog.kind == scope.kind) else {
            return Ok(places);
        };
        let mut end = Indexed::key_of(scope.kind.last_place());
        while places.len() < limit {
            let rows = self.rows(scope.kind, backlog.position + 1, end, CHUNK)?;
            let Some((_, last)) = rows.last() else { break };
            end = Indexed::key_of(last.place);
            for (_, row) in rows {
                if scope.matches(&row) && !places.contains(&row.place) {
                    places.push(row.place);
                }
            }
        }
        Ok(places)
    }

    /// The places of indexed objects that match, the newest first.
    fn indexed_places(&self, scope: &Scope<'_>, limit: usize) -> Result<Vec<i64>, Error> {
        let broad = self.broadened(scope.kind, scope.condition)?;
        if let Some(broad) = broad
            && let Some(wanted) = scope.wanted(&broad)
        {
            let mut places = Vec::new();
            let mut below = scope.kind.last_place();
            for _ in 0..MAX_CANDIDATES / CHUNK {
                let candidates = self.candidates(scope.kind, &wanted, below, CHUNK)?;
                let Some(last) = candidates.last() else { return Ok(places) };
                below = last - 1;
                for place in candidates {
                    if self.row(scope.kind, place)?.is_some_and(|row| scope.matches(&row)) {
                        places.push(place);
                        if places.len() == limit {
                            return Ok(places);
                        }
                    }
                }
            }
        }
        match scope.wanted(scope.condition) {
            Some(wanted) => self.candidates(scope.kind, &wanted, scope.kind.last_place(), limit),
            None => Ok(Vec::new()),
        }
    }

    /// What the index finds of a kind up to a place, the newest first.
    fn candidates(
        &self,
        kind: Indexed,
        wanted: &Wanted,
        last: i64,
        limit: usize,
    ) -> Result<Vec<i64>, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.connection.find_in_index(wanted, kind.first_place()..=last, limit)
    }

    /// The condition with shorter beginnings where very many words continue them: those the index
    /// has as such, so that only as many are read as are needed. `None` if there are none.
    fn broadened(
        &self,
        kind: Indexed,
        condition: &FieldCondition,
    ) -> Result<Option<FieldCondition>, Error> {
        let parts = |conditions: &[FieldCondition]| self.broadened_parts(kind, conditions);
        Ok(match condition {
            Condition::Term(term) => self.broadened_term(kind, term)?.map(Condition::Term),
            Condition::All(conditions) => parts(conditions)?.map(Condition::All),
            Condition::Any(conditions) => parts(conditions)?.map(Condition::Any),
            // What is excluded must not become more.
            Condition::Not(_) => None,
        })
    }

    fn broadened_parts(
        &self,
        kind: Indexed,
        conditions: &[FieldCondition],
    ) -> Result<Option<Vec<FieldCondition>>, Error> {
        let mut is_broader = false;
        let mut parts = Vec::new();
        for condition in conditions {
            let broader = self.broadened(kind, condition)?;
            is_broader |= broader.is_some();
            parts.push(broader.unwrap_or_else(|| condition.clone()));
        }
        Ok(is_broader.then_some(parts))
    }

    fn broadened_term(
        &self,
        kind: Indexed,
        term: &Term<SearchField>,
    ) -> Result<Option<Term<SearchField>>, Error> {
        let last = term.last_word();
        let length = last.chars().count();
        let shorter = PREFIXES.into_iter().find(|shorter| *shorter <= length);
        let Some(shorter) = shorter.filter(|shorter| term.is_prefix && *shorter < length) else {
            return Ok(None);
        };
        if !self.connection.is_broad(&kind.with_letters(&last), BROAD)? {
            return Ok(None);
        }
        let words = term.words();
        let before = &words[..words.len() - last.len()];
        let text = before.chars().chain(last.chars().take(shorter)).collect();
        Ok(Some(Term { text, ..term.clone() }))
    }

    /// The condition with the keys of registrations and resources instead of their slugs.
    fn with_keys(
        &self,
        kind: Indexed,
        condition: &FieldCondition,
    ) -> Result<FieldCondition, Error> {
        let parts = |conditions: &[FieldCondition]| {
            conditions.iter().map(|each| self.with_keys(kind, each)).collect::<Result<_, _>>()
        };
        Ok(match condition {
            Condition::Term(term) => match (kind.has_keys(), term.field) {
                (true, Some(field @ (SearchField::Registration | SearchField::Resource))) => {
                    let keys = self.keys_of(field, term)?.into_iter().map(|key| {
                        Condition::Term(Term {
                            field: Some(field),
                            text: format!("r{key}"),
                            is_prefix: false,
                        })
                    });
                    Condition::Any(keys.collect())
                }
                _ => condition.clone(),
            },
            Condition::All(conditions) => Condition::All(parts(conditions)?),
            Condition::Any(conditions) => Condition::Any(parts(conditions)?),
            Condition::Not(condition) => Condition::Not(Box::new(self.with_keys(kind, condition)?)),
        })
    }

    /// The keys of the registrations or resources that a term names by slug.
    fn keys_of(&self, field: SearchField, term: &Term<SearchField>) -> Result<Vec<i64>, Error> {
        let sql = match field {
            SearchField::Registration => {
                "SELECT id FROM registration
                 WHERE slug >= :start AND slug <= :end ORDER BY slug LIMIT :limit"
            }
            _ => {
                "SELECT id FROM resource
                 WHERE slug >= :start AND slug <= :end ORDER BY slug LIMIT :limit"
            }
        };
        let after = if term.is_prefix { "\u{10ffff}" } else { "" };
        let end = format!("{}{after}", term.text);
        self.connection
            .all(sql, bind! { start: term.text, end, limit: MAX_KEYS }, |row| row.get("id"))
    }
}

#[cfg(test)]
mod tests;
