//! The bar above a resource, and the shared data of all pages below it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::app::App;
use super::own_page;
use super::page::{self, PagePolicy};
use super::platform_page::PlatformMessages;
use crate::domain::{Resource, Zone};
use crate::report::clean;
use crate::rules::framing::frame_ancestors_of;
use crate::session::ActiveSession;

/// A tab of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Resource,
    Members,
    Grades,
    Links,
}

impl Tab {
    pub(super) const ALL: [Self; 4] = [Self::Resource, Self::Members, Self::Grades, Self::Links];

    /// Its path below [`super::session_url::NAVIGATION_START`].
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Resource => "",
            Self::Members => "members",
            Self::Grades => "grades",
            Self::Links => "links",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::Members => "Members",
            Self::Grades => "Grades",
            Self::Links => "Links",
        }
    }

    /// The bar for the template: label, path, and whether the tab is open.
    pub(super) fn bar(self) -> Vec<(&'static str, &'static str, bool)> {
        Self::ALL
            .map(|tab| {
                (tab.label(), if tab == Self::Resource { "./" } else { tab.path() }, tab == self)
            })
            .into()
    }
}

/// The shared data of the pages of all tabs.
pub(super) struct TabPage<'a> {
    pub(super) active: &'a ActiveSession,
    pub(super) current: Tab,
    /// The resource's title.
    pub(super) title: String,
    pub(super) tool: String,
    /// The course's title, if the platform sends it.
    pub(super) course: Option<String>,
    /// The zone of times.
    pub(super) zone: Zone,
    /// What its script may send to the platform's page.
    pub(super) messages: PlatformMessages,
    pub(super) nonce: String,
}

impl<'a> TabPage<'a> {
    pub(super) fn new(
        app: &App,
        active: &'a ActiveSession,
        resource: &Resource,
        current: Tab,
    ) -> Self {
        let details = &active.session.details;
        Self {
            active,
            current,
            title: line(resource.name.as_str()),
            tool: line(active.settings.name.as_str()),
            course: details.context_title.as_deref().or(details.context_label.as_deref()).map(line),
            zone: zone(active, resource),
            messages: PlatformMessages::of(active).with_app(resource),
            nonce: page::nonce(&app.service.random),
        }
    }

    /// A page of the current tab.
    pub(super) fn page(&self, template: &impl Template, rules: PagePolicy<'_>) -> Response {
        let rules = PagePolicy {
            frame_ancestors: &frame_ancestors_of(
                &self.active.registration,
                &self.active.session.details,
            ),
            posts_here: true,
            talks: true,
            ..rules
        };
        let mut response = page::html(StatusCode::OK, template, &self.nonce, &rules);
        own_page::send_origin(response.headers_mut());
        response
    }
}

/// The time zone of the person, or else that of the resource or the tool.
pub(super) fn zone(active: &ActiveSession, resource: &Resource) -> Zone {
    let of_person = active.account.as_ref().and_then(|account| account.profile.time_zone.as_ref());
    [of_person, resource.defaults.time_zone.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|name| name.parse().ok())
        .unwrap_or_else(|| active.settings.zone())
}

/// Text from outside as one line.
pub(super) fn line(text: &str) -> String {
    clean(text).replace('\n', " ")
}
