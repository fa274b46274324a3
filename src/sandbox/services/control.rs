//! What a script can do with the services: look into the grade book and the log, change who is in a
//! course, order faults.

use super::super::school::Course;
use super::super::server::Sandbox;
use super::fault::Fault;
use super::grade_book::GradeColumn;
use super::log::ServiceLog;
use super::member::{Member, MemberStatus};
use super::options::ServiceOptions;

impl Sandbox {
    /// How the services behave.
    pub fn services(&self) -> ServiceOptions {
        self.platform.state().services.options.clone()
    }

    /// Lets the services behave like this from now on.
    pub fn set_services(&self, options: ServiceOptions) {
        let services = &mut self.platform.state().services;
        services.rosters.generate(options.members);
        services.options = options;
    }

    /// Orders a fault; several wait for their turn side by side, and the one that was ordered first
    /// comes first.
    pub fn order(&self, fault: Fault) {
        self.platform.state().services.faults.order(fault);
    }

    /// Takes back all faults that have not come yet.
    pub fn cancel_faults(&self) {
        self.platform.state().services.faults.cancel();
    }

    /// The faults that are still to come.
    pub fn faults(&self) -> Vec<Fault> {
        self.platform.state().services.faults.left().to_vec()
    }

    /// What the services were asked and what they took.
    pub fn service_log(&self) -> ServiceLog {
        self.platform.state().services.log.copy()
    }

    /// Starts the log of the services again.
    pub fn clear_service_log(&self) {
        self.platform.state().services.log.clear();
    }

    /// The columns of a course's grade book, with what is in them; none outside of a course.
    pub fn grade_book(&self, course: Course) -> Vec<GradeColumn> {
        self.platform.state().services.grade_book.columns(course).cloned().collect()
    }

    /// Somebody in a course.
    pub fn member(&self, course: Course, id: &str) -> Option<Member> {
        self.platform.state().services.rosters.of(course).find(id)
    }

    /// How many people are in a course, whatever their status.
    pub fn member_count(&self, course: Course) -> usize {
        self.platform.state().services.rosters.of(course).count()
    }

    /// Adds somebody to a course, or changes who has the identifier there.
    pub fn add_member(&self, course: Course, member: Member) {
        self.platform.state().services.rosters.of_mut(course).set(member);
    }

    /// Takes somebody out of a course; whether there was one.
    pub fn remove_member(&self, course: Course, id: &str) -> bool {
        self.platform.state().services.rosters.of_mut(course).remove(id)
    }

    /// Changes how somebody stands in a course; whether there is one.
    pub fn set_member_status(&self, course: Course, id: &str, status: MemberStatus) -> bool {
        let mut state = self.platform.state();
        let roster = state.services.rosters.of_mut(course);
        match roster.find(id) {
            Some(member) => {
                roster.set(Member { status, ..member });
                true
            }
            None => false,
        }
    }

    /// Gives an access token for these scopes without asking who wants it.
    pub fn access_token(&self, scopes: &[&str]) -> String {
        let token = self.platform.fresh_identifier();
        let now = self.platform.now();
        self.platform.state().services.grant(&token, &scopes.join(" "), now);
        token
    }

    /// Makes all access tokens worthless, as a platform does that was restarted.
    pub fn revoke_access_tokens(&self) {
        self.platform.state().services.tokens.revoke();
    }
}
