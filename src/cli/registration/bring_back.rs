//! What a platform shows once the tool is set up there: pasted as it is, and asked for as far as it
//! is missing.

use super::connect::Guide;
use crate::cli::context::Question;
use crate::cli::import::{self, Read};
use crate::cli::paste;
use crate::failure::Failure;
use crate::lms::{self, Detail, Preset, paste as pasted};
use crate::report;
use crate::rules::registration::{self, DETAILS};

/// The five details in the order of [`DETAILS`].
const PLACES: [Detail; 5] = [
    Detail::Issuer,
    Detail::ClientId,
    Detail::KeysetUrl,
    Detail::AccessTokenUrl,
    Detail::AuthenticationRequestUrl,
];

impl Guide<'_> {
    /// Asks for what the platform shows: all of it pasted at once, and what is still missing one by
    /// one.
    pub(super) fn bring_back(&self, read: &mut Read) -> Result<(), Failure> {
        let shown: Vec<String> =
            self.lms.bring_back().into_iter().filter_map(|one| one.label).collect();
        self.head(&format!("What {} shows then", self.lms.name));
        self.say(&format!("Where: {}", self.lms.bring_back_where));
        // What stands in several places there cannot be copied at once.
        if PLACES.iter().filter(|detail| self.label(**detail).is_some()).count() > 2 {
            self.say(&format!(
                "\nPaste it as it is, all at once ({}).\nAn empty line ends it; \
                Enter alone, and you are asked one by one:",
                shown.join(
                    ", \
                "
                )
            ));
            let text = paste::block(|text| self.is_complete(text))
                .map_err(|error| self.terminal_gone(&error))?;
            self.take(&text, read);
        }
        if read.change.has_details() {
            // Only what is missing is asked for: what is stored stays.
            let stored = self.stored();
            for (value, stored) in read.change.details_mut().into_iter().zip(stored) {
                *value = value.take().or(stored);
            }
        }
        let host = self.ask_for_host(read)?;
        for (place, detail) in PLACES.into_iter().enumerate() {
            while read.change.details_mut()[place].is_none() {
                self.ask_for_detail(place, detail, host.as_deref(), read)?;
            }
        }
        Ok(())
    }

    /// The label that the platform has for a value; nothing where it does not show it.
    pub(super) fn label(&self, detail: Detail) -> Option<String> {
        self.lms.bring_back().into_iter().find(|one| one.detail == detail).and_then(|one| one.label)
    }

    /// Whether a pasted text has all that the platform shows.
    fn is_complete(&self, text: &str) -> bool {
        let found = pasted::read(text, self.allow_http);
        let has_all = self
            .lms
            .bring_back()
            .iter()
            .filter(|one| one.label.is_some())
            .all(|one| found.value(one.detail).is_some());
        has_all
            || serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object())
    }

    /// Takes over what a pasted text tells, and says what was understood and what breaks a rule.
    fn take(&self, text: &str, read: &mut Read) {
        if text.trim().is_empty() {
            return;
        }
        let mut more = match import::read(text, "what you pasted", self.allow_http) {
            Ok(more) => more,
            Err(failure) => {
                return self.say(&report::clean(&format!("Not understood: {}", failure.why)));
            }
        };
        for used in &more.used {
            self.say(&report::clean(&format!("  taken   {used}")));
        }
        for unplaced in more.rejected_lines() {
            self.say(&report::clean(&format!("  wrong   {unplaced}")));
        }
        if !more.change.has_details() && more.deployments.is_empty() {
            self.say("Nothing in it stands under a label that is known.");
        }
        for (known, new) in read.change.details_mut().into_iter().zip(more.change.details_mut()) {
            *known = new.take().or(known.take());
        }
        read.change.token_audience =
            more.change.token_audience.take().or(read.change.token_audience.take());
        read.change.product = more.change.product.take().or(read.change.product.take());
        read.deployments.append(&mut more.deployments);
    }

    fn stored(&self) -> [Option<String>; 5] {
        match &self.registration.platform {
            None => [const { None }; 5],
            Some(platform) => [
                Some(platform.issuer.to_string()),
                Some(platform.client_id.to_string()),
                Some(platform.keyset_url.to_string()),
                Some(platform.access_token_url.to_string()),
                Some(platform.authentication_request_url.to_string()),
            ],
        }
    }

    /// The platform's own address, where its end points follow from that and not from its issuer.
    fn ask_for_host(&self, read: &mut Read) -> Result<Option<String>, Failure> {
        let complete = read.change.details_mut().iter().all(|value| value.is_some());
        if complete || !self.lms.preset_needs_host() || self.lms.issuer_is_host() {
            return Ok(None);
        }
        let text = format!("Address of your {}, such as https://lms.example.edu", self.lms.name);
        let known =
            self.registration.platform.as_ref().map(|platform| platform.keyset_url.origin());
        let question = Question {
            text: &text,
            default: known.as_deref(),
            flag: "--host",
            command: &self.by_flags(),
        };
        let check = |address: &str| {
            let preset = self
                .lms
                .preset(address, "client")
                .map(|preset| preset.keyset_url)
                .unwrap_or_default();
            registration::check_detail(2, &preset, self.allow_http)
        };
        self.context.ask(&question, check).map(Some)
    }

    /// Asks for one value, in the platform's word for it; who pastes all of them instead is
    /// understood too.
    fn ask_for_detail(
        &self,
        place: usize,
        detail: Detail,
        host: Option<&str>,
        read: &mut Read,
    ) -> Result<(), Failure> {
        let preset = self.preset(host, read).map(in_order);
        let preset = preset.and_then(|preset| preset[place].clone());
        let label = self.label(detail);
        if let (None, Some(value)) = (&label, &preset) {
            *read.change.details_mut()[place] = Some(value.clone());
            return Ok(());
        }
        let text = label.unwrap_or_else(|| {
            format!("{} ({} does not show it)", DETAILS[place].1, self.lms.name)
        });
        let default = self.stored()[place].clone().or(preset);
        let question = Question {
            text: &text,
            default: default.as_deref(),
            flag: DETAILS[place].2,
            command: &self.by_flags(),
        };
        let is_paste = |answer: &str| !pasted::read(answer, self.allow_http).found.is_empty();
        let answer = self.context.ask(&question, |answer| {
            if is_paste(answer) {
                Ok(())
            } else {
                registration::check_detail(place, answer, self.allow_http)
            }
        })?;
        if is_paste(&answer) {
            let rest = paste::rest().map_err(|error| self.terminal_gone(&error))?;
            self.take(&format!("{answer}\n{rest}"), read);
        } else {
            *read.change.details_mut()[place] = Some(answer);
        }
        Ok(())
    }

    /// The end points as the preset has them, as far as what it needs is known.
    fn preset(&self, host: Option<&str>, read: &Read) -> Option<Preset> {
        let host = host.or(read.change.issuer.as_deref().filter(|_| self.lms.issuer_is_host()));
        if self.lms.preset_needs_host() && host.is_none() {
            return None;
        }
        self.lms
            .preset(host.unwrap_or_default(), read.change.client_id.as_deref().unwrap_or_default())
    }

    /// What is known of the platform beside the values: token audience, policy, product; and what
    /// does not fit together.
    pub(super) fn complete(&self, read: &mut Read, warnings: &mut Vec<String>) {
        if !read.change.has_details() {
            return;
        }
        let host = self.registration.platform.as_ref().map(|platform| platform.keyset_url.origin());
        let host = read.change.keyset_url.as_deref().and_then(origin_of).or(host);
        if let Some(preset) =
            self.preset(host.as_deref().filter(|_| !self.lms.issuer_is_host()), read)
        {
            import::apply(self.platform, preset, &mut read.change, warnings);
        } else if self.platform != lms::OTHER {
            read.change.product = Some(self.platform.to_owned());
        }
        if self.registration.platform.is_some() {
            // Whoever connects it again has decided about that before.
            read.change.deployments = None;
        }
        warnings.extend(import::contradictions(&read.change));
    }

    /// The command that does the same without questions.
    fn by_flags(&self) -> String {
        format!("ltictl platform set {} --help", self.slug())
    }
}

/// A preset's values in the order of [`DETAILS`]; the client ID is the platform's own business.
fn in_order(preset: Preset) -> [Option<String>; 5] {
    [
        Some(preset.issuer),
        None,
        Some(preset.keyset_url),
        Some(preset.access_token_url),
        Some(preset.authentication_request_url),
    ]
}

fn origin_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.host_str()?;
    Some(url.origin().ascii_serialization())
}
