//! Many customers of one cloud, whose registrations share an issuer.

use ltictl::domain::{Clock, RegistrationRef};
use ltictl::store::Store;

use super::setup::examine_offline;
use crate::lab::database::fill::fill_customers;

#[test]
fn registrations_with_the_same_issuer_are_counted_and_ten_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ltictl.db");
    fill_customers(&path, 14);
    let store = Store::open(&path).unwrap();
    let findings = |only: Option<&RegistrationRef>| {
        let now = Clock::System.now();
        let mut findings = examine_offline(&store, &path, only, now);
        findings.retain(|finding| finding.subject == "school-3");
        findings
    };
    let of_all = findings(None);
    let shared = of_all.iter().find(|finding| finding.check == "issuer_shared").unwrap();
    assert_eq!(
        shared.evidence.as_deref(),
        Some(
            "school-1, school-2, school-4, school-5, school-6, school-7, school-8, school-9, \
             school-10, school-11 and 3 more"
        )
    );
    assert_eq!(of_all, findings(Some(&"school-3".into())), "if only it is examined");
}
