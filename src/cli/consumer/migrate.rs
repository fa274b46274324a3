//! `ltictl consumer migrate`: moves a platform from LTI 1.1 to LTI 1.3.

use clap::Args;

use super::super::context::Context;
use crate::admin::consumer_migration::{self, ConsumerMigration, Method};
use crate::domain::{ConsumerRef, RegistrationRef};
use crate::failure::{Failure, counted, shell_word};
use crate::report::view::ConsumerMigrationView;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Slug or key of the consumer
    #[arg(value_name = "CONSUMER", allow_hyphen_values = true)]
    consumer: ConsumerRef,
    /// Slug of the registration that replaces it
    #[arg(value_name = "REG")]
    registration: RegistrationRef,
    /// Only report what there is and what would happen
    #[arg(long, conflicts_with = "roll_back")]
    dry_run: bool,
    /// Link users now, because their IDs are the same under LTI 1.3, as in Moodle
    ///
    /// For platforms that do not send the LTI 1.1 user in a signed claim. Users of the registration
    /// who have an account keep it.
    #[arg(long, conflicts_with = "roll_back")]
    same_user_ids: bool,
    /// Unlink the registration's users from the consumer's accounts again
    #[arg(long)]
    roll_back: bool,
    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    if arguments.roll_back {
        return roll_back(context, &arguments);
    }
    let Arguments { consumer, registration, dry_run, same_user_ids, yes, .. } = arguments;
    let mut store = context.store()?;
    if same_user_ids && !dry_run {
        context.confirm(
            yes,
            &format!(
                "Link the users of {registration} to the accounts of the users of {consumer} with \
                 the same IDs? Anyone who knows the shared secret can open these accounts until the \
                 consumer is disabled."
            ),
            &format!("{} --same-user-ids", command(&consumer, &registration)),
        )?;
    }
    let method = Method { dry_run, same_user_ids };
    let migration =
        consumer_migration::migrate(&mut store, &consumer, &registration, method, context.now())?;
    context.print(&ConsumerMigrationView::from(&migration))?;
    next_step(context, &migration, method);
    Ok(())
}

fn command(consumer: &ConsumerRef, registration: &RegistrationRef) -> String {
    let [slug, registration] = [consumer.as_str(), registration.as_str()].map(shell_word);
    format!("ltictl consumer migrate {slug} {registration}")
}

fn next_step(context: &Context, migration: &ConsumerMigration, method: Method) {
    let ConsumerMigration { consumer, platform, moved, linked, .. } = migration;
    let (slug, registration) = (&consumer.registration.slug, &migration.registration.slug);
    if *linked > 0 {
        context.note(&format!("\nLinked {}.", counted(*linked, "user", "users")));
    }
    let unmatched = moved.people.saturating_sub(moved.matched);
    let note = if method.dry_run {
        format!("Nothing was changed. To begin: ltictl consumer migrate {slug} {registration}")
    } else if consumer.secret_count == 0 {
        format!("No claim can be verified without a secret: ltictl consumer rotate {slug}")
    } else if unmatched > 0 && platform.claim != Some(true) && platform.same_user_ids == Some(true)
    {
        format!(
            "This platform does not send who people were, and keeps their IDs. To link them: \
             ltictl consumer migrate {slug} {registration} --same-user-ids"
        )
    } else if unmatched > 0 {
        format!(
            "People are matched when they launch by LTI 1.3. To see how far it is: ltictl consumer \
             migrate {slug} {registration}"
        )
    } else if consumer.registration.enabled {
        format!(
            "All people have moved. Once launches by LTI 1.1 stop: ltictl consumer disable \
             {slug}"
        )
    } else {
        return;
    };
    context.note(&format!("\n{note}"));
}

fn roll_back(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { consumer, registration, yes, .. } = arguments;
    let mut store = context.store()?;
    context.confirm(
        *yes,
        &format!(
            "Unlink the users of {registration} from the accounts of {consumer}, if the move has \
             linked them? The accounts keep their grades."
        ),
        &format!("{} --roll-back", command(consumer, registration)),
    )?;
    let (migration, unlinked) =
        store.write(|write| consumer_migration::roll_back(write, consumer, registration))?;
    context.print(&ConsumerMigrationView::from(&migration))?;
    let slug = &migration.registration.slug;
    context.note(&format!("\nUnlinked {}.", counted(unlinked, "user", "users")));
    if migration.registration.enabled {
        context.note(&format!(
            "Launches by LTI 1.3 with a signed claim match people again. To refuse them: ltictl \
             registration disable {slug}"
        ));
    }
    Ok(())
}
