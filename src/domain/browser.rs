//! The browser family of a request: enough to see which browsers fail, and too little to identify
//! people.

/// A family of browsers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    /// Chrome, Chromium and browsers based on it without their own name.
    Chrome,
    /// Microsoft Edge.
    Edge,
    /// Firefox.
    Firefox,
    /// Safari, and every browser on iOS, all of which use WebKit.
    Safari,
    /// Any other browser, or none in the header.
    #[default]
    Other,
}

impl Browser {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Chrome, Self::Edge, Self::Firefox, Self::Safari, Self::Other];

    /// The family in a `User-Agent` (RFC 9110, 10.1.5). Browsers claim to be each other, so the
    /// order of the checks matters.
    pub fn of(user_agent: &str) -> Self {
        let says = |word: &str| user_agent.contains(word);
        if !says("Mozilla/") {
            Self::Other
        } else if says("iPhone") || says("iPad") {
            Self::Safari
        } else if says("Edg/") || says("EdgA/") {
            Self::Edge
        } else if says("Firefox/") {
            Self::Firefox
        } else if says("Chrome/") || says("Chromium/") {
            Self::Chrome
        } else if says("Version/") && says("Safari/") {
            Self::Safari
        } else {
            Self::Other
        }
    }

    /// The word for database and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Edge => "edge",
            Self::Firefox => "firefox",
            Self::Safari => "safari",
            Self::Other => "other",
        }
    }

    /// Parses a word from the database.
    pub(crate) fn stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|browser| browser.as_str() == text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_recognized_although_they_claim_to_be_each_other() {
        for (user_agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36",
                "chrome",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "edge",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0",
                "edge",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "firefox"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.0 Safari/605.1.15",
                "safari",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) CriOS/141.0.0.0 Mobile/15E148 Safari/604.1",
                "safari",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) FxiOS/144.0 Mobile/15E148 Safari/605.1.15",
                "safari",
            ),
            ("curl/8.14.1", "other"),
            ("Mozilla/5.0", "other"),
            ("", "other"),
        ] {
            let browser = Browser::of(user_agent);
            assert_eq!(browser.as_str(), expected, "{user_agent}");
            assert_eq!(Browser::stored(browser.as_str()), browser);
        }
    }
}
