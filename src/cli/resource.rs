//! `ltictl resource`: courses and activities that platforms can link to.

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::registration::{counted_in_words, nothing_to_change};
use crate::domain::{Invalid, Name, Provisioning, RoleName, Slug};
use crate::report::view::{LaunchDetails, ResourceList, ResourceView};
use crate::usecase::publish::{self, ResourceChange};
use crate::usecase::{Failure, Kind};

/// Courses and activities that platforms can link to
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Publish a course or an activity
    Publish {
        /// Its title, for instance "Algebra quiz"
        name: Option<String>,
        /// How commands address it [default: made from the title]
        #[arg(long)]
        slug: Option<String>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Succeed, and change nothing, when it exists already
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List every resource
    #[command(alias = "ls")]
    List,
    /// Show a resource
    Show {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
    /// Change a resource; its slug and UUID stay
    Update {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
        /// The new title
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Box<ResourceSettings>,
        /// Let launches in again after an unpublish
        #[arg(long)]
        publish: bool,
    },
    /// Refuse launches and end visits; everything else stays
    Unpublish {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
    /// Delete a resource with its links, enrolments and grades; accounts and the launch log stay
    #[command(alias = "rm")]
    Delete {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Print what to type into a platform to link to a resource by hand
    LaunchDetails {
        /// Slug or UUID of the resource
        #[arg(value_name = "RES")]
        resource: String,
    },
}

#[derive(Debug, Args)]
struct ResourceSettings {
    /// course or activity [default: activity]
    #[arg(long)]
    kind: Option<String>,
    /// The course that this activity belongs to; "" takes it away
    #[arg(long, value_name = "RES")]
    course: Option<String>,
    /// A sentence or two for the built-in page; "" takes it away
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What launched people get: URL of your app, directory or page [default: page]
    ///
    /// The URL of your own app gets the launch as a signed launch_token; a directory of static content is served as it is; page is the built-in one, with title, description and person.
    #[arg(long)]
    target: Option<String>,
    /// Take a target with http:// that is not on this machine
    #[arg(long)]
    allow_http: bool,
    /// Highest grade, or none for no grades [default: none]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    max_grade: Option<String>,
    /// Whether grades go back to the platform [default: on]
    #[arg(long, value_name = "on|off")]
    grade_sync: Option<String>,
    /// What happens as members come and go [default: enrol-and-unenrol]
    ///
    /// One of enrol-and-unenrol, enrol-new, unenrol-missing and off.
    #[arg(long, value_name = "MODE")]
    member_sync: Option<String>,
    /// How students get an account: auto, prompt or existing [default: auto]
    ///
    /// auto makes a new account; prompt lets them link an existing one or make a new one; existing lets them link an existing one only.
    #[arg(long, value_name = "MODE")]
    student_provisioning: Option<String>,
    /// How teachers get an account: auto, prompt or existing [default: prompt]
    #[arg(long, value_name = "MODE")]
    teacher_provisioning: Option<String>,
    /// The role that teachers get here [default: teacher]
    ///
    /// Your own app is told it. It is spelled as a slug is, with a-z, 0-9 and hyphens.
    #[arg(long, value_name = "ROLE")]
    teacher_role: Option<String>,
    /// The role that students get here [default: student]
    #[arg(long, value_name = "ROLE")]
    student_role: Option<String>,
    /// Nobody is enrolled before this date or time, or none [default: none]
    ///
    /// A date such as 2026-09-01, which is its midnight in UTC, or a time such as 2026-09-01T08:00:00+02:00. The rules of enrolment hold at everybody's first enrolment; who is in stays in.
    #[arg(long, value_name = "TIME")]
    enrolment_start: Option<String>,
    /// Nobody is enrolled from this date or time on, or none [default: none]
    #[arg(long, value_name = "TIME")]
    enrolment_end: Option<String>,
    /// How long each enrolment lasts: 1m to 3650d, or none [default: none]
    #[arg(long, value_name = "TIME")]
    enrolment_duration: Option<String>,
    /// The most people at the same time, or none [default: none]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    enrolment_maximum: Option<String>,
    /// Whether grades go back only once the work is completed [default: off]
    #[arg(long, value_name = "on|off")]
    completion_required: Option<String>,
    /// Language of new accounts where the platform says none; "" takes it away
    #[arg(long, value_name = "LOCALE")]
    default_locale: Option<String>,
    /// Time zone of new accounts, such as Europe/Lisbon; "" takes it away
    #[arg(long, value_name = "ZONE")]
    default_time_zone: Option<String>,
    /// Institution of new accounts; "" takes it away
    #[arg(long, value_name = "NAME")]
    default_institution: Option<String>,
    /// Registration that may use it, several times for several [default: all]
    ///
    /// Those that were named before are replaced; all opens it to every registration, "" to none.
    #[arg(long, value_name = "REG")]
    registration: Option<Vec<String>>,
}

impl ResourceSettings {
    fn to_change(&self) -> Result<ResourceChange, Failure> {
        Ok(ResourceChange {
            name: None,
            description: self.description.clone(),
            kind: self.kind.as_deref().map(str::parse).transpose()?,
            course: self.course.clone(),
            target: self.target.as_deref().map(|target| publish::parse_target(target, self.allow_http)).transpose()?,
            max_grade: or_none(self.max_grade.as_deref(), str::parse)?,
            grade_sync: self.grade_sync.as_deref().map(str::parse).transpose()?,
            member_sync: self.member_sync.as_deref().map(str::parse).transpose()?,
            student_provisioning: provisioning("student provisioning", self.student_provisioning.as_deref())?,
            teacher_provisioning: provisioning("teacher provisioning", self.teacher_provisioning.as_deref())?,
            teacher_role: role("teacher role", self.teacher_role.as_deref())?,
            student_role: role("student role", self.student_role.as_deref())?,
            enrolment_start: or_none(self.enrolment_start.as_deref(), |text| publish::parse_moment("enrolment start", text))?,
            enrolment_end: or_none(self.enrolment_end.as_deref(), |text| publish::parse_moment("enrolment end", text))?,
            enrolment_duration: or_none(self.enrolment_duration.as_deref(), str::parse)?,
            enrolment_maximum: or_none(self.enrolment_maximum.as_deref(), |text| {
                text.trim().parse().map_err(|_| Invalid::new("enrolment maximum", "must be a whole number from 0 up, or none"))
            })?,
            completion_required: self.completion_required.as_deref().map(|word| on_or_off("completion required", word)).transpose()?,
            default_locale: self.default_locale.clone(),
            default_time_zone: self.default_time_zone.clone(),
            default_institution: self.default_institution.clone(),
            registrations: self.registration.as_deref().map(registrations).transpose()?,
            published: None,
        })
    }

    fn is_empty(&self) -> bool {
        [
            &self.kind,
            &self.course,
            &self.description,
            &self.target,
            &self.max_grade,
            &self.grade_sync,
            &self.member_sync,
            &self.student_provisioning,
            &self.teacher_provisioning,
            &self.teacher_role,
            &self.student_role,
            &self.enrolment_start,
            &self.enrolment_end,
            &self.enrolment_duration,
            &self.enrolment_maximum,
            &self.completion_required,
            &self.default_locale,
            &self.default_time_zone,
            &self.default_institution,
        ]
        .iter()
        .all(|setting| setting.is_none())
            && self.registration.is_none()
    }
}

/// A value, or `none` for none.
fn or_none<T>(text: Option<&str>, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Option<Option<T>>, Invalid> {
    match text {
        None => Ok(None),
        Some("none" | "") => Ok(Some(None)),
        Some(text) => parse(text).map(|value| Some(Some(value))),
    }
}

/// A role; the rule that it breaks says whose it is.
fn role(field: &str, name: Option<&str>) -> Result<Option<RoleName>, Invalid> {
    name.map(RoleName::new).transpose().map_err(|invalid| Invalid::new(field, invalid.rule))
}

fn on_or_off(field: &str, word: &str) -> Result<bool, Invalid> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Invalid::new(field, "must be one of on, off")),
    }
}

/// The registrations that were named; none means all of them.
fn registrations(slugs: &[String]) -> Result<Option<Vec<String>>, Invalid> {
    match slugs {
        [all] if all == "all" => Ok(None),
        [none] if none.is_empty() => Ok(Some(Vec::new())),
        slugs if slugs.iter().any(|slug| slug == "all" || slug.is_empty()) => Err(Invalid::new("registration", "must be all alone, or name registrations")),
        slugs => Ok(Some(slugs.to_vec())),
    }
}

/// A way of provisioning; the rule that it breaks says whose it is.
fn provisioning(field: &str, word: Option<&str>) -> Result<Option<Provisioning>, Invalid> {
    word.map(str::parse).transpose().map_err(|invalid: Invalid| Invalid::new(field, invalid.rule))
}

pub(super) fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    match arguments.verb {
        Verb::Publish { name, slug, settings, if_not_exists } => publish(context, name, slug, &settings, if_not_exists),
        Verb::List => list(context),
        Verb::Show { resource } => show(context, &resource),
        Verb::Update { resource, name, settings, publish } => update(context, &resource, name, &settings, publish),
        Verb::Unpublish { resource } => unpublish(context, &resource),
        Verb::Delete { resource, yes } => delete(context, &resource, yes),
        Verb::LaunchDetails { resource } => launch_details(context, &resource),
    }
}

