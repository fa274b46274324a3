//! `ltictl account link` and `unlink`: which users of platforms have an account.

use clap::Args;

use super::{missing, print};
use crate::admin::account::{self, LinkTarget};
use crate::cli::context::Context;
use crate::failure::Failure;
use crate::rules;

#[derive(Debug, Args)]
pub(super) struct LinkArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    user: User,
    /// Succeed without changes if that user has this account already
    #[arg(long)]
    if_not_exists: bool,
}

#[derive(Debug, Args)]
pub(super) struct UnlinkArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    user: User,
}

/// A platform's user.
#[derive(Debug, Args)]
struct User {
    /// Slug of the registration that the user's launches come through
    #[arg(long, value_name = "REG", conflicts_with_all = ["consumer_key", "user_id"], help_heading = "User \
        of a platform")]
    registration: Option<String>,
    /// The platform's identifier of the person (sub), as `ltictl launch show` has it
    #[arg(long, value_name = "SUB", conflicts_with_all = ["consumer_key", "user_id"], allow_hyphen_values = true, help_heading = "User \
        of a platform")]
    sub: Option<String>,
    /// Deployment ID; needed if users are identified by it
    #[arg(long, value_name = "ID", conflicts_with_all = ["consumer_key", "user_id"], allow_hyphen_values = true, help_heading = "User \
        of a platform")]
    deployment: Option<String>,
    /// Consumer key of LTI 1.1
    #[arg(
        long,
        value_name = "KEY",
        allow_hyphen_values = true,
        help_heading = "User of an LTI 1.1 platform"
    )]
    consumer_key: Option<String>,
    /// user_id of LTI 1.1
    #[arg(
        long,
        value_name = "ID",
        allow_hyphen_values = true,
        help_heading = "User of an LTI 1.1 platform"
    )]
    user_id: Option<String>,
}

impl User {
    fn into_target(self, command: &str) -> Result<LinkTarget, Failure> {
        let platform = || format!("{command} --registration REG --sub SUB");
        let consumer = || format!("{command} --consumer-key KEY --user-id ID");
        match (self.registration, self.sub, self.consumer_key, self.user_id) {
            (Some(registration), Some(sub), ..) => {
                Ok(LinkTarget::Platform { registration, sub, deployment: self.deployment })
            }
            (None, None, Some(consumer_key), Some(user_id)) => {
                Ok(LinkTarget::Consumer { consumer_key, user_id })
            }
            (None, Some(_), ..) => Err(missing("--registration", platform())),
            (Some(_), None, ..) => Err(missing("--sub", platform())),
            (None, None, Some(_), None) => Err(missing("--user-id", consumer())),
            (None, None, None, Some(_)) => Err(missing("--consumer-key", consumer())),
            (None, None, None, None) => Err(missing("--registration", platform())),
        }
    }
}

pub(super) fn link(context: &Context, arguments: LinkArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::find(store.read(), &arguments.account)?.username;
    let target = arguments.user.into_target(&format!("ltictl account link {username}"))?;
    print(
        context,
        &account::link(
            &mut store,
            &arguments.account,
            &target,
            arguments.if_not_exists,
            context.now(),
        )?,
    )
}

pub(super) fn unlink(context: &Context, arguments: UnlinkArguments) -> Result<(), Failure> {
    let mut store = context.store()?;
    let username = rules::account::find(store.read(), &arguments.account)?.username;
    let target = arguments.user.into_target(&format!("ltictl account unlink {username}"))?;
    print(context, &account::unlink(&mut store, &arguments.account, &target)?)?;
    context.note(
        "\nThe user's next launch finds or makes an account anew, as the resource's \
        provisioning says.",
    );
    Ok(())
}
