//! Whether people keep their accounts when what identifies them changes: set by a flag or a prompt.

use clap::Args;

use super::context::Context;
use crate::admin::connect;
use crate::domain::RegistrationRef;
use crate::failure::{Failure, Kind};
use crate::report;
use crate::rules::carry_over::{self, UserDecision};
use crate::rules::registration::PlatformChange;
use crate::store::{Dependents, Store};

/// The flags.
#[derive(Debug, Default, Args)]
pub(super) struct UserArguments {
    /// Carry people's accounts over if the issuer, client ID or identity rule changes
    ///
    /// Accounts are linked to the platform's users by issuer and user ID and, depending on the
    /// identity rule, by client ID and deployment. This option carries the links over; enrolments
    /// and grades stay with the accounts. Use it only if each user ID belongs to the same person
    /// before and after the change. If no people are affected, it has no effect.
    #[arg(long)]
    keep_users: bool,
    /// Do not carry accounts over: people get new accounts
    #[arg(long, conflicts_with = "keep_users")]
    leave_users: bool,
}

impl UserArguments {
    fn decision(&self) -> Option<UserDecision> {
        match (self.keep_users, self.leave_users) {
            (true, _) => Some(UserDecision::Keep),
            (_, true) => Some(UserDecision::Leave),
            _ => None,
        }
    }

    /// Sets what happens to people's accounts in `change`, from the flags or, if anyone is
    /// affected, a prompt; without a terminal, fails with a conflict that names the flags.
    /// `command` is the command without these flags. Returns what depends on the affected people.
    pub(super) fn decide(
        &self,
        context: &Context,
        store: &Store,
        slug: &RegistrationRef,
        change: &mut PlatformChange,
        command: &str,
    ) -> Result<Option<Dependents>, Failure> {
        change.users = self.decision();
        let Some(affected) = connect::affected_users(store.read(), slug, change)? else {
            return Ok(None);
        };
        if change.users.is_none() {
            let undecided = carry_over::undecided(slug, affected.dependents, command);
            if !context.may_ask() {
                return Err(undecided);
            }
            change.users = Some(ask(context, affected.dependents, command)?);
        }
        Ok(Some(affected.dependents))
    }
}

impl UserArguments {
    /// Notes what would happen to people's accounts.
    pub(super) fn note_dry_run(
        &self,
        context: &Context,
        store: &Store,
        slug: &RegistrationRef,
        change: &PlatformChange,
    ) -> Result<(), Failure> {
        let Some(affected) = connect::affected_users(store.read(), slug, change)? else {
            return Ok(());
        };
        let people = carry_over::people(affected.dependents.people);
        context.note(&match self.decision() {
            Some(UserDecision::Keep) => {
                format!("\n{people} would be carried over with their enrolments and grades.")
            }
            Some(UserDecision::Leave) => format!(
                "\nThe accounts of {people} would stay linked to the previous details; at the next \
                 launch, new accounts are created."
            ),
            None => format!(
                "\n{people} would lose access to their accounts. Choose what happens to \
                them with --keep-users or --leave-users."
            ),
        });
        Ok(())
    }
}

fn ask(context: &Context, dependents: Dependents, command: &str) -> Result<UserDecision, Failure> {
    let said = carry_over::describe(dependents);
    report::note(&format!("{}{}.", said[..1].to_uppercase(), &said[1..]));
    let choices = [
        "Keep accounts: the platform has the same users with the same IDs".to_owned(),
        "Do not carry accounts over: people get new accounts".to_owned(),
        "Stop and change nothing".to_owned(),
    ];
    match context.choose("What happens to them?", &choices, 0)? {
        Some(0) => Ok(UserDecision::Keep),
        Some(1) => Ok(UserDecision::Leave),
        _ => Err(Failure::new(
            Kind::Failed,
            "nothing was changed",
            "you cancelled",
            format!("{command} --keep-users"),
        )),
    }
}

/// Notes what happened to people's accounts.
pub(super) fn note(context: &Context, change: &PlatformChange, dependents: Option<Dependents>) {
    let Some(dependents) = dependents else { return };
    let people = carry_over::people(dependents.people);
    match change.users {
        Some(UserDecision::Keep) => {
            context.note(&format!("\n{people} carried over with their enrolments and grades."))
        }
        _ => context.note(&format!(
            "\nThe accounts of {people} stay linked to the previous details; at the next launch, \
             new accounts are created."
        )),
    }
}
