//! What happens to people when a change of a registration changes what identifies them: its issuer,
//! its identity rule or, where users are identified by it, its client ID.
//!
//! A platform user is an issuer, a tenant and a `sub`; an account is linked to that, and so are its
//! enrolments and grades. After such a change the same person is unknown at the next launch. So
//! every change has to decide whether people are carried over or left. A change without a decision
//! is a conflict if it affects anyone.
//!
//! - If the old issuer and tenant identified the users of this registration alone, their links
//!   **move**: all of them.
//! - If another registration still uses them, the links are **copied**, and only those of people
//!   who came through this registration: the others may be people of another customer whose `sub`
//!   means a different person here.
//! - If the new rule identifies users by deployment, the people who came through the deployment are
//!   carried over.
//! - If a platform user already has another account under the new issuer and tenant, nothing
//!   changes: accounts are never merged.
//!
//! Links, courses and the delivery status of grades belong to the registration, and stay either
//! way.

use crate::domain::{Identity, Registration, Slug};
use crate::failure::{Failure, Kind, counted, shell_word};
use crate::rules::identity;
use crate::store::{Dependents, IdentityScope, Read, UserClash, UserMove, Write};
use std::fmt;

/// What happens to people whose issuer or tenant changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserDecision {
    /// They keep their accounts: the platform has the same users under the new details.
    Keep,
    /// They are new people after the change.
    Leave,
}

/// A change of registrations that affects people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    moves: Vec<UserMove>,
    /// The number of people, with their enrolments and grades.
    pub dependents: Dependents,
}

/// The platform users affected by a change, or `None`. `others` are the unchanged registrations, at
/// least those that share the issuer.
pub fn affected(
    read: Read<'_>,
    before: &Registration,
    after: &Registration,
    others: &[(&Registration, &Registration)],
) -> Result<Option<Affected>, Failure> {
    let moves = moves(read, before, after, others)?;
    // Everyone who is identified by what changes, whether or not they can be carried over, counted
    // once.
    let mut counted: Vec<UserMove> = Vec::new();
    for one in &moves {
        if counted.iter().all(|other| other.from != one.from) {
            counted.push(UserMove {
                registration_id: one.copies.then_some(before.id),
                deployment_id: None,
                ..one.clone()
            });
        }
    }
    let dependents = read.dependents(&counted)?;
    Ok((dependents.people > 0).then_some(Affected { moves, dependents }))
}

/// The platform users affected by a change of one registration.
pub fn affected_by_one(
    read: Read<'_>,
    before: &Registration,
    after: &Registration,
) -> Result<Option<Affected>, Failure> {
    let sharing = match &before.platform {
        Some(platform) => read.registrations_of_issuer(platform.issuer.as_str(), None)?,
        None => Vec::new(),
    };
    let others: Vec<_> = sharing.iter().map(|other| (other, other)).collect();
    affected(read, before, after, &others)
}

fn moves(
    read: Read<'_>,
    before: &Registration,
    after: &Registration,
    others: &[(&Registration, &Registration)],
) -> Result<Vec<UserMove>, Failure> {
    if before.platform == after.platform
        && identity::effective(before) == identity::effective(after)
    {
        return Ok(Vec::new());
    }
    let by_deployment = [before, after]
        .map(|registration| identity::effective(registration) == Identity::Deployment);
    let deployments = match by_deployment.contains(&true) {
        true => read
            .deployments(before.id)?
            .into_iter()
            .map(|deployment| deployment.deployment_id.to_string())
            .collect(),
        false => vec![String::new()],
    };
    let splits = by_deployment == [false, true];
    let mut moves = Vec::new();
    for deployment in deployments {
        let (Some(from), Some(to)) = (scope(before, &deployment), scope(after, &deployment)) else {
            continue;
        };
        if from == to {
            continue;
        }
        let uses = |registration: &Registration| scope(registration, "").as_ref() == Some(&from);
        let copies =
            others.iter().any(|(now, then)| now.id != before.id && uses(now) && uses(then));
        let registration_id = (copies || splits).then_some(before.id);
        moves.push(UserMove {
            from,
            to,
            registration_id,
            deployment_id: splits.then_some(deployment),
            copies,
        });
    }
    Ok(moves)
}

/// What identifies the users who come through a deployment of a registration; `None` if the
/// platform's details are missing.
fn scope(registration: &Registration, deployment_id: &str) -> Option<IdentityScope> {
    identity::platform_user(registration, deployment_id, "")
        .map(|user| IdentityScope { issuer: user.issuer, tenant: user.tenant })
}

