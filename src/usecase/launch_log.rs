//! Reading the launch log.

use super::{Failure, Kind, register};
use crate::domain::{Launch, LaunchId};
use crate::store::{LaunchFilter, Read};

/// The newest launches that fit the filter.
///
/// # Errors
///
/// Not found, when the filter names a registration that neither exists nor stands in the log.
pub fn list(read: Read<'_>, filter: &LaunchFilter) -> Result<Vec<Launch>, Failure> {
    let launches = read.launches(filter)?;
    if launches.is_empty()
        && let Some(slug) = &filter.registration
    {
        register::find(read, slug)?;
    }
    Ok(launches)
}

/// One launch by its identifier, as a person typed it.
///
/// # Errors
///
/// Not found.
pub fn show(read: Read<'_>, id: &str) -> Result<Launch, Failure> {
    let launch = match LaunchId::parse(id) {
        Some(id) => read.launch(&id)?,
        None => None,
    };
    launch.ok_or_else(|| {
        Failure::new(
            Kind::NotFound,
            format!("no launch {id:?}"),
            "the launch log has no such entry; the id stands on the error page and in the log",
            "ltictl launch list",
        )
    })
}
