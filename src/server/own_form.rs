//! Forms that only the tool's own pages may send.

use axum::extract::Request;
use axum::http::request::Parts;

use super::app::App;
use super::form::{self, Parameters};
use super::own_page;
use super::problem::Problem;

/// A form that one of the tool's own pages sent.
pub(super) struct OwnForm {
    /// The head of its request.
    pub(super) head: Parts,
    parameters: Parameters,
}

impl OwnForm {
    /// Reads a form; `None` if another page sent it.
    pub(super) async fn read(app: &App, request: Request) -> Result<Option<Self>, Problem> {
        let (head, body) = request.into_parts();
        let settings = app.service.pool.look_up(|read| read.settings())?;
        if !own_page::is_sender(&head.headers, &settings.url) {
            return Ok(None);
        }
        let mut parameters = Parameters::new();
        form::read(&head.headers, body, &app.limits, &mut parameters).await?;
        Ok(Some(Self { head, parameters }))
    }

    /// Whether there is a field with a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|(found, _)| found == name)
    }

    /// Takes the first value with a name; empty if there is none.
    pub(super) fn take(&mut self, name: &str) -> String {
        let found = self.parameters.iter_mut().find(|(found, _)| found == name);
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }
}
