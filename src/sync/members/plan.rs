//! A dry run: changes that would be in the database, kept in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::lists::{Departures, Lists};
use super::page::{Page, StoredMember, Verdict};
use crate::domain::{EnrolmentSource, PlatformUser, Resource};
use crate::store::{self, Absence, KnownLink, Read};

/// What a dry run would have done at one resource, shared by the platforms that have links to it.
pub(super) type SharedPlan = Arc<Mutex<Plan>>;

/// The accounts that a dry run would have created, with negative keys. The resources of a run share
/// them: a person who is in several is created once.
pub(super) type PlannedAccounts = Arc<Mutex<HashMap<PlatformUser, i64>>>;

/// What a dry run would have done so far.
pub(super) struct Plan {
    created: PlannedAccounts,
    /// Who would have been enrolled, and whether as a teacher.
    enrolled: HashMap<i64, bool>,
    /// Who would have been seen: on which links, and whether as a teacher there.
    seen: HashMap<i64, Vec<(i64, bool)>>,
    /// When the first list began.
    began_at: Option<Timestamp>,
}

impl Plan {
    /// A plan in which nothing has been done.
    pub(super) fn new(created: PlannedAccounts) -> Self {
        Self { created, enrolled: HashMap::new(), seen: HashMap::new(), began_at: None }
    }

    /// Decides about a page and changes nothing but the plan.
    pub(super) fn decide(
        &mut self,
        read: Read<'_>,
        page: &Page,
    ) -> Result<Vec<Verdict>, store::Error> {
        self.began_at = Some(self.began_at.map_or(page.run, |began_at| began_at.min(page.run)));
        let before = page.enrolled(read)?;
        let created = Arc::clone(&self.created);
        let mut created = created.lock().unwrap_or_else(PoisonError::into_inner);
        let mut verdicts = Vec::with_capacity(page.members.len());
        for member in &page.members {
            let user = page.user(member);
            let stored_member = self.stored_member(read, page.resource.id, &user, &created)?;
            let enrolled =
                before.saturating_add(u32::try_from(self.enrolled.len()).unwrap_or(u32::MAX));
            // Accounts of other platforms count, too, so close to the limit a dry run may report
            // too many.
            let planned = u32::try_from(created.len()).unwrap_or(u32::MAX);
            let verdict = page.verdict(read, member, stored_member, enrolled, planned)?;
            let teaches = page.teaches(member);
            let account_id = match verdict {
                Verdict::Create => {
                    let key = -1 - i64::try_from(created.len()).unwrap_or(i64::MAX);
                    created.insert(user, key);
                    Some(key)
                }
                Verdict::Member { account_id } | Verdict::Enrol { account_id } => Some(account_id),
                Verdict::Known
                | Verdict::WithoutAccount
                | Verdict::NotAdmitted
                | Verdict::OverLimit
                | Verdict::Inactive => None,
            };
            if let Some(account_id) = account_id {
                if matches!(verdict, Verdict::Create | Verdict::Enrol { .. }) {
                    self.enrolled.insert(account_id, teaches);
                }
                self.record(account_id, page.link.id, teaches);
            }
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    fn stored_member(
        &self,
        read: Read<'_>,
        resource_id: i64,
        user: &PlatformUser,
        created: &HashMap<PlatformUser, i64>,
    ) -> Result<Option<StoredMember>, store::Error> {
        if let Some(account_id) = created.get(user) {
            return Ok(Some(StoredMember {
                account_id: *account_id,
                is_enabled: true,
                is_enrolled: self.enrolled.contains_key(account_id),
            }));
        }
        let Some((account, _)) = read.account_of(user)? else { return Ok(None) };
        let is_enrolled = self.enrolled.contains_key(&account.id)
            || read.enrolment(account.id, resource_id)?.is_some();
        Ok(Some(StoredMember { account_id: account.id, is_enabled: account.enabled, is_enrolled }))
    }

    /// The last entry for a link counts, as it would in the database.
    fn record(&mut self, account_id: i64, link_id: i64, teaches: bool) {
        let marks = self.seen.entry(account_id).or_insert_with(|| Vec::with_capacity(1));
        match marks.iter_mut().find(|(link, _)| *link == link_id) {
            Some(mark) => mark.1 = teaches,
            None => marks.push((link_id, teaches)),
        }
    }

    /// How many people would get a different role.
    pub(super) fn changed_roles(
        &self,
        read: Read<'_>,
        resource: &Resource,
        lists: &Lists,
    ) -> Result<u64, store::Error> {
        let mut changed = 0;
        for (account_id, marks) in &self.seen {
            let (teaches, role) = match self.enrolled.get(account_id) {
                Some(teaches) => (*teaches, resource.role(*teaches).as_str().to_owned()),
                None => match read.enrolment(*account_id, resource.id)? {
                    Some(enrolment) if enrolment.source != EnrolmentSource::Admin => {
                        (enrolment.teaches, enrolment.role)
                    }
                    _ => continue,
                },
            };
            let mut wanted = marks.iter().any(|(_, teaches)| *teaches);
            for known in read.known_links(*account_id, resource.id)? {
                wanted |= known.teaches
                    && may_belong_to(lists, known)
                    && marks.iter().all(|(link, _)| *link != known.link_id);
            }
            changed += u64::from(teaches != wanted || role != resource.role(wanted).as_str());
        }
        Ok(changed)
    }

    /// The people who would be unenrolled, and those who would be kept because too many are
    /// missing.
    pub(super) fn departures(
        &self,
        read: Read<'_>,
        resource_id: i64,
        lists: &Lists,
        force: bool,
    ) -> Result<Departures, store::Error> {
        let mut absences: BTreeMap<i64, Absence> = BTreeMap::new();
        let mut leavers: Vec<Vec<i64>> = Vec::new();
        read.each_known_member(
            resource_id,
            self.began_at.unwrap_or_default(),
            |account_id, links| {
                let has_left = !self.seen.contains_key(&account_id)
                    && links.iter().all(|known| !may_belong_to(lists, *known));
                let mut listed: Vec<i64> = links
                    .iter()
                    .map(|known| known.link_id)
                    .filter(|id| lists.finished.contains_key(id))
                    .collect();
                listed.dedup();
                for link_id in &listed {
                    let absence = absences.entry(*link_id).or_default();
                    absence.members += 1;
                    absence.missing += u32::from(has_left);
                }
                if has_left && !listed.is_empty() {
                    leavers.push(listed);
                }
            },
        )?;
        let suspicious: Vec<(i64, Absence)> =
            absences.into_iter().filter(|(_, absence)| !force && absence.is_suspicious()).collect();
        let is_held_back = |links: &&Vec<i64>| {
            links.iter().any(|link| suspicious.iter().any(|(id, _)| id == link))
        };
        let held_back =
            u32::try_from(leavers.iter().filter(is_held_back).count()).unwrap_or(u32::MAX);
        let all = u32::try_from(leavers.len()).unwrap_or(u32::MAX);
        Ok(Departures { unenrolled: all - held_back, held_back, suspicious })
    }
}

/// Whether a person who was not seen on a link may still belong to it: its list could not be read
/// to its end in this run, or it was not read and the person was on it last time.
fn may_belong_to(lists: &Lists, known: KnownLink) -> bool {
    lists.unfinished.contains(&known.link_id)
        || (!lists.finished.contains_key(&known.link_id) && known.is_current)
}
