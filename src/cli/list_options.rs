//! Options of every list: columns, order and filters.

use clap::Args;

use crate::report::Selection;

/// Which columns and rows of a list to show.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ListOptions {
    /// Show only these columns, by their JSON names, such as slug,platform.issuer
    #[arg(long, value_name = "KEYS", value_delimiter = ',', help_heading = "List options")]
    columns: Vec<String>,

    /// Sort by these keys; -KEY sorts in descending order
    #[arg(
        long,
        value_name = "KEYS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        help_heading = "List options"
    )]
    sort: Vec<String>,

    /// Show only matching rows: KEY=VALUE, KEY!=VALUE, or KEY~TEXT (contains); can be given
    /// multiple times
    #[arg(long = "filter", value_name = "CONDITION", help_heading = "List options")]
    filters: Vec<String>,
}

impl From<ListOptions> for Selection {
    fn from(options: ListOptions) -> Self {
        let ListOptions { columns, sort, filters } = options;
        Self { columns, sort, filters }
    }
}
