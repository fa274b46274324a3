use url::Url;

use super::super::test_support::{SECRET, launch_body};
use super::*;
use crate::lti::lti_1p1::oauth1::{Message, Method, Pairs, Verified};

const STAFF: [&str; 2] = ["Instructor", "TeachingAssistant"];

/// A verified message with these parameters.
fn verified(parameters: Pairs) -> Verified {
    Verified {
        consumer_key: "key".to_owned(),
        nonce: "n".to_owned(),
        timestamp: 0,
        secret: 0,
        method: Method::HmacSha1,
        parameters,
    }
}

fn pairs(parameters: &[(&str, &str)]) -> Pairs {
    parameters
        .iter()
        .map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into()))
        .collect()
}

const LINK: [(&str, &str); 3] =
    [("lti_message_type", LAUNCH), ("lti_version", "LTI-1p0"), ("resource_link_id", "9")];

/// A launch of a link with these parameters in addition; they count if they are also in it.
fn launch(parameters: &[(&str, &str)]) -> Result<Launch, Problem> {
    Launch::read(&verified(pairs(&[parameters, &LINK].concat())), false)
}

const SELECTION: [(&str, &str); 5] = [
    ("lti_message_type", CONTENT_ITEM_REQUEST),
    ("lti_version", "LTI-1p0"),
    ("accept_media_types", "application/vnd.ims.lti.v1.ltilink, image/*"),
    ("accept_presentation_document_targets", "frame,window"),
    ("content_item_return_url", "https://lms.example/return?session=1"),
];

fn selection(parameters: &[(&str, &str)]) -> Result<Settings, Problem> {
    let launch = Launch::read(&verified(pairs(&[parameters, &SELECTION].concat())), false)?;
    match launch.request {
        Request::ContentItemSelection(settings) => Ok(settings),
        Request::ResourceLink(_) => panic!("a content selection"),
    }
}

fn recorded(name: &str) -> Launch {
    let message =
        Message::from_form("http://127.0.0.1:8110/launch", &launch_body(name)).expect("a message");
    let verified = message.verify([SECRET], message.timestamp()).expect("a valid signature");
    Launch::read(&verified, false).expect("a launch")
}

