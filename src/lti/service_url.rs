//! Extends URLs of services. They may have parameters of the platform, so a segment is appended to
//! the path, and a parameter is added to the query.

use url::{Url, form_urlencoded};

/// The URL with another segment at the end of its path, before the query (Assignment and Grade
/// Services 2.0,
/// 3.3.1 and 3.4.1).
pub(super) fn with_segment(url: &Url, segment: &str) -> Url {
    let mut longer = url.clone();
    longer.set_path(&format!("{}/{segment}", url.path().strip_suffix('/').unwrap_or(url.path())));
    longer.set_fragment(None);
    longer
}

/// The URL with these parameters in its query, replacing those with the same names; all others are
/// unchanged.
pub(super) fn with_parameters(url: &Url, parameters: &[(&str, Option<&str>)]) -> Url {
    let parameters: Vec<(&str, &str)> =
        parameters.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    let is_replaced = |pair: &str| {
        form_urlencoded::parse(pair.as_bytes())
            .any(|(known, _)| parameters.iter().any(|(name, _)| *name == known))
    };
    let kept = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !is_replaced(pair));
    let added = parameters.iter().map(|pair| {
        form_urlencoded::Serializer::new(String::new()).append_pair(pair.0, pair.1).finish()
    });
    let query: Vec<String> = kept.map(str::to_owned).chain(added).collect();
    let mut longer = url.clone();
    longer.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
    longer.set_fragment(None);
    longer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn segment_is_added_before_the_query() {
        for (from, to) in [
            (
                "https://m.example/s.php/2/lineitems/5/lineitem?type_id=1",
                "https://m.example/s.php/2/lineitems/5/lineitem/scores?type_id=1",
            ),
            ("https://m.example/5", "https://m.example/5/scores"),
            ("https://m.example/5/", "https://m.example/5/scores"),
            ("https://m.example/5/?a=b#c", "https://m.example/5/scores?a=b"),
            ("https://m.example", "https://m.example/scores"),
            ("https://m.example/a%2Fb/%C3%A4?x=%2F", "https://m.example/a%2Fb/%C3%A4/scores?x=%2F"),
        ] {
            assert_eq!(with_segment(&url(from), "scores").as_str(), to);
        }
    }

    #[test]
    fn parameters_are_added_to_existing_ones() {
        for (from, parameters, to) in [
            ("https://m.example/l", &[("limit", Some("10"))][..], "https://m.example/l?limit=10"),
            (
                "https://m.example/l?type_id=1",
                &[("limit", Some("10")), ("tag", None)],
                "https://m.example/l?type_id=1&limit=10",
            ),
            (
                "https://m.example/l?limit=5&type_id=1&limit=6",
                &[("limit", Some("10"))],
                "https://m.example/l?type_id=1&limit=10",
            ),
            (
                "https://m.example/l?a=%2F&&b",
                &[("tag", Some("a&b =ä"))],
                "https://m.example/l?a=%2F&b&tag=a%26b+%3D%C3%A4",
            ),
            ("https://m.example/l?a=1#x", &[("tag", None)], "https://m.example/l?a=1"),
            ("https://m.example/l?", &[], "https://m.example/l"),
        ] {
            assert_eq!(with_parameters(&url(from), parameters).as_str(), to);
        }
    }

    proptest! {
        #[test]
        fn existing_parts_are_kept(path in "(/[a-z0-9%._~-]{0,6}){0,4}", query in proptest::collection::vec(("[a-z_]{1,5}", "\\PC{0,8}"), 0..4), value in "\\PC{0,12}") {
            let mut from = url("https://m.example/");
            from.set_path(&path);
            if !query.is_empty() {
                from.query_pairs_mut().extend_pairs(&query);
            }
            let to = with_parameters(&with_segment(&from, "results"), &[("user_id", Some(&value))]);
            prop_assert!(to.path().ends_with("/results"));
            prop_assert!(to.path().starts_with(from.path().trim_end_matches('/')));
            prop_assert_eq!(to.origin(), from.origin());
            let mut expected = query;
            expected.push(("user_id".to_owned(), value));
            let pairs: Vec<(String, String)> = to.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, expected);
        }
    }
}
