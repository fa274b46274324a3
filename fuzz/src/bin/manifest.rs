//! Manifests: no input panics or takes all memory, and every manifest that can be parsed is either
//! valid or has its problems reported.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::provision::{self, Source};

fuzz_target!(|text: String| {
    let environment = |name: &str| (name.len() < 4).then(|| format!("{name}: [{name}]"));
    let sources = [Source { name: "manifest".into(), text, directory: None }];
    let manifest = provision::read(&sources, Some(&environment));
    if let Some(problems) = manifest.problems() {
        assert!(
            problems
                .why
                .lines()
                .all(|line| line.starts_with("manifest:") || line.starts_with("and ")),
            "{}",
            problems.why
        );
    }
});