fn publish(context: &Context, name: Option<String>, slug: Option<String>, settings: &ResourceSettings, if_not_exists: bool) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let question =
        Question { text: "Title of the course or activity", default: None, flag: "NAME", command: "ltictl resource publish \"Algebra quiz\" --kind activity" };
    let name = context.value_or_ask(name, &question, |name| Name::new(name).map(drop))?;
    let helpful = |failure: Failure| match failure.kind {
        Kind::Invalid => Failure { hint: "ltictl resource publish --help".into(), ..failure },
        _ => failure,
    };
    let name = Name::new(&name).map_err(|invalid| helpful(invalid.into()))?;
    let slug = slug.as_deref().map(Slug::new).transpose().map_err(|invalid| helpful(invalid.into()))?;
    let change = settings.to_change().map_err(helpful)?;
    let (resource, _) = publish::publish(&mut store, &name, slug, &change, if_not_exists, context.now(), &context.random).map_err(helpful)?;
    context.print(&ResourceView::new(&site.url, &resource))?;
    context.note(&format!(
        "\nNext: make a link in the platform with the Launch URL and Custom properties above\n\
         (again with: ltictl resource launch-details {}), and run: ltictl serve",
        resource.slug
    ));
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let resources = store.read().resources()?;
    context.print(&ResourceList(resources.iter().map(|resource| ResourceView::new(&site.url, resource)).collect()))
}

