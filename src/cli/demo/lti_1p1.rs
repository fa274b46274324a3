//! The demonstration by LTI 1.1: a key and a secret instead of a registration.

use std::collections::BTreeMap;

use super::Demo;
use super::basics::demo_failed;
use super::way::Way;
use crate::admin::consumer;
use crate::domain::{Consumer, PublicUrl, Resource, cartridge_path, named_launch_1p1_path};
use crate::failure::Failure;
use crate::sandbox::browser::{Browser, Page};
use crate::sandbox::{ConsumerSetup, FormLaunch, FormMisbehaviour, FormVersion, Sandbox};
use crate::server::Server;
use crate::store::Store;

impl Demo<'_> {
    pub(super) async fn run_lti_1p1(&self, keep: bool) -> Result<(), Failure> {
        let (server, sandbox, settings) = self.start().await?;
        let url = &settings.url;
        self.print_set_up(url.as_str());
        self.print_server(url, &server);
        let mut store = self.context.store_at(&self.database)?;
        let (resource, consumer) = self.publish_lti_1p1(&mut store, &sandbox, url)?;
        self.print_platform(&sandbox, &resource, &consumer);

        self.step(5, "A student clicks the link");
        self.launch_form(&sandbox, &FormLaunch::student(), "Sam Student").await?;
        self.step(6, "A teacher clicks the link");
        self.launch_form(&sandbox, &FormLaunch::teacher(), "Tina Teacher").await?;
        self.refused_form(&store, &sandbox).await?;
        let way = Way::Consumer(Box::new(consumer));
        self.select(8, &way, &mut store, &sandbox, &resource.uuid.to_string()).await?;
        self.send_grade(9, &way, &mut store, &sandbox).await?;
        self.enrol_members(10, &way, &mut store, &sandbox).await?;
        self.list_launches(11, &store)?;
        drop(store);
        self.end(keep, server, sandbox).await;
        Ok(())
    }

    fn print_server(&self, url: &PublicUrl, server: &Server) {
        self.step(2, "Start the tool");
        self.command(&format!("ltictl serve --listen {} &", server.local_addr()));
        self.print(&format!("   the tool is at {url}"));
    }

    /// Publishes a resource with a key and a secret, which the platform gets.
    fn publish_lti_1p1(
        &self,
        store: &mut Store,
        sandbox: &Sandbox,
        url: &PublicUrl,
    ) -> Result<(Resource, Consumer), Failure> {
        self.step(3, "Publish a resource by LTI 1.1");
        self.command(
            "ltictl resource publish \"Algebra quiz\" --max-grade 10 --lti-1p1 --if-not-exists",
        );
        let resource = self.publish_quiz(store)?;
        let (consumer, secret) = store.write(|write| {
            let (random, now) = (&self.context.random, self.context.now());
            consumer::publish(write, &resource, false, random, now)
        })?;
        let secret = secret.ok_or_else(|| demo_failed("there is no new secret"))?;
        let launch_url = url.join(&named_launch_1p1_path(&resource.slug));
        self.detail("Launch URL", &launch_url);
        self.detail("Consumer key", consumer.key.as_str());
        self.detail("Shared secret", "… (the command prints it once)");
        let cartridge = cartridge_path(&consumer.cartridge_token, &resource.slug);
        self.detail("Cartridge URL", &url.join(&cartridge));
        let key = consumer.key.to_string();
        let (custom, version) = (BTreeMap::new(), FormVersion::Lti1p0);
        sandbox.set_consumer(ConsumerSetup { key, secret, launch_url, custom, version });
        Ok((resource, consumer))
    }

    fn print_platform(&self, sandbox: &Sandbox, resource: &Resource, consumer: &Consumer) {
        self.step(4, "Start a test platform that has them");
        self.command(&format!(
            "ltictl sandbox --consumer {} --resource {} --listen {} &",
            consumer.registration.slug,
            resource.slug,
            sandbox.local_addr()
        ));
        let page = format!("{}/lti-1p1", sandbox.issuer());
        self.print(&format!("   its page is {page}; people can click the link now"));
    }

    /// A launch that must succeed: one signed form.
    async fn launch_form(
        &self,
        sandbox: &Sandbox,
        choice: &FormLaunch,
        person: &str,
    ) -> Result<(), Failure> {
        let mut browser = Browser::new();
        let form = sandbox.click_form(&mut browser, choice).await.map_err(demo_failed)?;
        let page = self.submit_launch(&mut browser, &form).await?;
        self.requests(&browser);
        self.fields(&form);
        self.arrived(&page, person)
    }

    /// Prints the fields of a launch that people understand.
    fn fields(&self, page: &Page) {
        let form = page.form();
        self.print("          the form, signed with the secret, contains:");
        for name in [
            "oauth_consumer_key",
            "oauth_signature_method",
            "lti_message_type",
            "user_id",
            "lis_person_name_full",
            "roles",
            "context_title",
            "resource_link_title",
            "lis_outcome_service_url",
        ] {
            let value = form.as_ref().and_then(|form| form.field(name)).unwrap_or_default();
            self.print(&format!("            {name:<24} {value}"));
        }
    }

    /// The secret was copied with a space, which is the most frequent mistake.
    async fn refused_form(&self, store: &Store, sandbox: &Sandbox) -> Result<(), Failure> {
        self.step(7, "Someone enters the secret again, with a space at its end");
        let choice = FormLaunch::student().with(FormMisbehaviour::SecretWithSpace);
        let page = sandbox.launch_form(&mut Browser::new(), &choice).await.map_err(demo_failed)?;
        self.explain_refused(store, &page, 401)?;
        self.print("   the space is removed, and the student clicks again:");
        self.launch_form(sandbox, &FormLaunch::student(), "Sam Student").await
    }
}
