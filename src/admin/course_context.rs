//! Courses of platforms: finds and describes them.

use crate::domain::{CourseContextDetails, RegistrationRef};
use crate::failure::{Failure, Kind, shell_argument};
use crate::rules::registration;
use crate::store::Read;

/// A course with its origins and links. `deployment` is needed if several deployments of the
/// registration have a course with this ID.
///
/// # Errors
///
/// If there is no such course, or several deployments have one.
pub fn show(
    read: Read<'_>,
    reference: &RegistrationRef,
    context_id: &str,
    deployment: Option<&str>,
) -> Result<CourseContextDetails, Failure> {
    let registration = registration::find(read, reference)?;
    let mut found = read.contexts_named(registration.id, context_id)?;
    if let Some(deployment) = deployment {
        found.retain(|context| context.deployment_id == deployment);
    }
    let slug = &registration.slug;
    match found.len() {
        0 => Err(Failure::new(
            Kind::NotFound,
            format!("no course {context_id:?} of {slug}"),
            "courses are known from their first launch or notice on",
            format!("ltictl context list {slug}"),
        )),
        1 => {
            let context = found.remove(0);
            Ok(CourseContextDetails {
                copied_from: read.context_origins(context.id)?,
                course_links: read.context_links(context.id)?,
                context,
            })
        }
        _ => Err(Failure::new(
            Kind::Conflict,
            format!("several deployments of {slug} have a course {context_id:?}"),
            "IDs of courses are only unique within a deployment",
            format!(
                "ltictl context show {slug} {} --deployment {}",
                shell_argument(context_id),
                shell_argument(&found[0].deployment_id)
            ),
        )),
    }
}
