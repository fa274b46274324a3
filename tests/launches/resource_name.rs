//! Which resource a link opens: the one that its custom parameter names, or else its URL.

use ltictl::domain::Slug;
use ltictl::sandbox::{LaunchChoice, Misbehaviour};

use crate::doctor::setup::run;
use crate::lab::{Lab, RESOURCE, outcome};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_without_custom_parameter_names_its_resource_in_the_url() {
    let lab = Lab::start().await;
    run(&lab.database, "resource publish Second --slug second");
    run(&lab.database, "resource publish Hidden --slug hidden");
    run(&lab.database, "resource unpublish hidden");
    let (url, uuid) = (&lab.url, &lab.resource_uuid);
    for (target, has_custom, expected) in [
        ("/lti/launch/second".to_owned(), false, Ok("second")),
        (format!("/lti/launch/{RESOURCE}"), false, Ok(RESOURCE)),
        (format!("/lti/launch?id={uuid}"), false, Ok(RESOURCE)),
        ("/lti/launch/second".to_owned(), true, Ok(RESOURCE)),
        ("/lti/launch/hidden".to_owned(), false, Err("resource_unpublished")),
        ("/lti/launch/unheard-of".to_owned(), false, Err("resource_unknown")),
        ("/lti/launch?id=second".to_owned(), false, Err("resource_unknown")),
        ("/lti/launch".to_owned(), false, Err("resource_id_missing")),
        ("/elsewhere/second".to_owned(), false, Err("resource_id_missing")),
    ] {
        let mut choice = LaunchChoice {
            target_link_uri: Some(format!("{url}{target}")),
            ..LaunchChoice::student()
        };
        if !has_custom {
            choice.misbehaviour = Some(Misbehaviour::CustomMissing);
        }
        lab.launch(&choice).await;
        let launch = lab.newest_launch().unwrap();
        let opened = launch.resource.as_ref().map(Slug::as_str);
        match expected {
            Ok(slug) => {
                assert_eq!((outcome(&launch), opened), ("accepted", Some(slug)), "{target}")
            }
            Err(reason) => assert_eq!(outcome(&launch), reason, "{target}"),
        }
    }
    lab.stop().await;
}
