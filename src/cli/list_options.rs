//! Options of every list: columns, order, filters, search and limit.

use clap::Args;

use crate::report::Selection;

/// Which columns and rows of a list to show.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ListOptions {
    #[command(flatten)]
    rows: RowOptions,

    /// Maximum number of rows; by default, a table shows at most 1,000 and other formats all
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "List options"
    )]
    limit: Option<u32>,
}

/// The options of lists that have a limit of their own.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RowOptions {
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

    /// Show only rows whose table columns contain every word of this text, ignoring capitals and
    /// accents; "a phrase", AND, OR, NOT and parentheses are possible
    #[arg(long, value_name = "TEXT", help_heading = "List options")]
    search: Option<String>,
}

impl ListOptions {
    /// The limit, if one was given.
    pub(super) fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// Whether rows have to be read before it is clear which ones are printed.
    pub(super) fn selects_or_sorts(&self) -> bool {
        let RowOptions { sort, filters, search, .. } = &self.rows;
        !sort.is_empty() || !filters.is_empty() || search.is_some()
    }
}

impl From<ListOptions> for Selection {
    fn from(options: ListOptions) -> Self {
        Self { limit: options.limit, ..options.rows.into() }
    }
}

impl From<RowOptions> for Selection {
    fn from(options: RowOptions) -> Self {
        let RowOptions { columns, sort, filters, search } = options;
        Self { columns, sort, filters, search, limit: None }
    }
}
