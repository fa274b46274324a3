//! Prompts for what a platform shows once the tool is set up there: pasted as a whole, and then one
//! by one for missing values.

use super::guide::Guide;
use crate::cli::context::Question;
use crate::cli::import::{self, ParsedSource};
use crate::cli::paste;
use crate::cli::preset;
use crate::failure::Failure;
use crate::lms::{self, Detail, Preset, paste as pasted};
use crate::report;
use crate::rules::registration::{self, DETAILS};

impl Guide<'_> {
    /// Reads what the platform shows: pasted as a whole, and then one by one for missing values.
    pub(super) fn ask_for_values(&self, read: &mut ParsedSource) -> Result<(), Failure> {
        let shown: Vec<String> =
            self.lms.bring_back().into_iter().filter_map(|one| one.label).collect();
        self.heading(&format!("What {} shows next", self.lms.name));
        self.note(&format!("Where: {}", self.lms.bring_back_where));
        // Values from several pages cannot be copied at once.
        if DETAILS.iter().filter(|row| self.label(row.detail).is_some()).count() > 2 {
            self.note(&format!(
                "\nPaste it as it is, all at once ({}).\nEnd with an empty line; press Enter to be \
                 prompted for each value instead:",
                shown.join(", ")
            ));
            let text = paste::read_block(|text| self.is_complete(text))
                .map_err(|error| self.terminal_gone(&error))?;
            self.use_pasted_text(&text, read);
        }
        if read.change.has_details() {
            // Prompt only for missing values; stored ones are kept.
            let stored = self.stored();
            for (value, stored) in read.change.details_mut().into_iter().zip(stored) {
                *value = value.take().or(stored);
            }
        }
        let host = self.ask_for_host(read)?;
        for place in 0..DETAILS.len() {
            while read.change.details_mut()[place].is_none() {
                self.ask_for_detail(place, host.as_deref(), read)?;
            }
        }
        Ok(())
    }

    /// The platform's label of a value; `None` if it does not show the value.
    pub(super) fn label(&self, detail: Detail) -> Option<String> {
        self.lms.bring_back().into_iter().find(|one| one.detail == detail).and_then(|one| one.label)
    }

    /// Whether a pasted text contains everything that the platform shows.
    fn is_complete(&self, text: &str) -> bool {
        let pasted = pasted::read(text, self.allow_http);
        let has_all = self
            .lms
            .bring_back()
            .iter()
            .filter(|one| one.label.is_some())
            .all(|one| pasted.value(one.detail).is_some());
        has_all
            || serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object())
    }

    /// Takes values from a pasted text, and prints which were used and which break a rule.
    fn use_pasted_text(&self, text: &str, read: &mut ParsedSource) {
        if text.trim().is_empty() {
            return;
        }
        let mut more = match import::read(text, "the pasted text", self.allow_http) {
            Ok(more) => more,
            Err(failure) => {
                return self.note(&report::clean(&format!("Not understood: {}", failure.why)));
            }
        };
        for used in &more.used {
            self.note(&report::clean(&format!("  used     {used}")));
        }
        for unplaced in more.rejected_lines() {
            self.note(&report::clean(&format!("  invalid  {unplaced}")));
        }
        if !more.change.has_details() && more.deployments.is_empty() {
            self.note("No known labels found.");
        }
        for (known, new) in read.change.details_mut().into_iter().zip(more.change.details_mut()) {
            *known = new.take().or(known.take());
        }
        read.change.policy.token_audience =
            more.change.policy.token_audience.take().or(read.change.policy.token_audience.take());
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

    /// The platform's own URL, if its endpoints follow from that and not from its issuer.
    fn ask_for_host(&self, read: &mut ParsedSource) -> Result<Option<String>, Failure> {
        let complete = read.change.details_mut().iter().all(|value| value.is_some());
        if complete || !self.lms.preset_needs_host() || self.lms.issuer_is_host() {
            return Ok(None);
        }
        let text = format!("URL of your {}, such as https://lms.example.edu", self.lms.name);
        let known =
            self.registration.platform.as_ref().map(|platform| platform.keyset_url.origin());
        let question = Question {
            text: &text,
            default: known.as_deref(),
            flag: "--host",
            command: &self.flags_command(),
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

    /// Prompts for one value by the platform's label; all of them can be pasted instead.
    fn ask_for_detail(
        &self,
        place: usize,
        host: Option<&str>,
        read: &mut ParsedSource,
    ) -> Result<(), Failure> {
        let row = DETAILS[place];
        let preset = self.preset(host, read);
        let preset = preset.and_then(|preset| preset.values()[place].map(str::to_owned));
        let label = self.label(row.detail);
        if let (None, Some(value)) = (&label, &preset) {
            *read.change.details_mut()[place] = Some(value.clone());
            return Ok(());
        }
        let text = label
            .unwrap_or_else(|| format!("{} ({} does not show it)", row.label(), self.lms.name));
        let default = self.stored()[place].clone().or(preset);
        let question = Question {
            text: &text,
            default: default.as_deref(),
            flag: row.flag,
            command: &self.flags_command(),
        };
        let is_paste = |reply: &str| !pasted::read(reply, self.allow_http).values.is_empty();
        let reply = self.context.ask(&question, |reply| {
            if is_paste(reply) {
                Ok(())
            } else {
                registration::check_detail(place, reply, self.allow_http)
            }
        })?;
        if is_paste(&reply) {
            let rest = paste::read_rest().map_err(|error| self.terminal_gone(&error))?;
            self.use_pasted_text(&format!("{reply}\n{rest}"), read);
        } else {
            *read.change.details_mut()[place] = Some(reply);
        }
        Ok(())
    }

    /// The preset with its endpoints, if the values that it needs are known.
    fn preset(&self, host: Option<&str>, read: &ParsedSource) -> Option<Preset> {
        let host = host.or(read.change.issuer.as_deref().filter(|_| self.lms.issuer_is_host()));
        if self.lms.preset_needs_host() && host.is_none() {
            return None;
        }
        self.lms
            .preset(host.unwrap_or_default(), read.change.client_id.as_deref().unwrap_or_default())
    }

    /// Adds what is known of the platform besides the values (token audience, policy, product), and
    /// warnings about values that do not fit together.
    pub(super) fn complete(&self, read: &mut ParsedSource, warnings: &mut Vec<String>) {
        if !read.change.has_details() {
            return;
        }
        let host = self.registration.platform.as_ref().map(|platform| platform.keyset_url.origin());
        let host = read.change.keyset_url.as_deref().and_then(origin_of).or(host);
        if let Some(preset) =
            self.preset(host.as_deref().filter(|_| !self.lms.issuer_is_host()), read)
        {
            preset::apply(self.platform, preset, &mut read.change, warnings);
        } else if self.platform != lms::OTHER {
            read.change.product = Some(self.platform.to_owned());
        }
        if self.registration.platform.is_some() {
            // This was decided when it was first connected.
            read.change.policy.deployments = None;
        }
        warnings.extend(preset::contradictions(&read.change));
    }

    /// The command for scripts.
    fn flags_command(&self) -> String {
        format!("ltictl platform set {} --help", self.slug())
    }
}

fn origin_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    url.host_str()?;
    Some(url.origin().ascii_serialization())
}
