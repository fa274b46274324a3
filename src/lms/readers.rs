//! The programs that fetch the tool's keyset.

use super::all;

/// Other products, and libraries: a part of their `User-Agent` in lower case, and the word for it.
const OTHERS: [(&str, &str); 11] = [
    ("totara", "totara"),
    ("ltictl", "ltictl"),
    ("guzzlehttp", "php"),
    ("php", "php"),
    ("okhttp", "java"),
    ("java", "java"),
    ("apache-httpclient", "java"),
    ("python", "python"),
    ("ruby", "ruby"),
    ("curl", "curl"),
    ("mozilla/", "browser"),
];

/// The program that fetches a keyset, as one word: the product if the `User-Agent` names it,
/// otherwise the library, otherwise `other`.
pub fn keyset_reader(user_agent: &str) -> &'static str {
    let user_agent = user_agent.to_ascii_lowercase();
    // Products come first because they use the libraries.
    let products = all()
        .iter()
        .flat_map(|(name, lms)| lms.user_agents.iter().map(|part| (part.as_str(), *name)));
    products
        .chain(OTHERS)
        .find(|(part, _)| user_agent.contains(part))
        .map_or("other", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::keyset_reader;

    #[test]
    fn keyset_readers_are_recognized_by_product_or_library() {
        for (user_agent, expected) in [
            ("Mozilla/5.0 (compatible; MoodleBot/1.0; +https://moodle.org)", "moodle"),
            ("Canvas/Instructure", "canvas"),
            ("GuzzleHttp/7", "php"),
            ("Apache-HttpClient/4.5.14 (Java/21.0.4)", "java"),
            ("python-requests/2.32.5", "python"),
            ("ltictl/0.1.0", "ltictl"),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0", "browser"),
            ("Anything", "other"),
        ] {
            assert_eq!(keyset_reader(user_agent), expected, "{user_agent}");
        }
    }
}
