//! Reads when a certificate expires, which the TLS library does not expose. The library decides
//! whether it is trusted. `x509-parser` would add a dozen crates just for this date.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When a certificate in DER expires (RFC 5280, 4.1); `None` if it cannot be read.
pub fn expires_at(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate)?;
    let (SEQUENCE, mut fields, _) = element(certificate)? else { return None };
    // Version 1 omits the version. Serial number, signature algorithm and issuer follow.
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.2;
    }
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (SEQUENCE, validity, _) = element(fields)? else { return None };
    let (kind, text, _) = element(element(validity)?.2)?;
    moment(kind, std::str::from_utf8(text).ok()?)
}

/// The first element of `bytes`: its tag, its content, and the rest (X.690, 8.1).
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

/// A time of a certificate (RFC 5280, 4.1.2.5): two digits of the year until 2049, four from 2050.
fn moment(kind: u8, text: &str) -> Option<Timestamp> {
    let text = match kind {
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let civil = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const CERTIFICATE: &str = "MIIBfjCCASOgAwIBAgIUaSkwF/0iik71+ToFAToRqN7rRmMwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MB4XDTI2MTEyNDAxMzQzMloXDTI3MDIyMjAxMzQzMlowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0fI/AVa0Pk70f5L6RISFRifAE0EwgdbG8db69SjwBM2ydo2m9G102sLZs9QFEpp/SXt+SMe9WCad+l7cokOVK6NTMFEwHQYDVR0OBBYEFC5ofBomLKv0VnHvR9iNeNRTu5E0MB8GA1UdIwQYMBaAFC5ofBomLKv0VnHvR9iNeNRTu5E0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAMRbi0Lh45OU1a+UvHUMK4ETt8cPP1jYLTmyI+fyx1diAiEA5BmcfU/Qs6RkqnZfsnUlN12EqI/3aDcSjCMiyEZaz1c=";

    #[test]
    fn expiry_is_read_and_truncated_certificates_are_rejected() {
        let certificate = STANDARD.decode(CERTIFICATE).unwrap();
        assert_eq!(expires_at(&certificate), Some("2027-02-22T01:34:32Z".parse().unwrap()));
        for length in 0..certificate.len() {
            assert_eq!(expires_at(&certificate[..length]), None, "{length}");
        }
        for place in 0..certificate.len() {
            let mut changed = certificate.clone();
            changed[place] = 0xff;
            expires_at(&changed);
        }
    }

    #[test]
    fn both_kinds_of_time_are_read() {
        for (kind, text, expected) in [
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20500101000000Z", Some("2050-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20501301000000Z", None),
            (UTC_TIME, "", None),
            (SEQUENCE, "491231235959Z", None),
        ] {
            assert_eq!(moment(kind, text), expected.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
