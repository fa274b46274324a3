//! Certificates of servers, of which only the end is read: nothing panics, and the end is a moment
//! that a certificate can name.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use ltictl::platform::certificate_expires_at;

fuzz_target!(|data: &[u8]| {
    let Some(end) = certificate_expires_at(data) else { return };
    let moment = TimeZone::UTC.to_datetime(end);
    assert!((0..=9999).contains(&moment.year()) && moment.subsec_nanosecond() == 0);
    // The same end in the form with four digits of the year, in the smallest certificate there is.
    let time = moment.strftime("%Y%m%d%H%M%SZ").to_string();
    let element = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
    let validity =
        element(0x30, &[element(0x17, b"260101000000Z"), element(0x18, time.as_bytes())].concat());
    let fields = [element(2, &[1]), element(0x30, &[]), element(0x30, &[]), validity].concat();
    let certificate = element(0x30, &element(0x30, &fields));
    assert_eq!(certificate_expires_at(&certificate), Some(end));
    // What follows it changes nothing, and a shorter one is none.
    assert_eq!(certificate_expires_at(&[certificate.as_slice(), data].concat()), Some(end));
    assert_eq!(
        certificate_expires_at(
            &certificate[..certificate.len() - 1 - data.len() % (certificate.len() - 1)]
        ),
        None
    );
});
