//! What was signed in a launch whose signature does not match.

/// The texts that the tool and the platform signed in a launch of LTI 1.1 (RFC 5849, 3.4.1). They
/// contain everything that was sent, but no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureComparison {
    /// What the tool signed for comparison.
    pub computed: String,
    /// What the platform signed, if one of the usual differences explains it.
    pub signed: Option<String>,
}

impl SignatureComparison {
    /// Maximum length of each text, in bytes. Moodle's have 6,000.
    pub const MAX_BYTES: usize = 32 * 1024;

    /// A comparison to store; `None` if a text is too long.
    pub fn new(computed: String, signed: Option<String>) -> Option<Self> {
        let fits = |text: &String| text.len() <= Self::MAX_BYTES;
        (fits(&computed) && signed.as_ref().is_none_or(fits)).then_some(Self { computed, signed })
    }

    /// The parts that only the tool has signed, and those that only the platform has: method, URL,
    /// and each name with its value, percent-encoded once. Empty if the platform's are unknown.
    pub fn differences(&self) -> (Vec<String>, Vec<String>) {
        let Some(signed) = &self.signed else { return (Vec::new(), Vec::new()) };
        let (mut ours, mut theirs) = (parts(&self.computed), parts(signed));
        ours.retain(|part| match theirs.iter().position(|other| other == part) {
            Some(place) => {
                theirs.remove(place);
                false
            }
            None => true,
        });
        (ours, theirs)
    }

    /// The URL that the tool signed.
    pub fn url(&self) -> String {
        parts(&self.computed).into_iter().nth(1).unwrap_or_default()
    }
}

/// The method, the URL and the parameters of a signed text, percent-encoded once.
fn parts(text: &str) -> Vec<String> {
    let mut whole = text.splitn(3, '&').map(decoded);
    let mut parts: Vec<String> = whole.by_ref().take(2).collect();
    if let Some(parameters) = whole.next() {
        parts.extend(parameters.split('&').map(str::to_owned));
    }
    parts
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_differ_are_found() {
        let ours = "POST&https%3A%2F%2Ftool.example%2Flaunch&a%3D1%26b%3Dx%2520y%26c%3D3";
        let rows: [(&str, &[&str], &[&str]); 4] = [
            (ours, &[], &[]),
            (
                "POST&http%3A%2F%2Ftool.example%2Flaunch&a%3D1%26b%3Dx%2520y%26c%3D3",
                &["https://tool.example/launch"],
                &["http://tool.example/launch"],
            ),
            (
                "POST&https%3A%2F%2Ftool.example%2Flaunch&a%3D1%26b%3Dx%2By%26c%3D3",
                &["b=x%20y"],
                &["b=x+y"],
            ),
            (
                "POST&https%3A%2F%2Ftool.example%2Flaunch&a%3D1%26a%3D1%26b%3Dx%2520y%26c%3D3",
                &[],
                &["a=1"],
            ),
        ];
        for (signed, expected_ours, expected_theirs) in rows {
            let comparison =
                SignatureComparison::new(ours.to_owned(), Some(signed.to_owned())).unwrap();
            let (ours, theirs) = comparison.differences();
            assert_eq!(
                (ours.as_slice(), theirs.as_slice()),
                (
                    expected_ours
                        .iter()
                        .map(|part| (*part).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice(),
                    expected_theirs
                        .iter()
                        .map(|part| (*part).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice(),
                ),
                "{signed}"
            );
            assert_eq!(comparison.url(), "https://tool.example/launch");
        }
    }

    #[test]
    fn texts_of_unusual_length_are_not_kept() {
        let long = "x".repeat(SignatureComparison::MAX_BYTES + 1);
        assert_eq!(SignatureComparison::new(long.clone(), None), None);
        assert_eq!(SignatureComparison::new(String::new(), Some(long)), None);
    }
}
