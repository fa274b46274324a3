//! Log lines that name the server, so that those of several servers can be kept apart.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::domain::ServerName;

/// Adds the name to lines of another format: in JSON as the first member, in text after the time.
pub(super) struct NamedLines<F> {
    pub(super) lines: F,
    pub(super) name: Option<ServerName>,
}

impl<S, N, F> FormatEvent<S, N> for NamedLines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(name) = &self.name else {
            return self.lines.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&named(&line, name))
    }
}

/// Names have no characters that JSON would escape.
fn named(line: &str, name: &ServerName) -> String {
    if let Some(members) = line.strip_prefix('{') {
        return format!("{{\"server\":\"{name}\",{members}");
    }
    match line.split_once(' ') {
        Some((time, rest)) => format!("{time} {name} {rest}"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_name() {
        let name = ServerName::new("web-1").unwrap();
        for (line, expected) in [
            ("2026-12-01T02:43:39Z  INFO stopped\n", "2026-12-01T02:43:39Z web-1  INFO stopped\n"),
            (
                "{\"timestamp\":\"2026-12-01T02:43:39Z\"}\n",
                "{\"server\":\"web-1\",\"timestamp\":\"2026-12-01T02:43:39Z\"}\n",
            ),
        ] {
            assert_eq!(named(line, &name), expected);
        }
    }
}
