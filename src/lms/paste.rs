//! Text that an admin pastes from an LMS: `Label: value`, or a label with its value on the next
//! line, in any order, mixed with other lines.

use super::{Detail, all};
use crate::domain::{ClientId, DeploymentId, EndpointUrl, Invalid, Issuer};

/// The longest line that is read, in bytes.
const LONGEST_LINE: usize = 4096;

/// What was found in pasted text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The valid values with their labels; only the first of each kind.
    pub values: Vec<PastedValue>,
    /// The lines that were not recognized, or whose value breaks a rule, with the rule.
    pub unplaced: Vec<(String, Option<Invalid>)>,
}

/// A value from pasted text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastedValue {
    /// Which detail it is.
    pub detail: Detail,
    /// Its label, as pasted.
    pub label: String,
    /// The value.
    pub value: String,
}

impl Pasted {
    /// The value of a detail.
    pub fn value(&self, detail: Detail) -> Option<&str> {
        self.values
            .iter()
            .find(|pasted| pasted.detail == detail)
            .map(|pasted| pasted.value.as_str())
    }
}

/// Parses pasted text; `allow_http` accepts http:// URLs for hosts other than this machine.
pub fn read(text: &str, allow_http: bool) -> Pasted {
    let mut pasted = Pasted::default();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        if line.len() > LONGEST_LINE {
            pasted.unplaced.push((line.chars().take(80).collect(), None));
            continue;
        }
        if let Some((detail, label, value)) = label_and_value(line) {
            pasted.place(line, detail, label, value, allow_http);
        } else if let (Some(detail), Some(next)) = (detail_of(line), lines.peek().copied()) {
            // A label whose value is on the next line, unless that is a label itself.
            if detail_of(next).is_none()
                && label_and_value(next).is_none()
                && next.len() <= LONGEST_LINE
            {
                pasted.place(
                    &format!("{line} {next}"),
                    detail,
                    line.trim_end_matches(':').trim_end(),
                    next,
                    allow_http,
                );
                lines.next();
            } else {
                pasted.unplaced.push((line.to_owned(), None));
            }
        } else {
            pasted.unplaced.push((line.to_owned(), None));
        }
    }
    pasted
}

impl Pasted {
    fn place(&mut self, line: &str, detail: Detail, label: &str, value: &str, allow_http: bool) {
        match check(detail, value, allow_http) {
            Err(invalid) => self.unplaced.push((line.to_owned(), Some(invalid))),
            Ok(()) => match self.value(detail) {
                Some(known) if known == value => {}
                Some(_) => self.unplaced.push((
                    line.to_owned(),
                    Some(Invalid::new(
                        detail.label(),
                        "must be given only once; the first one is used",
                    )),
                )),
                None => self.values.push(PastedValue {
                    detail,
                    label: label.to_owned(),
                    value: value.to_owned(),
                }),
            },
        }
    }
}

/// Splits at the first colon, equals sign or tab after a known label.
fn label_and_value(line: &str) -> Option<(Detail, &str, &str)> {
    line.match_indices([':', '=', '\t']).find_map(|(place, separator)| {
        let (label, value) = (line[..place].trim(), line[place + separator.len()..].trim());
        detail_of(label).filter(|_| !value.is_empty()).map(|detail| (detail, label, value))
    })
}

/// The detail for a label of any LMS, regardless of case, white space, asterisks and a final colon.
fn detail_of(label: &str) -> Option<Detail> {
    let normalized = normal(label);
    let ours = [
        ("issuer", Detail::Issuer),
        ("issuer url", Detail::Issuer),
        ("platform id (issuer)", Detail::Issuer),
        ("platform id", Detail::Issuer),
        ("client id", Detail::ClientId),
        ("keyset url", Detail::KeysetUrl),
        ("public keyset url", Detail::KeysetUrl),
        ("jwks url", Detail::KeysetUrl),
        ("token url", Detail::AccessTokenUrl),
        ("access token url", Detail::AccessTokenUrl),
        ("authentication request url", Detail::AuthenticationRequestUrl),
        ("deployment id", Detail::DeploymentId),
        ("token audience", Detail::TokenAudience),
    ];
    if let Some((_, detail)) = ours.iter().find(|(known, _)| *known == normalized) {
        return Some(*detail);
    }
    let mut labels = all()
        .iter()
        .flat_map(|(_, lms)| &lms.bring_back)
        .flat_map(|(detail, labels)| labels.iter().map(move |label| (label, *detail)));
    labels.find(|(known, _)| normal(known) == normalized).map(|(_, detail)| detail)
}

