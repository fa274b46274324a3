//! What the tool offers to a platform, and how it is sent there.

use url::Url;
use zeroize::Zeroizing;

use super::failed::FailedProxy;
use super::proxy::{Sealed, ToolSide, check_origin};
use super::registrar::{ConfirmationRequest, NotRegistered, ProxyRegistrar, Returned};
use crate::domain::{Consumer, Name, PlatformPolicy, Resource, Settings, StoredText};
use crate::lti::lti_1p1::members;
use crate::lti::lti_1p1::oauth1::{Credentials, authorization};
use crate::lti::lti_2p0::{
    CONFIRM_URL, PROFILE_MEDIA_TYPE, PROXY_MEDIA_TYPE, Profile, Registered, RegistrationStatus,
};
use crate::platform::NetworkAccess;

/// Maximum size of a profile or a response, in bytes.
const MAX_DOCUMENT_BYTES: usize = 1_000_000;

/// Maximum number of resources in a tool proxy.
const MAX_RESOURCES: usize = 200;

/// Maximum length of a stored template, in bytes.
const MAX_TEMPLATE_BYTES: usize = 2_000;

/// What the tool offers to a platform whose profile is checked.
pub(super) struct Offer {
    pub(super) settings: Settings,
    pub(super) resources: Vec<Resource>,
    pub(super) profile: Profile,
    pub(super) profile_url: Url,
    pub(super) return_url: Url,
    reach: NetworkAccess,
    /// The GUID of the tool proxy that is replaced, if any.
    replaced_guid: Option<String>,
}

/// The resources that a tool proxy can offer: published ones, up to a limit.
pub(super) fn offerable(mut resources: Vec<Resource>) -> Vec<Resource> {
    resources.retain(|resource| resource.published);
    resources.truncate(MAX_RESOURCES);
    resources
}

impl Offer {
    /// Fetches the platform's profile, and checks that a tool proxy can be sent.
    pub(super) async fn prepare(
        registrar: &ProxyRegistrar,
        settings: Settings,
        resources: Vec<Resource>,
        (profile_url, return_url): (Url, Url),
        replaced_guid: Option<String>,
    ) -> Result<Self, NotRegistered> {
        if resources.is_empty() {
            return Err(FailedProxy::without_resources().into());
        }
        check_origin("launch_presentation_return_url", &return_url, &profile_url)?;
        let policy = PlatformPolicy::default();
        let reach = NetworkAccess::for_registration(&policy, settings.url.is_loopback());
        let document = registrar
            .client
            .get_document(profile_url.as_str(), PROFILE_MEDIA_TYPE, reach, MAX_DOCUMENT_BYTES)
            .await
            .map_err(|error| FailedProxy::profile(&error).logged())?;
        let profile =
            Profile::read(&document).map_err(|problem| FailedProxy::unusable(&problem).logged())?;
        let offer =
            Self { settings, resources, profile, profile_url, return_url, reach, replaced_guid };
        // What is missing is reported before anything is sent.
        offer.tool_side().proxy(&Sealed::example())?;
        Ok(offer)
    }

    fn tool_side(&self) -> ToolSide<'_> {
        ToolSide {
            settings: &self.settings,
            resources: &self.resources,
            profile: &self.profile,
            profile_url: &self.profile_url,
            replaced_guid: self.replaced_guid.as_deref(),
        }
    }

    /// Sends the tool proxy; a platform confirms one that replaces another at `confirm_url`.
    pub(super) async fn send(
        &self,
        registrar: &ProxyRegistrar,
        sealed: &Sealed,
        credentials: &Credentials<'_>,
        confirm_url: Option<&str>,
    ) -> Result<Registered, FailedProxy> {
        let (endpoint, document) = self.tool_side().proxy(sealed)?;
        let body = Zeroizing::new(document.to_string().into_bytes());
        let (now, nonce) = (registrar.clock.now().as_second(), registrar.random.uuid().to_string());
        let signature =
            authorization("POST", endpoint.as_str(), &body, credentials, now, &nonce)
                .map_err(|_| FailedProxy::foreign("the service", &endpoint, &self.profile_url))?;
        let content = (PROXY_MEDIA_TYPE, body.to_vec());
        let headers = (signature.as_str(), confirm_url.map(|url| (CONFIRM_URL, url)));
        let posted = registrar
            .client
            .post_signed(endpoint.as_str(), content, headers, self.reach, MAX_DOCUMENT_BYTES)
            .await
            .map_err(|error| FailedProxy::unanswered(&error))?;
        Registered::read(posted.status, &posted.body, sealed.as_sent()).map_err(|error| {
            FailedProxy::refused(&error, &String::from_utf8_lossy(credentials.secret))
        })
    }

    /// What the confirmation page shows of it.
    pub(super) fn confirmation_request(self, name: Name, sealed: String) -> ConfirmationRequest {
        ConfirmationRequest {
            name,
            sealed,
            host: self.profile_url.host_str().unwrap_or_default().to_owned(),
            origin: self.origin(),
            is_change: self.replaced_guid.is_some(),
            profile: self.profile,
            resources: self.resources,
        }
    }

    /// The origin of the platform's profile, and of all its URLs.
    pub(super) fn origin(&self) -> String {
        self.profile_url.origin().ascii_serialization()
    }

    /// Sends the administrator back with a success.
    pub(super) fn succeeded(&self, consumer: &Consumer, message: &str) -> Returned {
        let status =
            RegistrationStatus::Success { tool_proxy_guid: consumer.key.as_str(), message };
        let url = status.added_to(&self.return_url);
        Returned { url, consumer: Some(consumer.registration.slug.clone()) }
    }

    /// Sends the administrator back with a failure, which is logged.
    pub(super) fn failed(&self, failed: &FailedProxy) -> Returned {
        failed.log();
        let message = failed.for_page();
        let url = RegistrationStatus::Failure { message: &message }.added_to(&self.return_url);
        Returned { url, consumer: None }
    }

    /// Where the platform lists members, if that is on the host of its profile.
    pub(super) fn members_template(&self) -> Option<String> {
        let endpoint = &self.profile.service(members::MEDIA_TYPE, "GET")?.endpoint;
        let example = Url::parse(&endpoint.replace(['{', '}'], "")).ok()?;
        let is_own = example.origin() == self.profile_url.origin();
        (is_own && endpoint.len() <= MAX_TEMPLATE_BYTES).then(|| endpoint.clone())
    }

    /// The platform's host, with what its profile calls the institution.
    pub(super) fn platform_name(&self) -> String {
        let host = self.profile_url.host_str().unwrap_or_default();
        let owner = self.profile.service_owner_name.as_deref().unwrap_or_default();
        let name = format!("{host} {}", StoredText::Word.cut(owner));
        Name::new(name.trim()).map_or_else(|_| host.to_owned(), |name| name.to_string())
    }
}
