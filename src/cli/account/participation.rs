//! `ltictl account enrol`, `unenrol`, `grant` and `revoke`: the enrolments of an account, and what
//! content selection offers it.

use std::collections::HashSet;

use clap::Args;

use super::print;
use crate::admin::account::{self, AccountRecord, Grants};
use crate::cli::context::Context;
use crate::domain::{AccountRef, Invalid, ResourceRef, Slug};
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
    let before = account::show(store.read(), &name)?;
    let after = account::grant(&mut store, &name, &grants, context.now())?;
    print_grants(context, &before, &after)?;
    if after.links.is_empty() {
        context.note(&format!(
            "\nThe account is not linked to a platform user yet: the first launch links it, or \
             `ltictl account link {} --registration REG --sub SUB`.",
            after.account.username
        ));
    }
    Ok(())
}

pub(super) fn revoke(context: &Context, arguments: GrantArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (name, grants) = arguments.into_grants();
    let before = account::show(store.read(), &name)?;
    let after = account::revoke(&mut store, &name, &grants, context.now())?;
    print_grants(context, &before, &after)
}

/// Prints what has changed; programs get the whole account.
fn print_grants(
    context: &Context,
    before: &AccountRecord,
    after: &AccountRecord,
) -> Result<(), Failure> {
    if !context.format.is_text() {
        return print(context, after);
    }
    let username = &after.account.username;
    let only_in = |one: &AccountRecord, other: &AccountRecord| {
        let other: HashSet<&Slug> = other.grants.iter().collect();
        let slugs = one.grants.iter().filter(|slug| !other.contains(slug)).map(Slug::as_str);
        slugs.collect::<Vec<_>>().join(", ")
    };
    let (granted, revoked) = (only_in(after, before), only_in(before, after));
    let text = match (before.account.grants_all, after.account.grants_all) {
        (false, true) => format!("Content selection offers {username} every resource now."),
        (true, false) => format!("Content selection no longer offers {username} every resource."),
        _ if !granted.is_empty() => {
            format!("Content selection offers {username} these resources now: {granted}")
        }
        _ if !revoked.is_empty() => {
            format!("Content selection no longer offers {username} these resources: {revoked}")
        }
        _ => format!("Nothing was changed; `ltictl account show {username}` lists the grants."),
    };
    Context::print_text(&text)
}