fn normal(label: &str) -> String {
    let words: Vec<&str> = label.trim_end_matches([':', '*', ' ']).split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn check(detail: Detail, value: &str, allow_http: bool) -> Result<(), Invalid> {
    match detail {
        Detail::Issuer => Issuer::new(value, allow_http).map(drop),
        Detail::ClientId | Detail::TokenAudience => ClientId::new(value).map(drop),
        Detail::DeploymentId => DeploymentId::new(value).map(drop),
        Detail::KeysetUrl | Detail::AccessTokenUrl | Detail::AuthenticationRequestUrl => {
            EndpointUrl::new(detail.label(), value, allow_http).map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MOODLE: &str = "URL: http://localhost:8100/mod/lti/toolconfigure.php\n\nTool \
        configuration details\n×\nPlatform ID: http://localhost:8100\nClient ID: \
        AGBGEBlIcA74NZ3\nDeployment ID: 3\nPublic keyset URL: \
        http://localhost:8100/mod/lti/certs.php\nAccess token URL: \
        http://localhost:8100/mod/lti/token.php\nAuthentication request URL: \
        http://localhost:8100/mod/lti/auth.php\nEmail Cancel\n";

    #[test]
    fn text_copied_from_moodle_is_understood() {
        let pasted = read(MOODLE, false);
        for (detail, value) in [
            (Detail::Issuer, "http://localhost:8100"),
            (Detail::ClientId, "AGBGEBlIcA74NZ3"),
            (Detail::DeploymentId, "3"),
            (Detail::KeysetUrl, "http://localhost:8100/mod/lti/certs.php"),
            (Detail::AccessTokenUrl, "http://localhost:8100/mod/lti/token.php"),
            (Detail::AuthenticationRequestUrl, "http://localhost:8100/mod/lti/auth.php"),
        ] {
            assert_eq!(pasted.value(detail), Some(value));
        }
        let unplaced: Vec<&str> = pasted.unplaced.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(
            unplaced,
            [
                "URL: http://localhost:8100/mod/lti/toolconfigure.php",
                "Tool configuration details",
                "×",
                "Email Cancel"
            ]
        );
    }

    /// Each platform's own labels, both ways of writing, backwards and with junk.
    #[test]
    fn every_platforms_labels_are_understood() {
        for (name, lms) in all() {
            for separator in [": ", "\n", ":\n", "\t", " = "] {
                let value = |detail: Detail| match detail {
                    Detail::ClientId => "client-7",
                    Detail::DeploymentId => "1:abc",
                    _ => "https://lms.example.edu/a?b=c:d",
                };
                let shown: Vec<_> = lms
                    .bring_back()
                    .into_iter()
                    .filter_map(|one| Some((one.label?, one.detail)))
                    .collect();
                let text: String = shown
                    .iter()
                    .rev()
                    .map(|(label, detail)| {
                        format!("Some remark\n  {label}{separator}{}\r\n\n", value(*detail))
                    })
                    .collect();
                let pasted = read(&text, false);
                for (label, detail) in shown {
                    assert_eq!(
                        pasted.value(detail),
                        Some(value(detail)),
                        "{name}: {label}{separator:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_label_has_one_meaning() {
        let labels: Vec<_> = all()
            .iter()
            .flat_map(|(_, lms)| &lms.bring_back)
            .flat_map(|(detail, labels)| labels.iter().map(move |label| (label, *detail)))
            .collect();
        for (label, detail) in labels {
            assert_eq!(detail_of(label), Some(detail), "{label}");
        }
    }

    #[test]
    fn invalid_and_repeated_values_are_rejected() {
        let pasted = read(
            "Issuer: not a url\nClient ID: one\nClient ID: two\nKeyset URL: \
             http://lms.example.edu/keys",
            false,
        );
        assert_eq!(pasted.values.len(), 1);
        assert!(
            pasted.unplaced.iter().all(|(_, reason)| reason.is_some())
                && pasted.unplaced.len() == 3
        );
        assert!(
            read("Keyset URL: http://lms.example.edu/keys", true)
                .value(Detail::KeysetUrl)
                .is_some()
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_never_gives_an_invalid_value(
            lines in proptest::collection::vec(prop_oneof!["\\PC*", "(Client ID|Issuer|Deployment \
                Id|Keyset URL|Login URL)[:= \t]{0,2}.{0,40}", "https?://.{0,30}"], 0..12),
            allow_http: bool,
        ) {
            for pasted in read(&lines.join("\n"), allow_http).values {
                prop_assert!(check(pasted.detail, &pasted.value, allow_http).is_ok());
            }
        }
    }
}
