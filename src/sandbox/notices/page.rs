//! What the platform reports after a course was copied on its page.

use super::super::platform::Platform;
use super::super::words::UnknownWord;
use super::choice::{CONTEXT_COPY, NoticeChoice, NoticeSwitch};
use super::delivery;

/// How the page's form says that no notice is sent.
pub(in crate::sandbox) const NO_NOTICE: &str = "none";

/// How it says that a good one is sent.
const GOOD_NOTICE: &str = "good";

/// Reads the choice of the form: no notice, or one that may differ from a good one.
///
/// # Errors
///
/// An unknown word.
pub(in crate::sandbox) fn choice(word: &str) -> Result<Option<Option<NoticeSwitch>>, UnknownWord> {
    match word {
        NO_NOTICE => Ok(None),
        GOOD_NOTICE => Ok(Some(None)),
        name => name.parse().map(|switch| Some(Some(switch))),
    }
}

/// Reports a copy to the tool, if it has subscribed. Returns what came of it, in sentences.
pub(in crate::sandbox) async fn report(
    platform: &Platform,
    context: [String; 3],
    origin: &str,
    switch: Option<NoticeSwitch>,
) -> Vec<String> {
    let handler = platform.state().notices.handlers.get(CONTEXT_COPY).cloned();
    let Some(url) = handler else {
        return vec![
            "No notice was sent: the tool has not subscribed. It can do so after a launch."
                .to_owned(),
        ];
    };
    let mut choice = NoticeChoice::copy(&context[0], &[origin]);
    choice.context = Some(context);
    choice.switches.extend(switch);
    let statuses = delivery::send(platform, &url, &choice).await.into_iter();
    let responses = statuses.map(|status| match status {
        0 => "The tool did not respond.".to_owned(),
        status => format!("The tool responded with status {status}."),
    });
    [format!("A notice was sent to {url}.")].into_iter().chain(responses).collect()
}
