//! Synchronizing, as the server and the commands do it.

use std::sync::Arc;
use std::time::Duration;

use ltictl::admin::{connect, grade, register};
use ltictl::domain::{
    Account, AccountLink, Clock, DeploymentId, Name, PlatformUser, Profile, Random, Slug, Username,
};
use ltictl::platform::PlatformClient;
use ltictl::rules::grade::{NewGrade, record};
use ltictl::rules::progress::NoProgress;
use ltictl::rules::registration::PlatformChange;
use ltictl::sandbox::{self, ContentItem, Course, DeepLinkingChoice, LaunchChoice, Sandbox};
use ltictl::store::Pool;
use ltictl::sync::Synchronizer;
use ltictl::sync::grades::{self, GradeRun, GradeSummary};

use super::database::Database;
use super::{Lab, RESOURCE};

impl Lab {
    /// What a synchronization needs; a request gets half a second, so that a test can wait for it.
    pub(crate) fn synchronizer(&self, clock: Clock) -> Synchronizer {
        let client = PlatformClient::with_time_limits(
            Duration::from_millis(500),
            Duration::from_millis(500),
        );
        Synchronizer::new(Pool::open(&self.database).unwrap(), client, clock, Random::System)
    }

    /// A second platform with a registration of its own, [`OTHER`], for the same resource.
    pub(crate) async fn second_platform(&self) -> Sandbox {
        let sandbox = Sandbox::start(sandbox::Options::local()).await.unwrap();
        let (mut store, now) = (self.store(), Clock::System.now());
        register::create(&mut store, &Name::new("Another platform").unwrap(), None, false, now)
            .unwrap();
        let change = PlatformChange {
            issuer: Some(sandbox.issuer().to_owned()),
            client_id: Some(sandbox.client_id().to_owned()),
            keyset_url: Some(sandbox.keyset_url()),
            access_token_url: Some(sandbox.access_token_url()),
            authentication_request_url: Some(sandbox.authentication_request_url()),
            ..PlatformChange::default()
        };
        connect::set_platform(&mut store, &OTHER.into(), &change, now).unwrap();
        connect::add_deployment(
            &mut store,
            &OTHER.into(),
            DeploymentId::new(sandbox.deployment_id()).unwrap(),
            None,
            false,
            now,
        )
        .unwrap();
        let mut tool = self.sandbox.tool().unwrap();
        tool.initiate_login_url = format!("{}/lti/login/{OTHER}", self.url);
        sandbox.set_tool(tool);
        sandbox
    }

    /// Gives an account to a platform's user as well.
    pub(crate) fn share_account(&self, account_id: i64, sandbox: &Sandbox, sub: &str) {
        let user = PlatformUser {
            issuer: sandbox.issuer().to_owned(),
            tenant: String::new(),
            sub: sub.to_owned(),
        };
        let link = AccountLink::new(user, Clock::System.now());
        assert!(self.store().write(|write| write.insert_account_link(account_id, &link)).unwrap());
    }

    /// Moves a registration's access tokens to another URL.
    pub(crate) fn set_token_url(&self, registration: &str, url: String) {
        let change = PlatformChange { access_token_url: Some(url), ..PlatformChange::default() };
        connect::set_platform(
            &mut self.store(),
            &registration.into(),
            &change,
            Clock::System.now(),
        )
        .unwrap();
    }

    /// Sets the grade of an account, or removes it.
    pub(crate) fn set_grade(&self, username: &str, score: Option<f64>) {
        let score = score.map(|score| score.to_string().parse().unwrap());
        self.set_whole_grade(username, &NewGrade { score, ..NewGrade::default() });
    }

    /// Sets the grade of an account, with progress and comment.
    pub(crate) fn set_whole_grade(&self, username: &str, grade: &NewGrade) {
        grade::set(
            &mut self.store(),
            &RESOURCE.into(),
            &username.into(),
            grade,
            Clock::System.now(),
        )
        .unwrap();
    }

    /// Sends the grades that are due.
    pub(crate) async fn send_grades(&self) -> GradeSummary {
        self.send(&GradeRun { names_missing_columns: true, ..GradeRun::default() }).await
    }

