//! Which LTI roles make someone staff is a setting of the registration.

use ltictl::sandbox::LaunchChoice;
use serde_json::json;

use crate::doctor::setup::run;
use crate::lab::{Lab, REGISTRATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_of_staff_can_be_chosen() {
    let lab = Lab::start().await;
    let membership = "http://purl.imsglobal.org/vocab/lis/v2/membership";
    for (staff_roles, role, expected) in [
        (None, "#Instructor", "staff"),
        (None, "/Instructor#TeachingAssistant", "staff"),
        (None, "#Mentor", "learner"),
        (Some("Instructor"), "/Instructor#TeachingAssistant", "learner"),
        (Some("Instructor"), "#Instructor", "staff"),
        (Some("Instructor,Mentor"), "#Mentor", "staff"),
    ] {
        if let Some(list) = staff_roles {
            run(&lab.database, &format!("platform set {REGISTRATION} --staff-roles {list}"));
        }
        let roles = json!({
            "https://purl.imsglobal.org/spec/lti/claim/roles": [format!("{membership}{role}")],
        });
        lab.launch(&LaunchChoice::student().patched(roles)).await;
        let launch = lab.newest_launch().unwrap();
        assert_eq!(launch.role.as_deref(), Some(expected), "{role} with {staff_roles:?}");
    }
    lab.stop().await;
}
