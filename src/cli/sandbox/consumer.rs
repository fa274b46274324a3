//! The test platform as a consumer of LTI 1.1: with the key and secret of a consumer of the database,
//! or those of any tool. The secret is never an argument, which other users could see.

use std::collections::BTreeMap;

use clap::Args;

use crate::admin::consumer::{check_secret, newest_secret};
use crate::cli::context::{Context, Question};
use crate::domain::{
    ConsumerRef, LAUNCH_1P1_PATH, Protocol, ResourceRef, Slug, named_launch_1p1_path,
};
use crate::failure::{Failure, shell_word};
use crate::rules;
use crate::rules::resource;
use crate::sandbox::{ConsumerSetup, FormVersion};

/// A tool that need not be this one.
#[derive(Debug, Args)]
pub(super) struct OtherTool {
    /// Launch URL of any tool that uses LTI 1.1
    #[arg(long, value_name = "URL", requires = "consumer_key", conflicts_with_all = ["consumer", "registration"])]
    launch_url: Option<String>,

    /// Its consumer key; the secret is prompted for
    #[arg(long, value_name = "KEY", requires = "launch_url")]
    consumer_key: Option<String>,

    /// Read its secret from standard input
    #[arg(long, requires = "launch_url")]
    secret_stdin: bool,
}

impl OtherTool {
    /// Its values for the platform's form, if it was named.
    pub(super) fn setup(&self, context: &Context) -> Result<Option<ConsumerSetup>, Failure> {
        let Some((url, key)) = self.launch_url.as_ref().zip(self.consumer_key.as_ref()) else {
            return Ok(None);
        };
        let command = format!(
            "ltictl sandbox --launch-url {} --consumer-key {} --secret-stdin < secret.txt",
            shell_word(url),
            shell_word(key)
        );
        let question = Question {
            text: "Shared secret",
            default: None,
            flag: "--secret-stdin",
            command: &command,
        };
        let secret = context.secret(self.secret_stdin, &question, check_secret)?;
        Ok(Some(ConsumerSetup {
            key: key.clone(),
            secret: secret.to_string(),
            launch_url: url.clone(),
            custom: BTreeMap::new(),
            version: FormVersion::Lti1p0,
        }))
    }
}

/// The values of a consumer for the platform's form, and its slug.
pub(super) fn setup(
    context: &Context,
    consumer: &ConsumerRef,
    resource: Option<&ResourceRef>,
) -> Result<(ConsumerSetup, Slug), Failure> {
    let (store, settings) = context.store_and_settings()?;
    let consumer = rules::consumer::find(store.read(), consumer)?;
    let is_lti_2p0 = consumer.registration.protocol == Protocol::Lti2p0;
    // By LTI 2.0, only the paths of resources are launched.
    let first = consumer.resources.iter().flatten().next().filter(|_| is_lti_2p0);
    let path = match (resource, first) {
        (Some(resource), _) => named_launch_1p1_path(&resource::find(store.read(), resource)?.slug),
        (None, Some(first)) => named_launch_1p1_path(first),
        (None, None) => LAUNCH_1P1_PATH.to_owned(),
    };
    let setup = ConsumerSetup {
        key: consumer.key.to_string(),
        secret: newest_secret(store.read(), &consumer, context.now())?,
        launch_url: settings.url.join(&path),
        custom: BTreeMap::new(),
        version: if is_lti_2p0 { FormVersion::Lti2p0 } else { FormVersion::Lti1p0 },
    };
    Ok((setup, consumer.registration.slug))
}