/// Carries people over for changes, each with the slug of its registration. Returns how many.
///
/// # Errors
///
/// If a platform user would have two accounts.
pub fn carry_over(write: &Write<'_>, changes: &[(&Slug, &Affected)]) -> Result<u32, Failure> {
    if changes.is_empty() {
        return Ok(0);
    }
    let moves: Vec<UserMove> =
        changes.iter().flat_map(|(_, affected)| affected.moves.clone()).collect();
    match write.carry_users(&moves)? {
        Ok(people) => Ok(people),
        Err((number, clashes)) => {
            Err(clash(&changes.iter().map(|(slug, _)| *slug).collect::<Vec<_>>(), number, &clashes))
        }
    }
}

fn clash(slugs: &[&Slug], number: u32, clashes: &[UserClash]) -> Failure {
    let more = number.saturating_sub(clashes.len() as u32);
    let shown: Vec<String> = clashes
        .iter()
        .map(|clash| {
            format!(
                "user {:?} would be linked to account {} but is already linked to account {}",
                clash.sub, clash.carried, clash.present
            )
        })
        .collect();
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let show = clashes
        .first()
        .map_or_else(String::new, |clash| format!("ltictl account show {}", clash.present));
    let people = if number == 1 {
        "one person has another account".to_owned()
    } else {
        format!("{number} people have other accounts")
    };
    Failure::new(
        Kind::Conflict,
        format!(
            "{people} under the new details of {}",
            slugs.iter().map(|slug| slug.as_str()).collect::<Vec<_>>().join(", ")
        ),
        format!("accounts are never merged: {}{more}; nothing was changed", shown.join("; ")),
        format!(
            "{show}, and delete the account that is not needed; or the same command with \
             --leave-users"
        ),
    )
}

/// The failure of a change without a decision. `command` is the command without the flag for it.
pub fn undecided(slug: impl fmt::Display, dependents: Dependents, command: &str) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("{} would lose access to their accounts", people(dependents.people)),
        format!(
            "{}; after this change of {slug}, the same people get new accounts at their next \
             launch",
            describe(dependents)
        ),
        format!(
            "{command} --keep-users, if the platform has the same users under the new details; \
             {command} --leave-users, if not"
        ),
    )
}

/// Like [`undecided`], for a manifest.
pub fn undecided_in_manifest(slug: &Slug, dependents: Dependents) -> Failure {
    let why = format!(
        "{}; keep_users: true carries them over, if the platform has the same users under the new \
         details, and keep_users: false gives them new accounts at their next launch",
        describe(dependents)
    );
    Failure::new(
        Kind::Conflict,
        format!("{} of {slug} would lose their accounts", people(dependents.people)),
        why,
        "",
    )
}

/// Describes the people and data that depend on the current details.
pub fn describe(dependents: Dependents) -> String {
    format!(
        "the current issuer, client ID and identity rule identify {} with {} and {}",
        people(dependents.people),
        counted(dependents.enrolments, "enrolment", "enrolments"),
        counted(dependents.grades, "grade", "grades")
    )
}

/// A number of people as text.
pub fn people(number: u32) -> String {
    counted(number, "person", "people")
}

/// Carries people over or leaves them, as decided, when one registration changes. Must be called
/// before the change is stored.
///
/// # Errors
///
/// If nothing was decided and people are affected, or a platform user would have two accounts.
pub fn apply_decision(
    write: &Write<'_>,
    before: &Registration,
    after: &Registration,
    decision: Option<UserDecision>,
) -> Result<(), Failure> {
    if decision == Some(UserDecision::Leave) {
        return Ok(());
    }
    let Some(affected) = affected_by_one(**write, before, after)? else { return Ok(()) };
    match decision {
        Some(_) => carry_over(write, &[(&after.slug, &affected)]).map(drop),
        None => Err(undecided(&after.slug, affected.dependents, &command(before, after))),
    }
}

/// The command for the part of a change that affects people.
fn command(before: &Registration, after: &Registration) -> String {
    let mut command = format!("ltictl platform set {}", after.slug);
    let [old, new] = [before, after].map(|registration| {
        registration
            .platform
            .as_ref()
            .map(|platform| (platform.issuer.as_str(), platform.client_id.as_str()))
    });
    if let Some((issuer, client_id)) = new {
        if old.is_none_or(|old| old.0 != issuer) {
            command.push_str(&format!(" --issuer {}", shell_word(issuer)));
        }
        if old.is_none_or(|old| old.1 != client_id) {
            command.push_str(&format!(" --client-id={}", shell_word(client_id)));
        }
    }
    if before.policy.identity != after.policy.identity {
        let rule = after.policy.identity.map_or("auto", Identity::as_str);
        command.push_str(&format!(" --identity {rule}"));
    }
    command
}
