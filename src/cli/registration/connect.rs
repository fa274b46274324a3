//! `ltictl registration connect`: connects a platform step by step, with the platform's own labels
//! and in its order.
//!
//! First what the platform asks for, then what it shows, then its deployment. Everything is stored
//! in one transaction after the last reply, so that Ctrl-C changes nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;

use super::guide::Guide;
use super::{next_step, print_with_status, wait};
use crate::admin::connect;
use crate::admin::dynamic::{self, RegistrationStatus};
use crate::cli::context::{Context, Question};
use crate::cli::import::{ParsedSource, Proposal};
use crate::cli::keep_users::UserArguments;
use crate::cli::next::Progress;
use crate::cli::{doctor, sheet};
use crate::domain::{DeploymentId, DeploymentPolicy, Missing, Registration, RegistrationRef};
use crate::failure::{Failure, Kind};
use crate::lms::{self, Action, Detail, FilledField};
use crate::report::view::Findings;
use crate::report::{self, Style};
use crate::rules::registration::{self, Registered};
use crate::store::Store;

#[derive(Debug, Args)]
pub(super) struct ConnectArguments {
    /// Slug of the registration
    #[arg(value_name = "REG")]
    registration: RegistrationRef,
    /// LMS whose field labels to use; if omitted, you are asked
    #[arg(long = "for", value_name = "PLATFORM")]
    platform: Option<String>,
    /// Accept http:// URLs for hosts other than this machine
    #[arg(long)]
    allow_http: bool,
}

impl ConnectArguments {
    pub(super) fn of(registration: RegistrationRef) -> Self {
        Self { registration, platform: None, allow_http: false }
    }
}

pub(super) fn run(context: &Context, arguments: &ConnectArguments) -> Result<(), Failure> {
    let slug = &arguments.registration;
    if !context.may_ask() {
        let why = format!("{}, and registration connect is interactive", context.why_not_asked());
        return Err(Failure::new(
            Kind::Usage,
            "cannot prompt",
            why,
            format!(
                "run `ltictl platform import {slug} FILE`, then `ltictl deployment add {slug} \
                 DEPLOYMENT_ID`"
            ),
        ));
    }
    let (mut store, settings) = context.store_and_settings()?;
    let (registration, deployments) = registration::show(store.read(), slug)?;
    context.begin_asking();
    let platform = match &arguments.platform {
        Some(platform) => platform.clone(),
        None => choose_platform(context, &registration)?,
    };
    let lms = sheet::find(&platform)?;
    let platform =
        lms::all().iter().find(|(name, _)| *name == platform).map_or(lms::OTHER, |(name, _)| name);
    let allow_http = arguments.allow_http || registration.policy.allow_http;
    let mut guide =
        Guide { context, settings, lms, platform, registration, deployments, allow_http };
    guide.run(&mut store, arguments.allow_http)
}

fn choose_platform(context: &Context, registration: &Registration) -> Result<String, Failure> {
    let product = registration.product.as_ref().map(|product| product.as_str());
    let known = lms::all();
    let first = known.iter().position(|(name, _)| Some(*name) == product).unwrap_or(0);
    let names: Vec<String> = known.iter().map(|(_, lms)| lms.name.clone()).collect();
    let chosen =
        context.choose(&format!("Which platform is {}?", registration.name), &names, first)?;
    chosen.map(|place| known[place].0.to_owned()).ok_or_else(|| stopped(registration))
}

fn stopped(registration: &Registration) -> Failure {
    Failure::new(
        Kind::Failed,
        "nothing was changed",
        "you cancelled",
        format!("ltictl registration connect {}", registration.slug),
    )
}

