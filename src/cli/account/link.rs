//! `ltictl account link` and `unlink`: which users are linked to an account.

use clap::Args;

use super::{missing, print};
use crate::admin::account::{self, LinkTarget};
use crate::cli::context::Context;
use crate::domain::{AccountRef, ProviderRef, RegistrationRef};
use crate::failure::Failure;
use crate::rules;

#[derive(Debug, Args)]
pub(super) struct LinkArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    #[command(flatten)]
    user: User,
    /// Succeed without changes if the user is already linked to this account
    #[arg(long)]
    if_not_exists: bool,
}

#[derive(Debug, Args)]
pub(super) struct UnlinkArguments {
    /// Username or UUID of the account
    #[arg(value_name = "ACCOUNT")]
    account: AccountRef,
    #[command(flatten)]
    user: User,
}

/// A user of a platform, or an LTI 1.1 user.
#[derive(Debug, Args)]
pub(super) struct User {
    /// Slug of the registration that the user launches from
    #[arg(long, value_name = "REG", conflicts_with_all = ["consumer_key", "user_id"], help_heading = "Platform user")]
    registration: Option<RegistrationRef>,
    /// The platform's user ID (sub), as shown by `ltictl launch show`
    #[arg(long, value_name = "SUB", conflicts_with_all = ["consumer_key", "user_id"], allow_hyphen_values = true, help_heading = "Platform user")]
    sub: Option<String>,
    /// Deployment ID; needed if users are identified by it
    #[arg(long, value_name = "ID", conflicts_with_all = ["consumer_key", "user_id"], allow_hyphen_values = true, help_heading = "Platform user")]
    deployment: Option<String>,
    /// LTI 1.1 consumer key
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, help_heading = "LTI 1.1 user")]
    consumer_key: Option<String>,
    /// LTI 1.1 user_id
    #[arg(long, value_name = "ID", allow_hyphen_values = true, help_heading = "LTI 1.1 user")]
    user_id: Option<String>,
    /// Slug of an identity provider, for a person who signs in there
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = ["consumer_key", "user_id", "registration", "sub", "deployment"], help_heading = "Platform user")]
    identity_provider: Option<ProviderRef>,
    /// Identifier of the person there: sub, or the object ID (Microsoft)
    #[arg(long, value_name = "SUBJECT", conflicts_with_all = ["consumer_key", "user_id", "registration", "sub", "deployment"], allow_hyphen_values = true, help_heading = "Platform user")]
    subject: Option<String>,
}

impl User {
    /// Whether anything of a user is given.
    pub(super) fn is_given(&self) -> bool {
        self.registration.is_some()
            || self.sub.is_some()
            || self.consumer_key.is_some()
            || self.user_id.is_some()
            || self.identity_provider.is_some()
            || self.subject.is_some()
    }

    pub(super) fn into_target(self, command: &str) -> Result<LinkTarget, Failure> {
        let platform = || format!("{command} --registration REG --sub SUB");
        let consumer = || format!("{command} --consumer-key KEY --user-id ID");
        match (self.identity_provider, self.subject) {
            (None, None) => {}
            (Some(provider), Some(subject)) => {
                return Ok(LinkTarget::Provider { provider, subject });
            }
            (None, Some(_)) => {
                let hint = format!("{command} --identity-provider PROVIDER --subject SUBJECT");
                return Err(missing("--identity-provider", hint));
            }
            (Some(provider), None) => {
                let hint = format!("{command} --identity-provider {provider} --subject SUBJECT");
                return Err(missing("--subject", hint));
            }
        }
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
    if matches!(target, LinkTarget::Provider { .. }) {
        return Ok(());
    }
    context.note(
        "\nThe user's next launch finds or creates an account, depending on the resource's \
         provisioning setting.",
    );
    Ok(())
}
