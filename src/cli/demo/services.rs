//! The second half of the demonstration: content selection, grades and members.

use std::sync::Arc;

use super::Demo;
use super::basics::demo_failed;
use super::way::Way;
use crate::admin::account::{self, Grants};
use crate::admin::grade;
use crate::domain::Clock;
use crate::failure::Failure;
use crate::platform::PlatformClient;
use crate::rules;
use crate::rules::grade::NewGrade;
use crate::rules::progress::NoProgress;
use crate::sandbox::browser::Browser;
use crate::sandbox::{Course, Member, Sandbox, User};
use crate::store::{Pool, Store};
use crate::sync::Synchronizer;
use crate::sync::grades::{self, GradeRun};
use crate::sync::members::{self, MemberRun};

/// The resource of the demonstration.
pub(super) const RESOURCE: &str = "algebra-quiz";

impl Demo<'_> {
    /// The teacher selects the resource on the platform, and the student opens the link that this
    /// creates.
    pub(super) async fn select(
        &self,
        number: u8,
        way: &Way,
        store: &mut Store,
        sandbox: &Sandbox,
        uuid: &str,
    ) -> Result<(), Failure> {
        self.step(
            number,
            "The teacher adds it to a course without copying anything (content selection)",
        );
        let teacher = way.account(store, sandbox, User::Tina)?;
        self.command(&format!("ltictl account grant {} {RESOURCE}", teacher.username));
        account::grant(
            store,
            &(&teacher.username).into(),
            &Grants::Resources(vec![RESOURCE.into()]),
            self.context.now(),
        )?;
        let mut browser = Browser::new();
        let page = way.select(sandbox, &mut browser).await.map_err(demo_failed)?;
        self.print(&format!(
            "   on the platform, the teacher clicks Select content and sees: {}",
            page.title()
        ));
        let mut form = page.form().ok_or_else(|| demo_failed("content selection has no form"))?;
        form.fields.extend(
            [("pick", uuid), ("gradebook", uuid), ("do", "add")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let response = browser.post_form(&form.action, &form.fields).await.map_err(demo_failed)?;
        browser.submit(&response).await.map_err(demo_failed)?;
        let item =
            sandbox.content_items().pop().ok_or_else(|| demo_failed("no link was returned"))?;
        self.print(&format!(
            "   a signed response is returned, and the course has a new link: {}",
            item.title
        ));
        let page = way.open(sandbox, &item).await.map_err(demo_failed)?;
        if page.status != 200 || !page.body.contains("Sam Student") {
            return Err(demo_failed(format!(
                "the launch of the selected link returned {}",
                page.status
            )));
        }
        self.print(&format!("   Sam Student clicks it and arrives at: {}", page.title()));
        Ok(())
    }

    /// A grade is set in the tool and appears in the platform's grade book.
    pub(super) async fn send_grade(
        &self,
        number: u8,
        way: &Way,
        store: &mut Store,
        sandbox: &Sandbox,
    ) -> Result<(), Failure> {
        self.step(number, "Send a grade");
        let student = way.account(store, sandbox, User::Sam)?;
        self.command(&format!("ltictl grade set {RESOURCE} {} 8.5", student.username));
        let new = NewGrade { score: rules::grade::parse_score("8.5")?, ..NewGrade::default() };
        grade::set(store, &RESOURCE.into(), &(&student.username).into(), &new, self.context.now())?;
        self.command("ltictl sync grades");
        let summary =
            grades::run(&self.synchronizer()?, &GradeRun::default(), Arc::new(NoProgress)).await?;
        self.print(&format!(
            "   {} sent, {} wait, {} refused",
            summary.sent, summary.waiting, summary.refused
        ));
        let id = Member::of(User::Sam).id;
        let columns = sandbox.grade_book(Course::Algebra);
        let graded =
            columns.iter().filter_map(|column| Some((column, column.grades.get(&id)?.score?)));
        let mut lines: Vec<String> = graded
            .map(|(column, score)| {
                format!("{}: Sam Student {score} of {}", column.label, column.score_maximum)
            })
            .collect();
        lines.dedup();
        if lines.is_empty() {
            return Err(demo_failed("the grade is not in the platform's grade book"));
        }
        self.print("   the platform's grade book shows:");
        for line in lines {
            self.print(&format!("     {line}"));
        }
        Ok(())
    }

    /// The platform's members are enrolled, and a member who leaves the course is unenrolled.
    pub(super) async fn enrol_members(
        &self,
        number: u8,
        way: &Way,
        store: &mut Store,
        sandbox: &Sandbox,
    ) -> Result<(), Failure> {
        self.step(number, "Synchronize members");
        self.sync_members().await?;
        let zoe = way.account(store, sandbox, User::Zoe)?;
        sandbox.remove_member(Course::Algebra, &Member::of(User::Zoe).id);
        self.print(&format!(
            "   Zoe leaves the course on the platform; in the tool she is {}",
            zoe.username
        ));
        self.sync_members().await?;
        if !account::show(store.read(), &(&zoe.username).into())?.enrolments.is_empty() {
            return Err(demo_failed("the person who left is still enrolled"));
        }
        self.command(&format!("ltictl account show {}", zoe.username));
        self.print("   she is unenrolled; the account is kept in case she returns");
        Ok(())
    }

    async fn sync_members(&self) -> Result<(), Failure> {
        self.command("ltictl sync members");
        let summary =
            members::run(&self.synchronizer()?, &MemberRun::default(), Arc::new(NoProgress))
                .await?;
        for resource in &summary.resources {
            self.print(&format!(
                "   {}: {} listed on its links, {} accounts created, {} enrolled, {} unenrolled",
                resource.resource,
                resource.listed,
                resource.created,
                resource.enrolled,
                resource.unenrolled
            ));
            if let Some(problem) = resource.problems.first() {
                return Err(demo_failed(&problem.problem));
            }
        }
        Ok(())
    }

    pub(super) fn synchronizer(&self) -> Result<Synchronizer, Failure> {
        let pool = Pool::of(self.context.store_at(&self.database)?)?;
        Ok(Synchronizer::new(
            pool,
            PlatformClient::new(),
            Clock::System,
            self.context.random.clone(),
        ))
    }
}
