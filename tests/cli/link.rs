//! The links of platforms to resources.

use ltictl::domain::{LaunchDetails, LinkServices};
use ltictl::store::Store;

use super::tool::Tool;

#[test]
fn a_link_is_forgotten_where_it_is_meant() {
    let tool = Tool::new().registered("North").registered("South").published("Quiz");
    let mut store = Store::open(tool.database()).unwrap();
    store
        .write(|write| {
            let quiz = write.resource(&"quiz".parse()?)?.unwrap().id;
            for registration in write.registrations()? {
                let details = LaunchDetails {
                    deployment_id: "1".into(),
                    resource_link_id: "7".into(),
                    resource_link_title: Some("Week 1".into()),
                    ..LaunchDetails::default()
                };
                let services = LinkServices::default();
                write.put_course_and_link(registration.id, quiz, &details, &services)?;
            }
            Ok::<_, ltictl::failure::Failure>(())
        })
        .unwrap();
    assert_eq!(tool.run(&["resource", "link", "list", "-q"]).answer, "7\n7\n");
    assert!(tool.run(&["resource", "link", "list", "quiz"]).answer.contains("Week 1"));
    let forget = ["resource", "link", "forget", "quiz"];
    let several = tool.fails(&[&forget[..], &["7", "--yes"]].concat(), 4);
    assert!(several.contains("--registration north"), "{several}");
    tool.fails(&[&forget[..], &["8", "--yes"]].concat(), 3);
    tool.fails(&["resource", "link", "list", "nothing"], 3);
    tool.run(&[&forget[..], &["7", "--registration", "north", "--yes"]].concat());
    let left = tool.json(&["resource", "link", "list", "quiz"]);
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["registration"], "south");
    assert_eq!(left[0]["last_launch_at"], serde_json::Value::Null);
}
