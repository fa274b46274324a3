//! Proof Key for Code Exchange (RFC 7636): a code that is stolen on its way through the browser is
//! worth nothing without the verifier, which only the client knows. The method is always S256.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Length of a challenge: 32 bytes in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// Whether a text has the form of a challenge of S256 (RFC 7636, 4.2).
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a verifier belongs to a challenge (RFC 7636, 4.1 and 4.6).
pub fn matches(verifier: &str, challenge: &str) -> bool {
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    let expected = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    is_verifier && verify_slices_are_equal(expected.as_bytes(), challenge.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_verifier_matches_its_own_challenge_only() {
        let short = "a".repeat(42);
        let long = "a".repeat(129);
        for (verifier, expected) in [
            (VERIFIER, true),
            (&VERIFIER[1..], false),
            (&VERIFIER.to_lowercase(), false),
            ("", false),
            (&short, false),
            (&long, false),
            (CHALLENGE, false),
        ] {
            assert_eq!(matches(verifier, CHALLENGE), expected, "{verifier}");
        }
        // What is too short or too long matches nothing, not even its own digest.
        for verifier in [&*short, &long, "dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk"] {
            let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            assert!(!matches(verifier, &challenge), "{verifier}");
        }
    }

    #[test]
    fn a_challenge_has_43_characters() {
        for (text, expected) in [
            (CHALLENGE, true),
            (&CHALLENGE[1..], false),
            (&format!("{CHALLENGE}a"), false),
            (&CHALLENGE.replace('-', "+"), false),
            (&CHALLENGE.replace('-', "é"), false),
            ("", false),
        ] {
            assert_eq!(is_challenge(text), expected, "{text}");
        }
    }
}
