//! Values of headers from platforms, proxies and apps: pauses and ages are bounded, addresses and
//! tokens are what was sent.
#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ltictl::domain::{Browser, Clock, Random, RequestId};
use ltictl::web::header::{bearer, forwarded_address, max_age, retry_after};
use ltictl_fuzz::NOW;

fuzz_target!(|value: &str| {
    let now = Timestamp::from_second(NOW).expect("a moment");
    let pause = retry_after(value, now);
    assert!(pause.is_none_or(|pause| pause <= Duration::from_secs(86_400)));
    if let Ok(seconds) = value.parse::<u32>()
        && !value.starts_with('+')
    {
        assert_eq!(pause, Some(Duration::from_secs(seconds.min(86_400).into())));
    }

    let age = max_age([value]);
    assert!(
        age.is_none()
            || value.to_ascii_lowercase().contains("max-age")
            || value.to_ascii_lowercase().contains("no-")
    );
    assert_eq!(max_age([value, "no-store"]), Some(Duration::ZERO));
    let with_a_minute = max_age([value, "max-age=60"]);
    assert_eq!(
        with_a_minute,
        Some(age.unwrap_or(Duration::MAX).min(Duration::from_secs(60))),
        "the strictest counts"
    );

    if let Some(address) = forwarded_address(value) {
        let last = value.rsplit(',').next().unwrap_or_default();
        assert!(last.contains(['.', ':']));
        for written in [
            address.to_string(),
            SocketAddr::new(address, 443).to_string(),
            format!("{value}, {address}"),
        ] {
            assert_eq!(forwarded_address(&written), Some(address));
        }
    }
    // What a client claims before the proxy adds its own entry does not count.
    assert_eq!(forwarded_address(&format!("{value},192.0.2.7")), "192.0.2.7".parse().ok());

    if let Some(token) = bearer(value) {
        assert!(!token.is_empty() && token.trim() == token && value.contains(token));
        assert!(value.trim()[.."bearer".len()].eq_ignore_ascii_case("bearer"));
        assert_eq!(bearer(&format!("Bearer {token}")), Some(token));
    }

    let own = RequestId::fresh(Clock::Fixed(now).now(), &Random::seeded(1));
    let named = own.clone().forwarded_as(value);
    assert_eq!(named.launch_id(), own.launch_id());
    assert!(
        named.as_str() == own.as_str()
            || (named.as_str() == value
                && value.len() <= 128
                && value.bytes().all(|byte| byte.is_ascii_graphic()))
    );
    assert!(Browser::ALL.contains(&Browser::of(value)));
});
