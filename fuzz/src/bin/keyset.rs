//! Keysets, as anything that a keyset URL may answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::keyset::Keyset;

fuzz_target!(|data: &[u8]| {
    let Ok(keyset) = Keyset::parse(data) else { return };
    assert!(keyset.len() <= 100);
    assert_eq!(keyset.is_empty(), keyset.len() == 0);
    for problem in keyset.problems() {
        assert!(!problem.is_empty());
    }
    let _ = (keyset.find("one"), keyset.find(""));
});
