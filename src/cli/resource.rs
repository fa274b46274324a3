//! `ltictl resource`: courses and activities that platforms can link to.

use clap::{Args, Subcommand};

use super::context::{Context, Question};
use super::registration::nothing_to_change;
use crate::domain::{Invalid, Name, Provisioning, Slug};
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
    /// What a launched person gets: URL of your app, directory, or page [default: page]
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
}

impl ResourceSettings {
    fn to_change(&self) -> Result<ResourceChange, Failure> {
        let max_grade = match self.max_grade.as_deref() {
            None => None,
            Some("none" | "") => Some(None),
            Some(number) => Some(Some(number.parse()?)),
        };
        Ok(ResourceChange {
            name: None,
            description: self.description.clone(),
            kind: self.kind.as_deref().map(str::parse).transpose()?,
            course: self.course.clone(),
            target: self.target.as_deref().map(|target| publish::parse_target(target, self.allow_http)).transpose()?,
            max_grade,
            grade_sync: self.grade_sync.as_deref().map(str::parse).transpose()?,
            member_sync: self.member_sync.as_deref().map(str::parse).transpose()?,
            student_provisioning: provisioning("student provisioning", self.student_provisioning.as_deref())?,
            teacher_provisioning: provisioning("teacher provisioning", self.teacher_provisioning.as_deref())?,
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
        ]
        .iter()
        .all(|setting| setting.is_none())
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
