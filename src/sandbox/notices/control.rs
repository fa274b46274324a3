//! The notices' interface for scripts.

use super::super::server::Sandbox;
use super::choice::{NoticeChoice, NoticeOptions};
use super::{delivery, handlers};

impl Sandbox {
    /// Whether the platform offers notices, and how its service responds.
    pub fn notices(&self) -> NoticeOptions {
        self.platform.state().notices.options.clone()
    }

    /// Changes these options.
    pub fn set_notices(&self, options: NoticeOptions) {
        self.platform.state().notices.options = options;
    }

    /// The URL to which notices of a type are sent.
    pub fn notice_handler(&self, notice_type: &str) -> Option<String> {
        self.platform.state().notices.handlers.get(notice_type).cloned()
    }

    /// Sets the URL to which notices of a type are sent, as another tool would; an empty one ends
    /// them.
    pub fn set_notice_handler(&self, notice_type: &str, url: &str) {
        handlers::set(&mut self.platform.state().notices, notice_type, url);
    }

    /// Sends a notice to the handler of its type. Returns the statuses of the tool's responses, one
    /// for each attempt; 0 stands for none. They are empty if there is no handler.
    pub async fn send_notice(&self, choice: &NoticeChoice) -> Vec<u16> {
        let handler = self.notice_handler(&choice.notice_type);
        match handler {
            Some(url) => delivery::send(&self.platform, &url, choice).await,
            None => Vec::new(),
        }
    }

    /// Sends a notice to any URL. Returns the same.
    pub async fn send_notice_to(&self, url: &str, choice: &NoticeChoice) -> Vec<u16> {
        delivery::send(&self.platform, url, choice).await
    }

    /// A signed notice as it is sent.
    pub fn signed_notice(&self, choice: &NoticeChoice) -> String {
        delivery::signed(&self.platform, choice)
    }
}