#[test]
fn a_recorded_launch_is_read_completely() {
    let launch = recorded("platform-launch-student");
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let Request::ResourceLink(link) = &launch.request else { panic!("a launch") };
    assert_eq!((link.id.as_str(), text(&link.title).as_str()), ("1", "Legacy link"));
    assert_eq!(link.description, None);
    assert_eq!(launch.user_id.as_deref(), Some("4"));
    assert_eq!(launch.roles, ["urn:lti:role:ims/lis/Learner"]);
    assert_eq!(launch.role(&STAFF), Role::Learner);
    let person = &launch.person;
    assert_eq!(
        [&person.name, &person.given_name, &person.family_name, &person.email].map(text),
        ["Sam Student", "Sam", "Student", "sam.student@a.example.com"]
    );
    let context = launch.context.as_ref().expect("a context");
    assert_eq!(
        (context.id.as_str(), context.types.as_slice()),
        ("3", &["CourseSection".to_owned()][..])
    );
    assert_eq!(
        [&context.label, &context.title].map(text),
        ["CHE101", "Chemistry & “Reactions” 101"]
    );
    assert_eq!(
        [&launch.lis.person_sourcedid, &launch.lis.course_section_sourcedid].map(text),
        ["STU-001", "CRS-CHE101"]
    );
    let platform = &launch.tool_platform;
    assert_eq!(
        [
            &platform.guid,
            &platform.name,
            &platform.description,
            &platform.product_family_code,
            &platform.version
        ]
        .map(text),
        ["a3dbb67dfaa62da0fe9be19f8a0c44e9", "school", "Example School", "moodle", "2024100706"]
    );
    let presentation = &launch.launch_presentation;
    assert_eq!([&presentation.document_target, &presentation.locale].map(text), ["iframe", "en"]);
    let outcome = launch.outcome.as_ref().expect("an outcome service");
    assert_eq!(outcome.service_url, "http://localhost:8100/mod/lti/service.php");
    assert!(outcome.result_sourcedid.as_ref().is_some_and(|id| id.starts_with(r#"{"data":{"#)));
    let (context, link) = ("/CourseSection/3/bindings/1/memberships", "/links/1/memberships");
    let [of_context, of_link, v2] = [
        &launch.memberships.context_url,
        &launch.memberships.link_url,
        &launch.memberships.context_v2_url,
    ]
    .map(text);
    assert!(of_context.ends_with(context) && v2.ends_with(context) && of_link.ends_with(link));
    assert_eq!(launch.custom["context_memberships_versions"], "1.0,2.0");
    assert_eq!((launch.extensions["lms"].as_str(), launch.version), ("moodle-2", Version::Lti1p0));
    assert!(!format!("{launch:?}").contains("Sam"));
    assert_eq!(recorded("platform-launch-teacher").role(&STAFF), Role::Staff);
}

#[test]
fn roles_decide_as_in_lti_1p3() {
    for (roles, expected) in [
        ("Instructor", Role::Staff),
        ("Learner, Instructor", Role::Staff),
        ("TeachingAssistant", Role::Staff),
        ("urn:lti:role:ims/lis/Instructor/PrimaryInstructor", Role::Staff),
        ("urn:lti:instrole:ims/lis/Instructor,Learner", Role::Learner),
        ("urn:lti:instrole:ims/lis/Administrator", Role::Admin),
        ("Learner,urn:lti:sysrole:ims/lis/SysAdmin", Role::Admin),
        ("http://purl.imsglobal.org/vocab/lis/v2/person#Administrator", Role::Admin),
        ("http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", Role::Staff),
        ("Administrator", Role::Learner),
        ("", Role::Learner),
        (",,", Role::Learner),
    ] {
        assert_eq!(
            launch(&[("roles", roles)]).expect("a launch").role(&STAFF),
            expected,
            "{roles}"
        );
    }
}

#[test]
fn texts_are_trimmed_and_ids_are_not() {
    let launch = launch(&[
        ("user_id", " 4 "),
        ("lis_person_name_full", " Sam  Student\n"),
        ("lis_person_name_given", "  "),
        ("custom_a", " x "),
        ("custom_a", "y"),
        ("custom_b", "$User.id"),
        ("custom_c", ""),
        ("role_scope_mentor", "a%2Cb,c, "),
        ("context_title", "no ID"),
        ("ext_ims_lis_basic_outcome_url", "https://lms.example/outcome"),
        ("ext_ims_lis_memberships_url", "https://lms.example/members"),
        ("ext_ims_lis_memberships_id", "abc"),
        ("ext_outcome_data_values_accepted", "url,text"),
        ("custom_context_memberships_url", "$ToolProxyBinding.memberships.url"),
    ])
    .expect("a launch");
    assert_eq!(launch.user_id.as_deref(), Some(" 4 "));
    assert_eq!(launch.person.name.as_deref(), Some("Sam  Student"));
    assert!(launch.person.given_name.is_none() && launch.context.is_none());
    let custom: Vec<_> = launch.custom.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(custom, [("a", "x"), ("c", "")]);
    assert_eq!(launch.mentored, ["a,b", "c"]);
    let outcome = launch.outcome.expect("an outcome service");
    assert!(outcome.result_sourcedid.is_none());
    assert_eq!(outcome.data_values_accepted, ["url", "text"]);
    assert!(launch.memberships.context_url.is_none());
    assert!(launch.memberships.extension.is_some_and(|extension| extension.id == "abc"));
}

#[test]
fn custom_parameters_of_lti_2p0_need_no_prefix() {
    for (version, expected) in [("LTI-1p0", None), ("LTI-2p0", Some("7"))] {
        let launch = launch(&[("lti_version", version), ("item", "7"), ("custom_x", "1")]);
        let custom = launch.expect("a launch").custom;
        assert_eq!(custom.get("item").map(String::as_str), expected);
        assert_eq!(custom.len(), 1 + usize::from(expected.is_some()));
    }
}

#[test]
fn unusable_messages_have_reasons() {
    let missing = |parameter| Problem::Missing { parameter };
    let too_long = |parameter, maximum| Problem::TooLong { parameter, maximum };
    let (long, longer) = ("é".repeat(256), "x".repeat(4097));
    for (parameters, expected) in [
        (&[("lti_message_type", " ")][..], missing("lti_message_type")),
        (
            &[("lti_message_type", "ToolProxyRegistrationRequest")],
            Problem::MessageTypeUnsupported {
                message_type: "ToolProxyRegistrationRequest".to_owned(),
            },
        ),
        (&[("lti_version", "")], missing("lti_version")),
        (&[("lti_version", "1.3.0")], Problem::VersionUnsupported { version: "1.3.0".to_owned() }),
        (&[("resource_link_id", "")], missing("resource_link_id")),
        (&[("resource_link_id", &long)], too_long("resource_link_id", 255)),
        (&[("user_id", &long)], too_long("user_id", 255)),
        (&[("user_id", "a\0")], Problem::ControlCharacters { parameter: "user_id" }),
        (&[("context_id", &long)], too_long("context_id", 255)),
        (
            &[
                ("lis_outcome_service_url", "https://lms.example/"),
                ("lis_result_sourcedid", &longer),
            ],
            too_long("lis_result_sourcedid", 4096),
        ),
        (
            &[("launch_presentation_return_url", &longer)],
            too_long("launch_presentation_return_url", 2048),
        ),
    ] {
        assert_eq!(launch(parameters).err(), Some(expected), "{parameters:?}");
    }
    for name in ["lis_person_name_full", "custom_a", "user_id", "roles"] {
        let latin1 = [pairs(&LINK), vec![(name.into(), b"Zo\xeb".into())]].concat();
        let parameter = name.to_owned();
        assert_eq!(
            Launch::read(&verified(latin1), false).err(),
            Some(Problem::NotUtf8 { parameter })
        );
    }
    assert!(launch(&[("user_id", &"é".repeat(255))]).is_ok());
    assert_eq!(
        launch(&[("lti_version", "LTI-2p0")]).map(|launch| launch.version),
        Ok(Version::Lti2p0)
    );
}

#[test]
fn content_selections_are_read() {
    let settings = selection(&[
        ("accept_multiple", "true"),
        ("auto_create", "false"),
        ("title", "Week 1"),
        ("data", " opaque "),
    ])
    .expect("a selection");
    assert_eq!(settings.return_url, "https://lms.example/return?session=1");
    assert_eq!(settings.accept_types, ["ltiResourceLink"]);
    assert_eq!(settings.accept_presentation_document_targets, ["frame", "window"]);
    assert!(settings.accept_multiple && !settings.auto_create && settings.accepts_line_items());
    assert_eq!((settings.title.as_deref(), settings.text), (Some("Week 1"), None));
    assert_eq!(settings.data, Some(" opaque ".into()));
    for (name, value, is_accepted) in [
        ("accept_media_types", "*/*", true),
        ("accept_media_types", "application/vnd.ims.lti.v1.ltilink;q=1", true),
        ("accept_media_types", "text/html", false),
        ("accept_media_types", "", false),
        ("content_item_return_url", "", false),
        ("content_item_return_url", "http://lms.example/", false),
        ("content_item_return_url", "http://localhost/", true),
        ("content_item_return_url", "javascript:alert(1)", false),
        ("data", &"x".repeat(8193), false),
    ] {
        assert_eq!(selection(&[(name, value)]).is_ok(), is_accepted, "{name}={value}");
    }
}

#[test]
fn return_urls_get_texts() {
    let url = Url::parse("https://lms.example/return.php?course=3&lti_msg=old").expect("a URL");
    let texts =
        ReturnTexts { message: Some("a & b"), error_log: Some("x"), ..ReturnTexts::default() };
    assert_eq!(
        texts.added_to(&url).as_str(),
        "https://lms.example/return.php?course=3&lti_msg=a+%26+b&lti_errorlog=x"
    );
}
