//! Publication of a resource by LTI 1.1, and what platforms ask for then.

use clap::Args;

use super::super::context::Context;
use super::super::sheet::SignedLinkSheet;
use crate::admin::{consumer, tool_proxy};
use crate::domain::{Consumer, ConsumerRef, Resource, ResourceRef, Settings};
use crate::failure::{Failure, Kind, shell_word};
use crate::report::view::SignedLaunchDetails;
use crate::rules;
use crate::rules::{resource, state_key};
use crate::store::{Read, Store};

/// The options of `resource publish` and `update`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Publication {
    /// Publish it by LTI 1.1, too, with a key and a secret of its own
    #[arg(long)]
    pub(super) lti_1p1: bool,
    /// With --lti-1p1: accept the secret with any consumer key, as Moodle does
    ///
    /// For platforms that choose the key themselves. Anyone who knows the secret can then appear as
    /// any consumer key.
    #[arg(long, requires = "lti_1p1", hide_short_help = true)]
    pub(super) any_key: bool,
}

impl Publication {
    /// Publishes a resource by LTI 1.1, and prints what platforms ask for.
    pub(super) fn print(
        self,
        context: &Context,
        store: &mut Store,
        settings: &Settings,
        published: &Resource,
    ) -> Result<(), Failure> {
        let (own, generated) = store.write(|write| {
            consumer::publish(write, published, self.any_key, &context.random, context.now())
        })?;
        let is_new = generated.is_some();
        let key = state_key::state_key(store.read())?;
        let url = tool_proxy::registration_url_of(settings, &key, &own);
        let details = SignedLaunchDetails::new(&settings.url, published, &own, generated);
        context.print(&details.with_registration_url(url))?;
        let slug = &own.registration.slug;
        if is_new {
            context.note(&format!(
                "\nThe secret is printed only now. To see it again: ltictl consumer show {slug} \
                 --show-secret"
            ));
        }
        context.note(&format!(
            "\nFor the form of one LMS: ltictl resource launch-details {} --lti-1p1 --for moodle",
            published.slug
        ));
        Ok(())
    }
}

/// The options of `resource launch-details`.
#[derive(Debug, Clone, Args)]
pub(super) struct DetailOptions {
    /// Print what platforms ask for that use LTI 1.1
    #[arg(long, help_heading = "LTI 1.1")]
    pub(super) lti_1p1: bool,
    /// Consumer whose key and secret to use [default: the resource's own]
    #[arg(long, value_name = "CONSUMER", requires = "lti_1p1", help_heading = "LTI 1.1")]
    pub(super) consumer: Option<ConsumerRef>,
    /// Print the shared secret, too
    #[arg(long, requires = "lti_1p1", help_heading = "LTI 1.1")]
    pub(super) show_secret: bool,
}

impl DetailOptions {
    /// Prints what platforms ask for, or the form of one of them.
    pub(super) fn print(
        &self,
        context: &Context,
        reference: &ResourceRef,
        platform: Option<&str>,
    ) -> Result<(), Failure> {
        let (store, settings) = context.store_and_settings()?;
        let read = store.read();
        let resource = resource::find(read, reference)?;
        let found = find_consumer(read, &resource, self.consumer.as_ref())?;
        let secret = self
            .show_secret
            .then(|| consumer::newest_secret(read, &found, context.now()))
            .transpose()?;
        let url = tool_proxy::registration_url_of(&settings, &state_key::state_key(read)?, &found);
        let details = SignedLaunchDetails::new(&settings.url, &resource, &found, secret)
            .with_registration_url(url);
        match platform {
            Some(platform) => {
                context.print(&SignedLinkSheet::new(platform, &resource, &details)?)?
            }
            None => context.print(&details)?,
        }
        note_refused(context, &resource, &found);
        Ok(())
    }
}

/// The named consumer, the one that the resource was published with, or the only one.
fn find_consumer(
    read: Read<'_>,
    resource: &Resource,
    named: Option<&ConsumerRef>,
) -> Result<Consumer, Failure> {
    if let Some(named) = named {
        return rules::consumer::find(read, named);
    }
    let slug = &resource.slug;
    if let Some(own) = read.consumer_of_resource(slug)? {
        return Ok(own);
    }
    let mut fitting = read.consumers()?;
    fitting.retain(|consumer| consumer.registration.enabled && consumer.may_use(resource));
    match <[Consumer; 1]>::try_from(fitting) {
        Ok([only]) => Ok(only),
        Err(several) if several.is_empty() => Err(Failure::new(
            Kind::NotFound,
            format!("resource {slug} is not published by LTI 1.1"),
            "it has no consumer of its own, and no other consumer may use it",
            format!("ltictl resource update {slug} --lti-1p1"),
        )),
        Err(several) => {
            let names: Vec<&str> =
                several.iter().map(|one| one.registration.slug.as_str()).collect();
            let first = shell_word(names.first().copied().unwrap_or("CONSUMER"));
            Err(Failure::new(
                Kind::Usage,
                "--consumer is missing",
                format!("several consumers may use {slug}: {}", names.join(", ")),
                format!("ltictl resource launch-details {slug} --lti-1p1 --consumer {first}"),
            ))
        }
    }
}

/// Notes why launches would be refused.
fn note_refused(context: &Context, resource: &Resource, consumer: &Consumer) {
    let (slug, quoted) = (&resource.slug, shell_word(consumer.registration.slug.as_str()));
    let reason = if !resource.published {
        format!(
            "This resource is unpublished, launches are refused.\nTo accept them again: ltictl \
                 resource update {slug} --publish"
        )
    } else if !consumer.registration.enabled {
        format!(
            "The consumer is disabled, launches are refused.\nTo accept them: ltictl consumer \
                 enable {quoted}"
        )
    } else if !consumer.may_use(resource) {
        format!(
            "The consumer may not use this resource.\nTo allow it: ltictl consumer set {quoted} \
                 --resource {slug}"
        )
    } else {
        return;
    };
    context.note(&format!("\n{reason}"));
}
