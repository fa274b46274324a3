//! What happens to people when a change of a registration changes what identifies them: its issuer,
//! its identity rule or, where users are identified by it, its client ID.
//!
//! A platform user is an issuer, a tenant and a `sub`; an account is linked to that, and so are its
//! enrolments and grades. After such a change the same person launches as somebody unknown. So
//! every change says whether people are carried over or left, and one that does not is a conflict
//! as soon as there is anyone whom it would concern.
//!
//! - If the old issuer and tenant identified the users of this registration alone, their links
//!   **move**: all of them.
//! - If another registration still uses them, the links are **copied**, and only those of people
//!   who came through this registration: the others may be people of another customer whose `sub`
//!   means somebody else here.
//! - If the new rule identifies users by deployment, those are carried over who came through the
//!   deployment.
//! - If a platform user already has another account under the new issuer and tenant, nothing
//!   changes: accounts are never merged.
//!
//! Links, courses and what became of each grade's delivery belong to the registration, and stay
//! whatever is decided.

use crate::domain::{Identity, Registration, Slug};
use crate::failure::{Failure, Kind, shell_word};
use crate::rules::identity;
use crate::store::{Dependents, IdentityScope, Read, UserClash, UserMove, Write};

/// What happens to people whose issuer or tenant changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserDecision {
    /// They keep their accounts: the platform has the same users under the new details.
    Keep,
    /// They are new people from now on.
    Leave,
}

/// A change of registrations by which people would be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    moves: Vec<UserMove>,
    /// How much depends on the people.
    pub dependents: Dependents,
}

/// Which platform users a change concerns; none if there are none. `others` are the registrations
/// that stay, as they are and as they will be: at least those that share the issuer.
pub fn affected(
    read: Read<'_>,
    before: &Registration,
    after: &Registration,
    others: &[(&Registration, &Registration)],
) -> Result<Option<Affected>, Failure> {
    let moves = moves(read, before, after, others)?;
    // All who are identified by what changes, whether they can be carried over or not; each once.
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

/// Whom the change of one registration concerns.
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

/// What identifies the users who come through a deployment of a registration; none while the
/// platform's details are missing.
fn scope(registration: &Registration, deployment_id: &str) -> Option<IdentityScope> {
    identity::platform_user(registration, deployment_id, "")
        .map(|user| IdentityScope { issuer: user.issuer, tenant: user.tenant })
}

/// Carries the people of changes over, each with the slug of its registration; says how many.
///
/// # Errors
///
/// A conflict when a platform user would have two accounts.
pub fn carry_over(write: &Write<'_>, changes: &[(&str, &Affected)]) -> Result<u32, Failure> {
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

fn clash(slugs: &[&str], number: u32, clashes: &[UserClash]) -> Failure {
    let more = number.saturating_sub(clashes.len() as u32);
    let shown: Vec<String> = clashes
        .iter()
        .map(|clash| {
            format!(
                "user {:?} would have {} and already has {}",
                clash.sub, clash.carried, clash.present
            )
        })
        .collect();
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let show = clashes.first().map_or_else(String::new, |clash| {
        format!("ltictl account show {}", shell_word(&clash.present))
    });
    let people = if number == 1 {
        "one person has another account".to_owned()
    } else {
        format!("{number} people have other accounts")
    };
    Failure::new(
        Kind::Conflict,
        format!("{people} under the new details of {}", slugs.join(", ")),
        format!("accounts are never merged: {}{more}; nothing was changed", shown.join("; ")),
        format!(
            "{show}, and delete the account that is not needed; or the same command with \
             --leave-users"
        ),
    )
}

/// The failure of a change that does not say what happens to people. `command` is the command
/// without its decision.
pub fn undecided(slug: &str, dependents: Dependents, command: &str) -> Failure {
    Failure::new(
        Kind::Conflict,
        format!("{} would lose access to their accounts", people(dependents.people)),
        format!(
            "{}; after this change of {slug}, the same people arrive as new ones",
            in_words(dependents)
        ),
        format!(
            "{command} --keep-users, if the platform has the same users under the new details; \
             {command} --leave-users, if not"
        ),
    )
}

/// The same, for a manifest, whose key decides.
pub fn undecided_in_manifest(slug: &Slug, dependents: Dependents) -> Failure {
    let why = format!(
        "{}; keep_users: true carries them over, if the platform has the same users under the new \
         details, and keep_users: false leaves them, who then arrive as new people",
        in_words(dependents)
    );
    Failure::new(
        Kind::Conflict,
        format!("{} of {slug} would lose their accounts", people(dependents.people)),
        why,
        "",
    )
}

/// Who and what depends on the present details, in words.
pub fn in_words(dependents: Dependents) -> String {
    let counted = |number: u32, one: &str, several: &str| {
        if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
    };
    format!(
        "the present issuer, client ID and identity rule identify {} with {} and {}",
        people(dependents.people),
        counted(dependents.enrolments, "enrolment", "enrolments"),
        counted(dependents.grades, "grade", "grades")
    )
}

/// So many people, in words.
pub fn people(number: u32) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// Carries people over or leaves them, as decided, when one registration changes; to be called
/// before the change is stored.
///
/// # Errors
///
/// A conflict when nothing was decided and there are people, or when a platform user would have two
/// accounts.
pub fn settle(
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
        Some(_) => carry_over(write, &[(after.slug.as_str(), &affected)]).map(drop),
        None => Err(undecided(after.slug.as_str(), affected.dependents, &command(before, after))),
    }
}

/// The command that makes a change, as far as it concerns people.
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
