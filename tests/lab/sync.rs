//! Synchronising, as the server and the commands do it.

use std::sync::Arc;
use std::time::Duration;

use ltictl::domain::{Account, Clock, Profile, Random, Username};
use ltictl::platform::{PlatformClient, Tokens};
use ltictl::sandbox::{ContentItem, Course, DeepLinkingChoice, LaunchChoice};
use ltictl::store::Pool;
use ltictl::usecase::grade::{self, NewGrade};
use ltictl::usecase::sync::grades::{self, GradeRun, GradeSummary};
use ltictl::usecase::sync::{CONCURRENCY, Silent, Synchroniser};

use super::{Lab, RESOURCE};

impl Lab {
    /// What a synchronisation needs; a request gets half a second, so that a test can wait for it.
    pub(crate) fn synchroniser(&self, clock: Clock) -> Synchroniser {
        let client = PlatformClient::with_time_limits(Duration::from_millis(500), Duration::from_millis(500));
        Synchroniser {
            pool: Pool::open(&self.database).unwrap(),
            tokens: Tokens::new(client.clone(), clock, Random::System),
            client,
            clock,
            random: Random::System,
            concurrency: CONCURRENCY,
        }
    }

    /// Gives somebody a grade, or takes it away.
    pub(crate) fn set_grade(&self, username: &str, score: Option<f64>) {
        let score = score.map(|score| score.to_string().parse().unwrap());
        self.set_whole_grade(username, &NewGrade { score, ..NewGrade::default() });
    }

    /// Gives somebody a grade with all that belongs to it.
    pub(crate) fn set_whole_grade(&self, username: &str, grade: &NewGrade) {
        grade::set(&mut self.store(), RESOURCE, username, grade, Clock::System.now()).unwrap();
    }

    /// Sends what is due.
    pub(crate) async fn send_grades(&self) -> GradeSummary {
        self.send(&GradeRun::default()).await
    }

    /// Sends what is due, and what is stuck.
    pub(crate) async fn send_grades_again(&self) -> GradeSummary {
        self.send(&GradeRun { retry: true, ..GradeRun::default() }).await
    }

    /// Sends as this run says.
    pub(crate) async fn send(&self, run: &GradeRun) -> GradeSummary {
        grades::run(&self.synchroniser(Clock::System), run, Arc::new(Silent)).await.unwrap()
    }

    /// What the platform took since the last look: the line item's number, the user and the score.
    pub(crate) fn taken(&self) -> Vec<(u32, String, Option<f64>)> {
        let log = self.sandbox.service_log();
        self.sandbox.clear_service_log();
        log.scores.iter().map(|score| (number_of(&score.line_item), score.user_id.clone(), score.score_given)).collect()
    }

    /// Gives so many of the platform's generated students an account, a place on the algebra quiz, which somebody has launched, and a grade.
    pub(crate) fn enrol_crowd(&self, students: u32) {
        let mut services = self.sandbox.services();
        services.members = students;
        self.sandbox.set_services(services);
        let now = Clock::System.now();
        let mut store = self.store();
        let resource = store.read().resource(RESOURCE).unwrap().unwrap();
        let accounts = store.write(|write| {
            (0..students)
                .map(|number| {
                    let account = Account::by_admin(Username::new(&format!("student{number}")).unwrap(), Random::System.uuid(), Profile::default(), now);
                    let id = write.insert_account(&account)?;
                    let grade = NewGrade { score: Some(score_of(number).to_string().parse().unwrap()), ..NewGrade::default() };
                    grade::record(write, &resource, &Account { id, ..account }, &grade, "import", now).unwrap();
                    Ok::<_, ltictl::store::Error>(id)
                })
                .collect::<Result<Vec<_>, _>>()
        });
        let mut database = rusqlite::Connection::open(&self.database).unwrap();
        let transaction = database.transaction().unwrap();
        for (number, id) in accounts.unwrap().into_iter().enumerate() {
            let come = "INSERT INTO resource_link_user (resource_link_id, account_id, sub, teaches, last_launch_at)
                SELECT id, ?1, ?2, 0, 0 FROM resource_link WHERE resource_link_id = '21'";
            assert_eq!(transaction.execute(come, (id, (1001 + number).to_string())).unwrap(), 1);
        }
        transaction.commit().unwrap();
    }

    /// Lets the account `tina` add the lab's resource to a course, without a column in the grade book.
    pub(crate) async fn add_content(&self, course: Course) -> ContentItem {
        let choice = LaunchChoice { course, ..LaunchChoice::teacher() };
        let mut browser = self.browser.another();
        let page = self.sandbox.launch_to_the_end(&mut browser, &choice.selecting(DeepLinkingChoice::default())).await.unwrap();
        let mut form = page.form().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
        form.fields.extend([("pick".to_owned(), self.resource_uuid.clone()), ("do".to_owned(), "add".to_owned())]);
        let answer = browser.post_form(&form.action, &form.fields).await.unwrap();
        assert_eq!(browser.submit(&answer).await.unwrap().status, 200);
        self.sandbox.content_items().pop().unwrap()
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
