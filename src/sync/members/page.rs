//! One page of a member list: decides what each member means for the resource, and makes the
//! resulting changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::{
    AccountOrigin, Consumer, ConsumerUser, EnrolmentSource, Identity, MemberSync, PlatformUser,
    Profile, Provisioning, Random, Resource, ServiceLink,
};
use crate::lti::members::{Member, MemberStatus};
use crate::lti::roles::Role;
use crate::rules::enrolment::{
    Ownership, enrol, link_account, new_account, sent_profile, update_profile,
};
use crate::rules::waiting_launch;
use crate::store::{self, CoursePlace, CreatedBy, ListedMember, Read, Write};

/// What a listed member means for the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Is already enrolled.
    Member { account_id: i64 },
    /// Is newly enrolled; the account exists.
    Enrol { account_id: i64 },
    /// Is newly enrolled, with a new account.
    Create,
    /// Has an account, but this synchronization mode does not enrol members.
    Known,
    /// Has no account, and none is created.
    WithoutAccount,
    /// May not be enrolled at present.
    NotAdmitted,
    /// Has no account, and the registration has reached its account limit.
    OverLimit,
    /// Is not active on the platform.
    Inactive,
}

/// Stored data about a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredMember {
    pub(super) account_id: i64,
    pub(super) is_enabled: bool,
    pub(super) is_enrolled: bool,
}

/// A page of members with everything needed to decide it.
pub(super) struct Page {
    pub(super) resource: Arc<Resource>,
    pub(super) registration_id: i64,
    /// How many accounts may be created for the registration.
    pub(super) account_limit: u32,
    pub(super) users: Users,
    pub(super) staff_roles: Vec<&'static str>,
    pub(super) link: ServiceLink,
    pub(super) members: Vec<Member>,
    /// How the platform names their grades of the link, by user ID.
    pub(super) result_sourcedids: Arc<BTreeMap<String, String>>,
    pub(super) run: Timestamp,
    pub(super) now: Timestamp,
}

/// Whose users the members are.
pub(super) enum Users {
    /// Those of a registration of LTI 1.3.
    Registration { identity: Identity, issuer: String, client_id: String },
    /// Those of a consumer, by the key with which the link was launched.
    Consumer(Box<Consumer>),
}

impl Page {
    fn role(&self, member: &Member) -> Role {
        member.role(&self.staff_roles)
    }

    pub(super) fn teaches(&self, member: &Member) -> bool {
        matches!(self.role(member), Role::Admin | Role::Staff)
    }

    pub(super) fn user(&self, member: &Member) -> PlatformUser {
        let key = &self.link.deployment_id;
        match &self.users {
            Users::Registration { identity, issuer, client_id } => PlatformUser {
                issuer: issuer.clone(),
                tenant: identity.tenant(client_id, key),
                sub: member.user_id.clone(),
            },
            Users::Consumer(consumer) => consumer.platform_user(key, &member.user_id),
        }
    }

    /// What a listed member means. `enrolled` is the present number of enrolments, `planned` the
    /// number of accounts that a dry run would have created.
    pub(super) fn verdict(
        &self,
        read: Read<'_>,
        member: &Member,
        stored_member: Option<StoredMember>,
        enrolled: u32,
        planned: u32,
    ) -> Result<Verdict, store::Error> {
        if member.status != MemberStatus::Active {
            return Ok(Verdict::Inactive);
        }
        let enrols =
            matches!(self.resource.member_sync, MemberSync::EnrolAndUnenrol | MemberSync::EnrolNew);
        let may_be_enrolled = self.resource.enrolment.admit(enrolled, self.now).is_ok();
        Ok(match stored_member {
            Some(StoredMember { account_id, is_enrolled: true, .. }) => {
                Verdict::Member { account_id }
            }
            Some(stored_member) if !enrols || !stored_member.is_enabled => Verdict::Known,
            None if !enrols
                || self.resource.provisioning(self.teaches(member)) != Provisioning::Auto =>
            {
                Verdict::WithoutAccount
            }
            _ if !may_be_enrolled => Verdict::NotAdmitted,
            Some(StoredMember { account_id, .. }) => Verdict::Enrol { account_id },
            None if self.is_linked_by_launch(read, member)? => Verdict::WithoutAccount,
            None if read
                .registration_total(self.registration_id)?
                .accounts
                .saturating_add(planned)
                >= self.account_limit =>
            {
                Verdict::OverLimit
            }
            None => Verdict::Create,
        })
    }

