//! The services' interface for scripts: the grade book, the log, the members of courses, and
//! faults.

use super::super::school::Course;
use super::super::server::Sandbox;
use super::fault::Fault;
use super::grade_book::GradeColumn;
use super::log::ServiceLog;
use super::member::{Member, MemberStatus};
use super::options::ServiceOptions;

impl Sandbox {
    /// The options of the services.
    pub fn services(&self) -> ServiceOptions {
        self.platform.state().services.options.clone()
    }

    /// Changes the options of the services.
    pub fn set_services(&self, options: ServiceOptions) {
        let services = &mut self.platform.state().services;
        services.rosters.generate(options.members);
        services.options = options;
    }

    /// Adds a fault. If several are due for a call, the one that was added first takes effect.
    pub fn add_fault(&self, fault: Fault) {
        self.platform.state().services.faults.add(fault);
    }

    /// Cancels all faults that have not happened yet.
    pub fn cancel_faults(&self) {
        self.platform.state().services.faults.cancel();
    }

    /// The faults that have not happened yet.
    pub fn faults(&self) -> Vec<Fault> {
        self.platform.state().services.faults.pending().to_vec()
    }

    /// The calls of the services and the accepted scores.
    pub fn service_log(&self) -> ServiceLog {
        self.platform.state().services.log.copy()
    }

    /// Clears the log of the services.
    pub fn clear_service_log(&self) {
        self.platform.state().services.log.clear();
    }

    /// The columns of a course's grade book with their grades; empty outside of a course.
    pub fn grade_book(&self, course: Course) -> Vec<GradeColumn> {
        self.platform.state().services.grade_book.columns(course).cloned().collect()
    }

    /// A member of a course.
    pub fn member(&self, course: Course, id: &str) -> Option<Member> {
        self.platform.state().services.rosters.of(course).find(id)
    }

    /// The number of people in a course, regardless of their status.
    pub fn member_count(&self, course: Course) -> usize {
        self.platform.state().services.rosters.of(course).count()
    }

    /// Adds a member to a course, or replaces the member with the same identifier.
    pub fn add_member(&self, course: Course, member: Member) {
        self.platform.state().services.rosters.of_mut(course).set(member);
    }

    /// Removes a member from a course; false if there is no such member.
    pub fn remove_member(&self, course: Course, id: &str) -> bool {
        self.platform.state().services.rosters.of_mut(course).remove(id)
    }

    /// Changes a member's status in a course; false if there is no such member.
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

    /// Issues an access token for these scopes without a client assertion.
    pub fn access_token(&self, scopes: &[&str]) -> String {
        let token = self.platform.fresh_identifier();
        let now = self.platform.now();
        self.platform.state().services.grant(&token, &scopes.join(" "), now);
        token
    }

    /// Revokes all access tokens, like a platform that was restarted.
    pub fn revoke_access_tokens(&self) {
        self.platform.state().services.tokens.revoke();
    }
}
