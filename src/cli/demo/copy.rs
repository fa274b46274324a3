//! The part of the demonstration about copied courses.

use std::sync::Arc;

use super::Demo;
use super::basics::{REGISTRATION, demo_failed};
use super::services::RESOURCE;
use super::way::Way;
use crate::admin::{course_context, grade, publish};
use crate::domain::GradeScope;
use crate::failure::{Failure, shell_word};
use crate::rules;
use crate::rules::grade::NewGrade;
use crate::rules::progress::NoProgress;
use crate::rules::resource::ResourceChange;
use crate::sandbox::{Course, HistoryManner, Member, Sandbox, User};
use crate::store::Store;
use crate::sync::grades::{self, GradeRun};

impl Demo<'_> {
    /// The course is copied for a new term. The old grade stays there, and a new one reaches the
    /// copied column.
    pub(super) async fn copy_course(
        &self,
        number: u8,
        way: &Way,
        store: &mut Store,
        sandbox: &Sandbox,
    ) -> Result<(), Failure> {
        self.step(number, "Copy the course for a new term");
        self.command(&format!("ltictl resource update {RESOURCE} --grade-scope course"));
        let change =
            ResourceChange { grade_scope: Some(GradeScope::Course), ..ResourceChange::default() };
        publish::update(store, &RESOURCE.into(), &change, self.context.now())?;
        let copied = sandbox
            .copy_course(Course::Algebra, Course::CopyOne, HistoryManner::Spec)
            .map_err(demo_failed)?;
        self.print(&format!(
            "   the platform has copied {} with its links and columns, without grades",
            copied.from.description()
        ));
        let items = sandbox.content_items();
        let item = items
            .iter()
            .find(|item| item.course == copied.to)
            .ok_or_else(|| demo_failed("the selected link was not copied"))?;
        way.open(sandbox, item).await.map_err(demo_failed)?;
        self.print("   Sam Student clicks the copied link, before a teacher has opened the course");
        self.sync_copied(sandbox, None).await?;
        let student = way.account(store, sandbox, User::Sam)?;
        let contexts =
            course_context::show(store.read(), &REGISTRATION.into(), &copied_id(copied.to), None)?;
        let course = format!("{REGISTRATION}/{}", contexts.context.context_id);
        self.command(&format!(
            "ltictl grade set {RESOURCE} {} 9.5 --course {}",
            student.username,
            shell_word(&course)
        ));
        let new = NewGrade { score: rules::grade::parse_score("9.5")?, ..NewGrade::default() };
        let account = (&student.username).into();
        let now = self.context.now();
        grade::set_in(store, &RESOURCE.into(), &account, Some(&course), &new, now)?;
        self.sync_copied(sandbox, Some(9.5)).await?;
        self.command(&format!(
            "ltictl context show {REGISTRATION} {}",
            shell_word(&copied_id(copied.to))
        ));
        let known: Vec<&str> =
            contexts.copied_from.iter().filter_map(|origin| origin.course.as_deref()).collect();
        self.print(&format!("   it was copied from: {}", known.join(", ")));
        Ok(())
    }

    /// Sends what is due, and checks which grade Sam Student has in the copy.
    async fn sync_copied(&self, sandbox: &Sandbox, expected: Option<f64>) -> Result<(), Failure> {
        self.command("ltictl sync grades");
        grades::run(&self.synchronizer()?, &GradeRun::default(), Arc::new(NoProgress)).await?;
        let id = Member::of(User::Sam).id;
        let columns = sandbox.grade_book(Course::CopyOne);
        let found = columns.iter().find_map(|column| column.grades.get(&id)?.score);
        // On the column's scale.
        if found.is_some() != expected.is_some() {
            return Err(demo_failed("the wrong grade is in the grade book of the copy"));
        }
        self.print(match found {
            None => "   the grade of the old term is not sent to the new course",
            Some(_) => "   the new grade is in the grade book of the new course",
        });
        Ok(())
    }
}

fn copied_id(course: Course) -> String {
    course.context_id().unwrap_or_default()
}
