//! `ltictl account enrol`, `unenrol`, `grant` and `revoke`: the enrolments of an account, and what
//! content selection offers it.

use clap::Args;

use super::print;
use crate::admin::account::{self, Grants};
use crate::cli::context::Context;
use crate::domain::{AccountRef, Invalid, ResourceRef};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct EnrolArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    /// Slug or UUID of the resource
    #[arg(value_name = "RES")]
    resource: ResourceRef,
    /// Role to give the account: teacher or student [default: student, or its current role]
    #[arg(long, value_name = "ROLE")]
    role_of: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct UnenrolArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    /// Slug or UUID of the resource
    #[arg(value_name = "RES")]
    resource: ResourceRef,
}

#[derive(Debug, Args)]
pub(super) struct GrantArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    /// Slugs or UUIDs of the resources
    #[arg(value_name = "RES", required_unless_present = "all", conflicts_with = "all")]
    resources: Vec<ResourceRef>,
    /// All resources, including future ones
    #[arg(long)]
    all: bool,
}

impl GrantArguments {
    fn into_grants(self) -> (AccountRef, Grants) {
        (self.account, if self.all { Grants::All } else { Grants::Resources(self.resources) })
    }
}

pub(super) fn enrol(context: &Context, arguments: &EnrolArguments) -> Result<(), Failure> {
    let teaches = match arguments.role_of.as_deref() {
        None => None,
        Some("teacher") => Some(true),
        Some("student") => Some(false),
        Some(_) => return Err(Invalid::new("role of", "must be one of teacher, student").into()),
    };
    let mut store = context.store()?;
    print(
        context,
        &account::enrol(
            &mut store,
            &arguments.account,
            &arguments.resource,
            teaches,
            context.now(),
        )?,
    )
}

pub(super) fn unenrol(context: &Context, arguments: &UnenrolArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let dossier = account::unenrol(&mut store, &arguments.account, &arguments.resource)?;
    print(context, &dossier)?;
    context.note(&format!(
        "\nThe next launch enrols the account again.\nTo refuse its launches: ltictl account \
         disable {}",
        dossier.account.username
    ));
    Ok(())
}

pub(super) fn grant(context: &Context, arguments: GrantArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (name, grants) = arguments.into_grants();
    print(context, &account::grant(&mut store, &name, &grants, context.now())?)?;
    context.note(
        "\nContent selection offers it as soon as the account is linked, by a launch or by ltictl \
         account link.",
    );
    Ok(())
}

pub(super) fn revoke(context: &Context, arguments: GrantArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (name, grants) = arguments.into_grants();
    print(context, &account::revoke(&mut store, &name, &grants, context.now())?)
}
