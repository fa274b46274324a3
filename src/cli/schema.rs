//! `ltictl schema`: the JSON Schemas of what is read and written.

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;

use super::context::Context;
use crate::usecase::provision::manifest;
use crate::usecase::{Failure, Kind};

/// A schema: its name, what it describes, and how it is made.
type Row = (&'static str, &'static str, fn() -> Value);

/// Every schema that is published.
const SCHEMAS: &[Row] = &[("manifest", "what apply and diff read, and export writes", || manifest::schema().to_value())];

/// Print the JSON Schema of what this program reads and writes
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is to be described
    #[arg(value_name = "NOUN", value_parser = PossibleValuesParser::new(SCHEMAS.iter().map(|(name, ..)| *name)))]
    noun: String,
}

pub(super) fn run(_: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let Some((.., schema)) = SCHEMAS.iter().find(|(name, ..)| *name == arguments.noun) else {
        return Err(Failure::new(Kind::NotFound, format!("no schema {:?}", arguments.noun), "there is none of that name", "ltictl schema --help"));
    };
    let text = serde_json::to_string_pretty(&schema()).map_err(|error| Failure::new(Kind::Failed, "no schema", error.to_string(), ""))?;
    Context::print_text(&text)
}