    /// Whether a user may have an account from LTI 1.1, to which their first launch links them, because
    /// it is signed. They must not get another account first.
    fn is_linked_by_launch(&self, read: Read<'_>, member: &Member) -> Result<bool, store::Error> {
        let former = member.lti11_legacy_user_id.as_deref().unwrap_or(&member.user_id);
        match &self.users {
            Users::Registration { .. } => Ok(read.is_consumer_user(former)?
                || read.is_user_of_moving_consumer(self.registration_id, former)?),
            Users::Consumer(consumer) => {
                let user = ConsumerUser {
                    consumer_key: consumer.key.to_string(),
                    user_id: member.user_id.clone(),
                };
                let is_own = self.link.deployment_id == consumer.key.as_str();
                Ok(is_own && read.account_of_consumer_user(&user)?.is_some())
            }
        }
    }

    /// How many people are enrolled; queried only if it matters.
    pub(super) fn enrolled(&self, read: Read<'_>) -> Result<u32, store::Error> {
        if self.resource.enrolment.maximum.is_some() {
            read.enrolled(self.resource.id, self.now)
        } else {
            Ok(0)
        }
    }

    /// Decides about the page and makes the resulting changes.
    pub(super) fn store(
        &self,
        write: &Write<'_>,
        random: &Random,
    ) -> Result<Vec<Verdict>, store::Error> {
        let mut enrolled = self.enrolled(**write)?;
        // The course of the link.
        let context_id = write.context_of_link(self.link.id)?;
        let mut verdicts = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let verdict =
                self.store_member(write, member, context_id.as_deref(), enrolled, random)?;
            enrolled += u32::from(matches!(verdict, Verdict::Create | Verdict::Enrol { .. }));
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }

    fn store_member(
        &self,
        write: &Write<'_>,
        member: &Member,
        context_id: Option<&str>,
        enrolled: u32,
        random: &Random,
    ) -> Result<Verdict, store::Error> {
        let (resource, now) = (&*self.resource, self.now);
        let user = self.user(member);
        let found = write.account_of(&user)?;
        let stored_member = match &found {
            Some((account, _)) => {
                let is_enrolled = write.enrolment(account.id, resource.id)?.is_some();
                Some(StoredMember {
                    account_id: account.id,
                    is_enabled: account.enabled,
                    is_enrolled,
                })
            }
            None => None,
        };
        self.lower_role(
            write,
            member,
            found.as_ref().map(|(account, _)| account.id),
            context_id,
            random,
        )?;
        let verdict = self.verdict(**write, member, stored_member, enrolled, 0)?;
        let teaches = self.teaches(member);
        let profile = sent_profile(
            &member.name,
            &member.given_name,
            &member.family_name,
            &member.email,
            &member.locale,
        );
        let account_id = match verdict {
            Verdict::Create => self.create_account(write, profile.clone(), user, random)?,
            Verdict::Member { account_id } | Verdict::Enrol { account_id } => account_id,
            Verdict::Known
            | Verdict::WithoutAccount
            | Verdict::NotAdmitted
            | Verdict::OverLimit
            | Verdict::Inactive => return Ok(verdict),
        };
        if let Some((account, link)) = found {
            update_profile(write, account, &link, profile, now)?;
        }
        if matches!(verdict, Verdict::Create | Verdict::Enrol { .. }) {
            enrol(write, resource, account_id, teaches, EnrolmentSource::Sync, now)?;
        }
        let listed = ListedMember {
            sub: &member.user_id,
            teaches,
            result_sourcedid: self.result_sourcedids.get(&member.user_id).map(String::as_str),
        };
        write.put_member(self.link.id, account_id, &listed, self.run)?;
        Ok(verdict)
    }

    /// Creates an account for a platform user; returns its key.
    fn create_account(
        &self,
        write: &Write<'_>,
        profile: Profile,
        user: PlatformUser,
        random: &Random,
    ) -> Result<i64, store::Error> {
        let account =
            new_account(profile, AccountOrigin::Sync, Some(&self.resource), random, self.now);
        let id = write.add_account(&account, CreatedBy::Registration(self.registration_id))?;
        link_account(write, id, user, Ownership::Created, None, self.now)
    }

    /// Revokes in the member's open sessions and pending launches in the course what their role
    /// no longer allows. A member who is not active has no role.
    fn lower_role(
        &self,
        write: &Write<'_>,
        member: &Member,
        account_id: Option<i64>,
        context_id: Option<&str>,
        random: &Random,
    ) -> Result<(), store::Error> {
        let (role, roles) = if member.status == MemberStatus::Active {
            (self.role(member), member.roles.as_slice())
        } else {
            (Role::Learner, [].as_slice())
        };
        let place = CoursePlace {
            registration_id: self.link.registration_id,
            sub: &member.user_id,
            deployment_id: &self.link.deployment_id,
            context_id,
            resource_link_id: &self.link.resource_link_id,
        };
        waiting_launch::end_above(write, place, role, random, self.now)?;
        match account_id {
            Some(account_id) => write.lower_role(account_id, place, role, roles),
            None => Ok(()),
        }
    }
}
