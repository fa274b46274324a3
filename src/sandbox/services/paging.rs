//! Pages of a container, and the `Link` headers between them (RFC 8288), valid and unusual.

use axum::http::StatusCode;

use super::super::fields::{Fields, field};
use super::super::words::words;
use super::response::{ServiceResponse, refuse};

words! {
    /// How the platform writes `Link` headers.
    LinkStyle, "links" {
        Plain "plain" "As the specification requires",
        Moodle "moodle" "Like Moodle's for line items and results: typographic quotes, and \
            ampersands written as in HTML; members plain",
        Typographic "typographic" "Typographic quotes around the relation",
        Unquoted "unquoted" "No quotes around the relation",
        Relative "relative" "Relative URLs",
        Separate "separate" "One header for each link, with other parameters before the relation",
    }
}

/// The requested part of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paging {
    /// The maximum number of entries.
    pub(super) limit: usize,
    /// Where the page starts; only meaningful to the platform.
    pub(super) from: usize,
    /// Whether the tool requested pages.
    wanted: bool,
}

impl Paging {
    /// Reads `limit` and `from`; the platform's maximum applies.
    pub(super) fn read(query: &Fields, largest: usize) -> Result<Self, ServiceResponse> {
        let number = |name: &str| match field(query, name).map(str::parse::<usize>) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => refuse(StatusCode::BAD_REQUEST, format!("{name} is not a number")),
        };
        let (limit, from) =
            (number("limit")?.filter(|limit| *limit > 0), number("from")?.unwrap_or(0));
        Ok(Self {
            limit: limit.unwrap_or(largest).min(largest.max(1)),
            from,
            wanted: limit.is_some(),
        })
    }
}

/// Adds the links to a response: `url_at` returns the URL of the page at a start index, `last` is
/// the start of the last page, if known.
pub(super) fn linked(
    response: ServiceResponse,
    style: LinkStyle,
    paging: Paging,
    next: Option<usize>,
    last: Option<usize>,
    url_at: impl Fn(usize) -> String,
) -> ServiceResponse {
    if next.is_none() && !paging.wanted {
        return response;
    }
    let previous = (paging.from > 0).then(|| paging.from.saturating_sub(paging.limit));
    let relations = [
        ("first", Some(0)),
        ("prev", previous),
        ("canonical", Some(paging.from)),
        ("next", next),
        ("last", last),
    ];
    let links: Vec<String> = relations
        .into_iter()
        .filter_map(|(name, place)| Some(link(style, &url_at(place?), name)))
        .collect();
    match style {
        LinkStyle::Separate => {
            links.iter().fold(response, |response, link| response.with("link", link))
        }
        _ => response.with("link", &links.join(", ")),
    }
}

fn link(style: LinkStyle, url: &str, relation: &str) -> String {
    match style {
        LinkStyle::Plain => format!("<{url}>; rel=\"{relation}\""),
        LinkStyle::Moodle => {
            format!("<{}>; rel=\u{201c}{relation}\u{201d}", url.replace('&', "&amp;"))
        }
        LinkStyle::Typographic => format!("<{url}>; rel=\u{201c}{relation}\u{201d}"),
        LinkStyle::Unquoted => format!("<{url}>; rel={relation}"),
        LinkStyle::Relative => format!("<{}>; rel=\"{relation}\"", relative(url)),
        LinkStyle::Separate => format!("<{url}> ; title=\"a, b; rel=none\"; Rel=\"{relation}\""),
    }
}

/// Path and query of a URL.
fn relative(url: &str) -> &str {
    let start = url.find("://").map_or(0, |place| place + 3);
    url[start..].find('/').map_or(url, |place| &url[start + place..])
}

/// A page of a list: its entries, and where the next page starts.
pub(super) fn page<T>(entries: Vec<T>, paging: Paging) -> (Vec<T>, Option<usize>, Option<usize>) {
    let count = entries.len();
    let end = paging.from.saturating_add(paging.limit);
    let last = count.saturating_sub(1) / paging.limit * paging.limit;
    (
        entries.into_iter().skip(paging.from).take(paging.limit).collect(),
        (end < count).then_some(end),
        Some(last),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_written_in_every_style() {
        let url = "http://localhost:1/services/2/lineitems?type_id=1&limit=1";
        for (style, expected) in [
            (LinkStyle::Plain, format!("<{url}>; rel=\"next\"")),
            (
                LinkStyle::Moodle,
                "<http://localhost:1/services/2/lineitems?type_id=1&amp;limit=1>; rel=“next”"
                    .to_owned(),
            ),
            (LinkStyle::Typographic, format!("<{url}>; rel=“next”")),
            (LinkStyle::Unquoted, format!("<{url}>; rel=next")),
            (
                LinkStyle::Relative,
                "</services/2/lineitems?type_id=1&limit=1>; rel=\"next\"".to_owned(),
            ),
            (LinkStyle::Separate, format!("<{url}> ; title=\"a, b; rel=none\"; Rel=\"next\"")),
        ] {
            assert_eq!(link(style, url, "next"), expected);
        }
    }
}
