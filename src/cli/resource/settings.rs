//! The settings of a resource as flags, the same for `ltictl resource publish` and `update`.

use clap::Args;

use crate::domain::{Invalid, RegistrationRef};
use crate::rules::resource::ResourceChange;
use crate::rules::setting::{Clearable, ListOf};

#[derive(Debug, Args)]
pub(super) struct ResourceSettings {
    #[command(flatten)]
    change: ResourceChange,
    /// Registration that may use it; can be given multiple times [default: all]
    ///
    /// Replaces the registrations that were named before; all allows every registration, "" none.
    #[arg(long, value_name = "REG")]
    registration: Option<Vec<String>>,
}

impl ResourceSettings {
    /// The change that was asked for.
    pub(super) fn into_change(self) -> Result<ResourceChange, Invalid> {
        let registrations = self.registration.as_deref().map(registrations).transpose()?;
        Ok(ResourceChange { registrations, ..self.change })
    }
}

/// The registrations that were named; none means all of them.
fn registrations(names: &[String]) -> Result<Clearable<ListOf<RegistrationRef>>, Invalid> {
    match names {
        [all] if all == "all" => Ok(Clearable(None)),
        [none] if none.is_empty() => Ok(Clearable(Some(ListOf(Vec::new())))),
        names if names.iter().any(|name| name == "all" || name.is_empty()) => {
            Err(Invalid::new("registration", "must be either all or names of registrations"))
        }
        names => Ok(Clearable(Some(ListOf(
            names.iter().map(|name| RegistrationRef::from(name.as_str())).collect(),
        )))),
    }
}