fn show(context: &Context, slug: &str) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    context.print(&ResourceView::new(&site.url, &publish::find(store.read(), slug)?))
}

fn update(context: &Context, slug: &str, name: Option<String>, settings: &ResourceSettings, publish: bool) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    publish::find(store.read(), slug)?;
    if name.is_none() && settings.is_empty() && !publish {
        return Err(nothing_to_change(format!("ltictl resource update {slug} --help")));
    }
    let mut change = settings.to_change()?;
    change.name = name.as_deref().map(Name::new).transpose()?;
    change.published = publish.then_some(true);
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    context.print(&ResourceView::new(&site.url, &resource))
}

fn unpublish(context: &Context, slug: &str) -> Result<(), Failure> {
    let (mut store, site) = context.store_and_settings()?;
    let change = ResourceChange { published: Some(false), ..ResourceChange::default() };
    let resource = publish::update(&mut store, slug, &change, context.now())?;
    context.print(&ResourceView::new(&site.url, &resource))?;
    context.note(&format!("\nLaunches are refused from the next request on.\nTo let them in again: ltictl resource update {} --publish", resource.slug));
    Ok(())
}

fn delete(context: &Context, slug: &str, yes: bool) -> Result<(), Failure> {
    let mut store = context.store()?;
    let (resource, extent) = publish::deletion_extent(store.read(), slug)?;
    let slug = resource.slug.as_str();
    let extent = counted_in_words(&[
        (extent.resource_links, "resource link", "resource links"),
        (extent.enrolments, "enrolment", "enrolments"),
        (extent.grades, "grade", "grades"),
        (extent.sessions, "session", "sessions"),
    ]);
    let command = format!("ltictl resource delete {slug}");
    context.confirm(yes, &format!("Delete {} ({slug}) with {extent}? Links to it can never be made to work again.", resource.name), &command)?;
    publish::delete(&mut store, slug)?;
    context.note(&format!("Deleted {slug} with {extent}.\nAccounts stay, and the launch log keeps what came in."));
    Ok(())
}

fn launch_details(context: &Context, slug: &str) -> Result<(), Failure> {
    let (store, site) = context.store_and_settings()?;
    let resource = publish::find(store.read(), slug)?;
    context.print(&LaunchDetails::from(ResourceView::new(&site.url, &resource)))?;
    if !resource.published {
        context
            .note(&format!("\nThis resource is unpublished, launches are refused.\nTo let them in again: ltictl resource update {} --publish", resource.slug));
    }
    Ok(())
}