    /// Sends what is due, and what is stuck.
    pub(crate) async fn send_grades_again(&self) -> GradeSummary {
        self.send(&GradeRun { retry: true, ..GradeRun::default() }).await
    }

    /// Sends as this run says.
    pub(crate) async fn send(&self, run: &GradeRun) -> GradeSummary {
        grades::run(&self.synchronizer(Clock::System), run, Arc::new(NoProgress)).await.unwrap()
    }

    /// What the platform took since the last look: the line item's number, the user and the score.
    pub(crate) fn taken(&self) -> Vec<(u32, String, Option<f64>)> {
        let log = self.sandbox.service_log();
        self.sandbox.clear_service_log();
        log.scores
            .iter()
            .map(|score| (number_of(&score.line_item), score.user_id.clone(), score.score_given))
            .collect()
    }

    /// Gives so many of the platform's generated students an account, a place on the algebra quiz,
    /// which they have launched, and a grade.
    pub(crate) fn enrol_crowd(&self, students: u32) {
        self.enrol_crowd_with(students, |_| None);
    }

    /// The same for a platform that launches by LTI 1.1.
    pub(crate) fn enrol_crowd_of_consumer(&self, students: u32) {
        self.enrol_crowd_with(students, |sub| {
            Some(self.sandbox.result_sourcedid(Course::Algebra, "21", sub))
        });
    }

    fn enrol_crowd_with(&self, students: u32, sourcedid: impl Fn(&str) -> Option<String>) {
        let mut services = self.sandbox.services();
        services.members = students;
        self.sandbox.set_services(services);
        let now = Clock::System.now();
        let mut store = self.store();
        let resource = store.read().resource(&Slug::new(RESOURCE).unwrap()).unwrap().unwrap();
        let accounts = store.write(|write| {
            (0..students)
                .map(|number| {
                    let account = Account::by_admin(
                        Username::new(&format!("student{number}")).unwrap(),
                        Random::System.uuid(),
                        Profile::default(),
                        now,
                    );
                    let id = write.insert_account(&account)?;
                    let grade = NewGrade {
                        score: Some(score_of(number).to_string().parse().unwrap()),
                        ..NewGrade::default()
                    };
                    record(
                        write,
                        &resource,
                        &Account { id, ..account },
                        None,
                        &grade,
                        "import",
                        now,
                    )
                    .unwrap();
                    Ok::<_, ltictl::store::Error>(id)
                })
                .collect::<Result<Vec<_>, _>>()
        });
        let users = accounts.unwrap().into_iter().zip(1001..).map(|(account, sub): (_, u32)| {
            let sub = sub.to_string();
            let sourcedid = sourcedid(&sub);
            (account, sub, sourcedid)
        });
        Database::open(&self.database).insert_link_users("21", users);
    }

    /// Lets the account `tina` add the lab's resource to a course, without a column in the grade
    /// book.
    pub(crate) async fn add_content(&self, course: Course) -> ContentItem {
        let choice = LaunchChoice { course, ..LaunchChoice::teacher() };
        let mut browser = self.browser.another();
        let page = self
            .sandbox
            .launch_and_follow(&mut browser, &choice.selecting(DeepLinkingChoice::default()))
            .await
            .unwrap();
        let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
        form.fields.extend([
            ("pick".to_owned(), self.resource_uuid.clone()),
            ("do".to_owned(), "add".to_owned()),
        ]);
        let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!(browser.submit(&answer).await.unwrap().status, 200);
        self.sandbox.content_items().pop().unwrap()
    }
}

/// The slug of the second registration.
pub(crate) const OTHER: &str = "another-platform";

/// A server that accepts connections and never answers; it ends with the test.
pub(crate) struct Frozen {
    pub(crate) url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Frozen {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        Self { url, task }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The grade of a generated student.
pub(crate) fn score_of(number: u32) -> f64 {
    f64::from(number % 41) / 4.0
}

/// The number of a line item in its URL.
pub(crate) fn number_of(line_item: &str) -> u32 {
    line_item.split("/lineitems/").nth(1).unwrap().split('/').next().unwrap().parse().unwrap()
}