impl Guide<'_> {
    fn run(&mut self, store: &mut Store, may_change_to_http: bool) -> Result<(), Failure> {
        let mut read = ParsedSource::default();
        if self.registration.platform.is_none() && wait::for_platform(self, store)? {
            (self.registration, self.deployments) =
                registration::show(store.read(), &self.slug().into())?;
            self.note("\nThe platform has registered the tool.");
            if self.deployments.is_empty() {
                self.note(&format!(
                    "It did not send its deployment ID. Where to find it: {}",
                    self.lms.bring_back_where
                ));
            }
        } else {
            let status = dynamic::status(
                store.read(),
                &self.settings,
                self.registration.id,
                self.context.now(),
            )?;
            self.show_form(&status)?;
            self.ask_for_values(&mut read)?;
        }
        let mut warnings = Vec::new();
        self.complete(&mut read, &mut warnings);
        if read.change.has_details() || self.deployments.is_empty() {
            self.ask_for_deployment(&mut read)?;
        }
        read.change.policy.allow_http = may_change_to_http.then_some(true);
        let registered = self.store_details(store, &mut read, warnings)?;
        self.finish(store, &registered)
    }

    /// Shows the completed form until the user has entered it in the platform.
    fn show_form(&self, status: &RegistrationStatus) -> Result<(), Failure> {
        let fields = self.lms.sheet(&sheet::tool_values(&self.settings, self.slug(), status));
        self.heading(&format!("What to enter in {}", self.lms.name));
        self.note(&format!("Where: {}\n", self.lms.form_place));
        self.note(&sheet::form(&fields).join("\n"));
        self.lms.notes.iter().for_each(|note| self.note(&format!("  - {note}")));
        self.note("");
        let choices = [
            "I have entered and saved it there: continue".to_owned(),
            "Copy the values to the clipboard, one at a time".to_owned(),
        ];
        match self.context.choose("What next?", &choices, 0)? {
            None => Err(stopped(&self.registration)),
            Some(0) => Ok(()),
            Some(_) => self.copy_one_by_one(&fields),
        }
    }

    /// Uses OSC 52: the terminal sets its clipboard, not that of the machine that we run on.
    fn copy_one_by_one(&self, fields: &[FilledField]) -> Result<(), Failure> {
        for (number, field) in fields.iter().enumerate() {
            let heading = format!("{} of {}. {}", number + 1, fields.len(), field.label);
            let heading = match field.action {
                Action::Tick => format!("{heading}: tick it"),
                Action::Choose => format!("{heading}: choose {}", field.value),
                Action::Enter => {
                    report::clipboard(&STANDARD.encode(&field.value));
                    format!(
                        "{heading}: {}, copied to the clipboard",
                        field.value.replace('\n', " and ")
                    )
                }
            };
            self.note(&report::clean(&heading));
            let last = number + 1 == fields.len();
            let question = if last {
                "Press Enter when it is saved there"
            } else {
                "Press Enter for the next value"
            };
            let command =
                format!("ltictl registration tool-details {} --for {}", self.slug(), self.platform);
            self.context.ask_or_skip(
                &Question { text: question, default: None, flag: "Enter", command: &command },
                |_| Ok(()),
            )?;
        }
        Ok(())
    }

    /// Prompts for the deployment ID, unless it was pasted; it is optional if launches may add it
    /// or if there is one already.
    fn ask_for_deployment(&self, read: &mut ParsedSource) -> Result<(), Failure> {
        if !read.deployments.is_empty() {
            return Ok(());
        }
        let policy = read.change.policy.deployments.unwrap_or(self.registration.policy.deployments);
        let label = self
            .label(Detail::DeploymentId)
            .unwrap_or_else(|| Detail::DeploymentId.label().to_owned());
        let known: Vec<&str> =
            self.deployments.iter().map(|deployment| deployment.deployment_id.as_str()).collect();
        let text = match (policy, known.is_empty()) {
            (_, false) => format!("{label} (Enter: keep only {})", known.join(", ")),
            (DeploymentPolicy::Accept, true) => {
                format!("{label} (Enter: accept any deployment that launches)")
            }
            (DeploymentPolicy::Known, true) => label,
        };
        let command = format!("ltictl deployment add {} DEPLOYMENT_ID", self.slug());
        let question = Question {
            text: &report::clean(&text),
            default: None,
            flag: "DEPLOYMENT_ID",
            command: &command,
        };
        let check = |id: &str| DeploymentId::new(id).map(drop);
        let reply = match policy == DeploymentPolicy::Known && known.is_empty() {
            true => Some(self.context.ask(&question, check)?),
            false => self.context.ask_or_skip(&question, check)?,
        };
        if let Some(id) = reply {
            read.deployments.push((DeploymentId::new(&id)?, None));
        }
        Ok(())
    }

    /// Shows what would change, asks for confirmation, and stores everything in one transaction.
    fn store_details(
        &self,
        store: &mut Store,
        read: &mut ParsedSource,
        warnings: Vec<String>,
    ) -> Result<Registered, Failure> {
        let proposal = Proposal::new(&self.registration, &self.deployments, read, warnings);
        if proposal.is_empty() {
            self.note("\nNothing changes.");
            return registration::show(store.read(), &self.slug().into());
        }
        self.heading("What will be stored");
        self.note(&proposal.differences());
        if !self.context.ask_yes_or_no(
            &format!("Store this for {}?", self.slug()),
            true,
            &format!("ltictl registration connect {}", self.slug()),
        )? {
            return Err(stopped(&self.registration));
        }
        UserArguments::default().decide(
            self.context,
            store,
            &self.slug().into(),
            &mut read.change,
            &format!("ltictl platform import {} FILE", self.slug()),
        )?;
        connect::import(
            store,
            &self.slug().into(),
            &read.change,
            read.deployments.clone(),
            self.context.now(),
        )
    }

    /// Shows the registration, offers to check it, and explains how to make the first launch.
    fn finish(&self, store: &Store, registered: &Registered) -> Result<(), Failure> {
        print_with_status(self.context, store, &self.settings, registered)?;
        if registered.0.missing().contains(&Missing::Platform)
            || registered.0.missing().contains(&Missing::Deployment)
        {
            return next_step(self.context, store, registered);
        }
        let slug = self.slug();
        let command = format!("ltictl doctor {slug}");
        if self.context.format.output.is_text()
            && self.context.ask_yes_or_no(
                "Check it now? This contacts the platform and changes nothing.",
                true,
                &command,
            )?
        {
            let findings = doctor::check_registration(self.context, &slug.into())?;
            self.note(&Findings::from(findings).problems(Style::of_stderr()));
        }
        let progress = Progress::of(store, &self.settings)?;
        let what = match progress.has_resource() {
            true => "print the values for a link to it",
            false => "publish something to launch, and print the values for a link to it",
        };
        let mut steps = vec![format!("{}     {what}", progress.resource())];
        steps.extend(progress.serve().map(str::to_owned));
        steps.push(format!(
            "In a {} course, add a link to the tool, by content selection or with those values, and \
             click it.",
            self.lms.name
        ));
        steps.push(
            "ltictl launch list     see whether it was accepted or refused, and why".to_owned(),
        );
        let steps = steps.iter().zip(1..).map(|(step, number)| format!("\n  {number}. {step}"));
        self.note(&format!("\nThe first launch:{}", steps.collect::<String>()));
        Ok(())
    }
}
