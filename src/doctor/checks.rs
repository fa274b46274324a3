//! The checks with their stable names, what each checks and why that matters, for `ltictl explain`;
//! a check without an entry does not compile.

use crate::lti::Actor;

/// An enum of checks, each with its stable name, what it checks, why that matters, who acts, and
/// the usual fix.
macro_rules! checks {
    ($($variant:ident = $name:literal, $description:literal, $importance:literal, $who:ident, $fix:literal;)+) => {
        /// A check of `doctor`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Check {
            $(#[doc = $description] $variant,)+
        }

        impl Check {
            /// All checks, those of the tool first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it checks, in a few words.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description),+ }
            }

            /// Why that matters.
            pub fn importance(self) -> &'static str {
                match self { $(Self::$variant => $importance),+ }
            }

            /// Who has to act.
            pub fn actor(self) -> Actor {
                match self { $(Self::$variant => Actor::$who),+ }
            }

            /// The usual fix; a finding's own fix is more specific.
            pub fn usual_fix(self) -> &'static str {
                match self { $(Self::$variant => $fix),+ }
            }
        }
    };
}

checks! {
    PublicUrl = "public_url", "Whether platforms and browsers can use the tool's public URL",
        "Platforms fetch the keyset from it, and browsers send launch cookies over https only; a \
         URL on this machine or in a private network can only be reached from there.",
        ToolAdmin, "Set the https URL at which browsers and platforms reach this tool: ltictl \
            config set url https://HOST";
    PublicUrlPath = "public_url_path", "Whether the public URL contains a path, and whether that \
        path makes sense",
        "All endpoints are below the public URL, so it must not end like one of them, and a \
         reverse proxy must forward everything below it.",
        ToolAdmin, "Set the URL below which the endpoints are: ltictl config set url URL";
    SigningKey = "signing_key", "Whether there is an active signing key that is long enough and \
        recent enough",
        "It signs the tool's requests to platforms; without it, or if it has fewer than 2048 bits, \
         platforms issue no access tokens. The longer a key is used, the more likely it has \
         leaked.",
        ToolAdmin, "ltictl key rotate";
    PublishedKey = "published_key", "Whether the keys that are still in the keyset are long enough",
        "Platforms may refuse a whole keyset for one key under 2048 bits.",
        ToolAdmin, "ltictl key retire KID";
    DatabaseFile = "database_file", "Whether other users of this machine can read or replace the \
        database",
        "It contains the private signing keys: anyone who reads it can impersonate this tool to \
         every platform.",
        ToolAdmin, "chmod 600 on the file, chmod go-w on its directory";
    Database = "database", "Whether the database is intact and has this version's schema",
        "A damaged file eventually loses launches and grades; an early backup still contains them.",
        ToolAdmin, "Stop the server and restore a backup; if the database was written by a newer \
            ltictl, use that version.";
    DatabaseConnection = "database_connection", "Whether the connection to the database's server is \
        encrypted",
        "The database contains the private signing keys, and every launch reads or writes it.",
        ToolAdmin, "Remove `sslmode=disable` from the database's URL, and give the server a certificate \
            that is valid for its name.";
    DatabaseDurability = "database_durability", "Whether the database's server keeps what it has \
        confirmed when it crashes",
        "A platform does not repeat a launch, and a spent nonce that was lost can be used again.",
        ToolAdmin, "Set `fsync`, `full_page_writes` and `synchronous_commit` to `on` in \
            postgresql.conf.";
    DatabaseWritable = "database_writable", "Whether the database can be written",
        "If the disk is full, or the file or its file system is read-only, every launch is refused \
         although the content is sound.",
        ToolAdmin, "Free some space, or make the file and its directory writable for the user who \
            runs `ltictl serve`.";
    ExpiredRows = "expired_rows", "Whether expired data is deleted",
        "The server deletes expired sessions, nonces and pending launches once a minute; if it \
         does not, it is not running or cannot write to the database.",
        ToolAdmin, "Run `ltictl serve`, and check in its log whether it can write.";
    Clock = "clock", "Whether this machine's clock is behind the launch log",
        "Launches contain timestamps: if the clock is wrong by more than the leeway, all launches \
         are refused.",
        ToolAdmin, "Set the clock that is wrong: timedatectl set-ntp true";
    TimeServer = "time_server", "Whether this machine's clock is synchronized with a time server",
        "This cannot be checked without administrator rights; on Linux, timedatectl shows it.",
        ToolAdmin, "timedatectl";
    NextKey = "next_key", "Whether the next signing key is published early enough",
        "Platforms cache the keyset for hours: if a key signs before they have fetched it, they \
         refuse grades, members and content.",
        ToolAdmin, "ltictl key list";
    ConsumerSecrets = "consumer_secrets", "Whether the LTI 1.1 secrets are long enough, valid and \
        still needed",
        "A short secret can be guessed, and anyone who has it can claim to be any LTI 1.1 user; \
         copied white space makes all signatures invalid; a secret that is no longer used is only \
         a risk.",
        ToolAdmin, "Replace the secret with `ltictl consumer rotate CONSUMER`; `ltictl consumer remove \
            KEY` removes a key that is not needed.";
    ConsumerResources = "consumer_resources", "Whether each consumer of LTI 1.1 may use a published \
        resource",
        "A consumer that may use none has every launch refused.",
        ToolAdmin, "Run `ltictl consumer set CONSUMER --resource RES`, or publish a resource with \
            `ltictl resource update RES --publish`.";
    AppKey = "app_key", "Whether apps need their own key to record scores, and how old their keys \
        are",
        "A launch token passes through the user's browser: if it is enough, users can read it \
         there and give themselves any score. The longer a key is used, the more likely it has \
         leaked.",
        ToolAdmin, "Run `ltictl config set app_key required`, or `ltictl resource app-key RES \
            --rotate`.";
    Registrations = "registrations", "Whether any platform is registered",
        "Without a platform, there can be no launches.",
        ToolAdmin, "ltictl registration create NAME";
    Resources = "resources", "Whether there is a published resource",
        "Launches open resources; without a published resource, every launch is refused.",
        ToolAdmin, "ltictl resource publish NAME";
    ResourceTarget = "resource_target", "Whether the directories of resources can be read",
        "People who launch such a resource see nothing.",
        ToolAdmin, "ltictl resource update RES --target DIR";
    ResourceUrl = "resource_url", "Whether the apps of resources respond, and may be shown in the \
        platforms' frames",
        "Launches are posted to the app in a frame of the platform: if it does not respond, has no \
         valid certificate, or forbids the frame with X-Frame-Options or Content-Security-Policy, \
         people see an empty page.",
        ToolAdmin, "In the app's responses, Content-Security-Policy: frame-ancestors with the \
            platforms' and the tool's origins; for another app: ltictl resource update RES --target \
            URL";
    ResourceProxy = "resource_proxy", "Whether apps behind a reverse proxy can be opened without a \
        launch",
        "An app that trusts headers such as Remote-User is open to everyone if it is reached around \
         its proxy, or if the proxy does not ask this tool.",
        ToolAdmin, "Use the configuration of `ltictl generate nginx RES`, and let nothing but the \
            proxy reach the app.";
    ResourceClient = "resource_client", "Whether every published resource with the handover openid \
        has an enabled client",
        "The launches of such a resource are sign-ins of an app, which it needs to know: without \
         one, people cannot sign in.",
        ToolAdmin, "ltictl client add RES NAME --redirect-uri URI";
    Clients = "clients", "Whether OpenID clients can sign people in, and are apart from the tool",
        "A client needs a resource with the handover openid and, by most methods, a secret. If its \
         app is on the tool's own host, its scripts and cookies reach the tool's pages.",
        ToolAdmin, "`ltictl client show CLIENT` shows its settings, and `ltictl client update CLIENT \
            --redirect-uri URI` changes one.";
    ResourceRegistrations = "resource_registrations", "Whether every published resource may be \
        used through some registration",
        "A resource that no registration may use refuses every launch.",
        ToolAdmin, "Run `ltictl resource update RES --registration REG`, or with `--registration \
            all`.";
    ProviderSecret = "provider_secret", "Whether the client secrets at identity providers are stored \
        and still valid",
        "When a secret expires, no one can sign in there any longer; providers do not remind you.",
        ToolAdmin, "Create a new secret at the provider, then run `ltictl identity-provider rotate \
            PROVIDER`.";
    ProviderRequired = "provider_required", "Whether every account that requires an identity provider \
        has an identity",
        "Such an account cannot be opened with its password.",
        ToolAdmin, "ltictl account link ACCOUNT --identity-provider PROVIDER --subject SUBJECT";
    ProviderDiscovery = "provider_discovery", "Whether the discovery documents and the keysets of \
        identity providers can be used",
        "Without them, no one can sign in there.",
        ToolAdmin, "Compare the issuer with the provider's discovery document: ltictl \
            identity-provider show PROVIDER";
    Refusals = "refusals", "What was refused most often in the last day",
        "The most frequent reason is what to fix first; the newest launch refused for it shows the \
         full cause.",
        ToolAdmin, "Run `ltictl launch list --failed`, then `ltictl launch show ID`.";
    Online = "online", "Whether the checks that use the network were run",
        "With --offline, neither the tool's own server nor any platform is contacted.",
        ToolAdmin, "ltictl doctor";
    OwnKeyset = "own_keyset", "Whether the public URL leads to this tool, with its keyset and no \
        private key in it",
        "Platforms verify the tool's signatures with this keyset: if another tool, an outdated \
         cache or a login page responds there, they refuse grades, members and content.",
        ToolAdmin, "Run `ltictl serve` with this database, and a reverse proxy that forwards the \
            public URL to it.";
    Certificate = "certificate", "Whether the certificate of the public URL is trusted, complete \
        and valid for at least two weeks",
        "Browsers often work without the intermediate certificates; platforms do not, and cannot \
         fetch the keyset then.",
        ToolAdmin, "Renew the certificate and serve the whole chain (fullchain.pem, not cert.pem).";
    HttpRedirect = "http_redirect", "What happens to a form that is posted to the public URL \
        without encryption",
        "A redirect with 301 or 302 makes browsers repeat the request without the form: if a \
         platform has a URL with http://, every launch is lost. If the tool responds without \
         encryption, launches can be intercepted.",
        ToolAdmin, "Redirect http to https with 308, and give platforms URLs with https:// only.";
    Framing = "framing", "Whether browsers show the tool's pages in the platforms' frames",
        "A reverse proxy that adds X-Frame-Options or changes Content-Security-Policy causes an \
         empty frame.",
        ToolAdmin, "Do not set X-Frame-Options in the reverse proxy, and do not change the tool's \
            Content-Security-Policy.";
    Status = "status", "Whether the registration is enabled and the platform's details are \
        complete",
        "Otherwise, no one can launch from that platform.",
        ToolAdmin, "Run `ltictl platform set REG`, or `ltictl registration enable REG`.";
    Deployments = "deployments", "Whether a deployment is known, or new ones are accepted",
        "Launches from unknown deployments are refused, unless the registration accepts them.",
        ToolAdmin, "ltictl deployment add REG DEPLOYMENT_ID";
    Limits = "limits", "How close the registration is to its limits on stored data",
        "At a limit, launches of people without an account are refused, the oldest sessions end, \
         or the oldest entries of the launch log are deleted.",
        ToolAdmin, "Run `ltictl config set account_limit NUMBER`, or `ltictl config set \
            waiting_launch_limit NUMBER`.";
    RedirectUris = "redirect_uris", "Which URLs the platform must allow launches to be posted \
        to",
        "The platform compares the redirect URI of every login with its list, byte by byte. If it \
         is not listed, the platform refuses the login on its own error page, and the tool is not \
         notified.",
        PlatformAdmin, "Enter both URLs in the field for redirect URIs, exactly as `ltictl \
            registration tool-details REG` prints them.";
    UrlLength = "url_length", "Whether every URL for the platform is short enough for its form",
        "Some platforms (ILIAS) silently cut URLs after 255 characters.",
        ToolAdmin, "Set a shorter URL: ltictl config set url URL";
    Leeway = "leeway", "How much difference between the clocks is tolerated",
        "With very little, launches fail when a clock drifts by seconds; with a lot, old launches \
         remain valid for longer.",
        ToolAdmin, "ltictl platform set REG --leeway 60s";
    SigningAlgorithms = "signing_algorithms", "Whether the algorithm that nearly every platform \
        signs with is allowed",
        "Launches signed with any other algorithm are refused.",
        ToolAdmin, "ltictl platform set REG --algorithms RS256";
    OpenedxUrls = "openedx_urls", "Whether one of the tool's URLs contains a question mark, for \
        Open edX",
        "Open edX appends a question mark to the login URL, and a second one breaks it.",
        ToolAdmin, "Set a URL without a question mark: ltictl config set url URL";
    ChamiloUrls = "chamilo_urls", "Whether the endpoints belong to one generation of Chamilo, and \
        launch and redirect URL are the same",
        "Chamilo posts launches to its Launch URL, regardless of the redirect URI, and each \
         generation has its endpoints in a different folder.",
        ToolAdmin, "Enter three URLs of one folder: ltictl platform set REG";
    Issuer = "issuer", "Whether the issuer is written as platforms write it",
        "It is compared byte by byte: with an extra slash, every launch comes from an unknown \
         issuer.",
        ToolAdmin, "Copy it exactly as the platform shows it: ltictl platform set REG --issuer \
            ISSUER";
    IssuerShared = "issuer_shared", "Whether other registrations have the same issuer",
        "Logins without a client ID cannot be distinguished then, unless they use the login URL \
         with the registration's slug.",
        PlatformAdmin, "Set \"Initiate login URL\" to the one that `ltictl registration \
            tool-details REG` prints.";
    RegistrationTwice = "registration_twice", "Whether another registration is for the same \
        platform and client, except for a typing error",
        "If two registrations differ only by a trailing slash or by http and https, one of them is \
         never launched, and changes to it have no effect.",
        ToolAdmin, "Delete the one that is never launched: ltictl registration delete REG";
    EndpointHosts = "endpoint_hosts", "Whether the endpoints belong to the issuer's host",
        "With an endpoint copied from another platform, launches are verified with the wrong keys, \
         or requests go to the wrong server.",
        ToolAdmin, "Compare with the LMS, then: ltictl platform set REG";
    CanvasEnvironment = "canvas_environment", "Whether all URLs belong to one of Canvas's \
        environments",
        "Production, beta and test each have their own issuer, keys and token server; if they are \
         mixed, launches or grades fail.",
        ToolAdmin, "Use the preset of its environment (canvas, canvas-beta or canvas-test): ltictl \
            platform import REG --preset canvas --client-id CLIENT_ID";
    TokenAudience = "token_audience", "Whether the audience of token requests is the one that the \
        product requires",
        "Brightspace requires a different one from its token URL, and Canvas does not accept a \
         bare host; with the wrong audience, there are no tokens, so no grades and no members.",
        ToolAdmin, "ltictl platform set REG --token-audience AUDIENCE";
    Separation = "separation", "Whether the registration's access tokens and users are separate \
        from those of other registrations",
        "Two registrations with one client ID at one token service could use each other's access \
         tokens, and with one issuer and two keysets, each could sign launches for the other's \
         users. The newer one gets no tokens until that is resolved.",
        ToolAdmin, "Run `ltictl platform set REG --client-id ID`, `ltictl platform set REG \
            --identity client-id` for an issuer with two keysets, or `ltictl registration delete \
            REG`.";
    ServiceHosts = "service_hosts", "Whether the hosts that launches name for grades and members \
        belong to this platform",
        "No access token is sent to a host that belongs to another registration's platform, so \
         grades and members there are not synchronized.",
        ToolAdmin, "Disable the one that is no longer used or should not name the host: ltictl \
            registration disable REG";
    Http = "http", "Whether endpoints are contacted without encryption",
        "An attacker on the network can forge the platform's keys, and with them launches.",
        PlatformAdmin, "Switch the platform to https, enter its https URLs with `ltictl platform \
            set REG`, then run `ltictl platform set REG --allow-http=false`.";
    PrivateNetwork = "private_network", "Whether private networks are allowed for a platform that \
        is not in one",
        "If a registration may reach private networks, anyone who can change its URLs can send \
         requests to hosts in this machine's network.",
        ToolAdmin, "ltictl platform set REG --allow-private-network=false";
    ClientId = "client_id", "Whether the client ID contains white space",
        "It is compared byte by byte: a space that was copied with it makes every launch come from \
         an unknown client.",
        ToolAdmin, "Copy it again without white space: ltictl platform set REG --client-id ID";
    EndpointUrls = "endpoint_urls", "Whether each URL of the platform is a different one",
        "If a URL was entered in two places, one of them is wrong: launches are verified with \
         something that is no keyset, or tokens are requested where none are issued.",
        ToolAdmin, "Compare with the LMS, then enter the wrong one again, such as: ltictl platform \
            set REG --keyset-url URL";
    OwnUrls = "own_urls", "Whether a URL of the platform is one of this tool's own",
        "The platform shows the tool's URLs beside its own: with the tool's keyset in place of the \
         platform's, every launch is refused.",
        ToolAdmin, "Compare with the LMS, then enter the wrong one again, such as: ltictl platform \
            set REG --keyset-url URL";
    Preset = "preset", "How the platform's values compare with the known values of its product",
        "A typing error in one of the URLs shows as a difference from the product's usual \
         endpoints. If the platform's own OpenID configuration has other values, these count.",
        ToolAdmin, "ltictl platform import REG --preset PRESET --client-id CLIENT_ID";
    LastLaunch = "last_launch", "When the last launch was accepted",
        "Without one, the registration has never been shown to work.",
        ToolAdmin, "Open a link to the tool in the LMS, then: ltictl launch list";
    UnfinishedLogins = "unfinished_logins", "How many logins of the last day were not completed by \
        the platform",
        "A platform that refuses a login shows its own error page: the tool only notices the \
         missing response. The usual cause is a redirect URI that is not registered.",
        PlatformAdmin, "Compare the field for redirect URIs with what `ltictl registration \
            tool-details REG` prints.";
    LoginCookies = "login_cookies", "How many launches arrive without the login cookie, by browser",
        "Browsers that block cookies in frames need the platform's storage, or a separate window.",
        PlatformAdmin, "Open the link in a new window.";
    LaunchTimes = "launch_times", "How many launches of the last day were refused for their times, \
        and how far the clocks differ",
        "A launch is valid for minutes: if the clocks differ by more than the leeway, all launches \
         are refused.",
        ToolAdmin, "Set the clock that is wrong: timedatectl set-ntp true, here or on the \
            platform's server.";
    LaunchKeys = "launch_keys", "How many launches of the last day were refused because the \
        platform's keys did not match",
        "The keyset URL belongs to another platform, cannot be reached, or the platform signs with \
         a key that it does not publish.",
        ToolAdmin, "Compare the keyset URL with the LMS, then: ltictl platform set REG \
            --keyset-url URL";
    PendingDeployments = "pending_deployments", "Which unknown deployments launches were refused \
        from",
        "Each installation of the tool within a platform has its own deployment; launches from a \
         new one are refused until it is added.",
        ToolAdmin, "Run `ltictl deployment add REG DEPLOYMENT_ID`, or `ltictl platform set REG \
            --deployments accept` for all of them.";
    GradeService = "grade_service", "Whether the platform has ever offered to accept grades, if \
        resources send any",
        "The service is disabled for the tool in the platform, or was not requested during \
         registration.",
        PlatformAdmin, "Enable Assignment and Grade Services for the tool, then launch a link \
            again.";
    MemberService = "member_service", "Whether the platform has ever offered to list members, if \
        resources need them",
        "The service is disabled for the tool in the platform, or was not requested during \
         registration.",
        PlatformAdmin, "Enable Names and Role Provisioning Services for the tool, then launch a \
            link again.";
    StuckGrades = "stuck_grades", "Whether grades could not be sent to the platform",
        "People see their grades in the platform only after it has accepted them.",
        ToolAdmin, "ltictl sync status";
    GradeColumns = "grade_columns", "Whether every grade has a column in the platform's grade book",
        "Without one, a grade cannot be sent. Platforms name the column with a launch, or let the \
         tool create it; if several resources are launched through one link, its column is for the \
         first of them.",
        PlatformAdmin, "Create a separate link for each resource, or allow the tool to create \
            columns, and open the link again; `ltictl sync status` names the links.";
    Teachers = "teachers", "Whether teachers have launched, and are recognized as teachers",
        "If a platform sends no roles, or only its own roles, everyone is treated as a learner: no \
         one can select content or see members.",
        PlatformAdmin, "Check which roles the platform sends to the tool, then launch as a \
            teacher.";
    KeysetFetched = "keyset_fetched", "Whether the platform has ever fetched this tool's keyset",
        "The platform verifies the tool's signatures with it: without it, it rejects grades, \
         members and deep links.",
        PlatformAdmin, "Enter the JWKS URL that `ltictl registration tool-details REG` prints; the \
            platform's server must reach it.";
    DynamicRegistration = "dynamic_registration", "The outcome of the newest attempt at dynamic \
        registration",
        "A failed or unfinished attempt may have created a tool in the platform that is missing in \
         this database.",
        ToolAdmin, "Run `ltictl registration show REG`, then `ltictl registration url REG` for \
            another attempt.";
    Login = "login", "Whether a login at the public URL redirects to the platform, with a cookie \
        that works in frames",
        "If a reverse proxy drops or changes the cookie's flags, every launch in a frame fails \
         with cookie_missing.",
        ToolAdmin, "Configure the reverse proxy to forward Set-Cookie and Location unchanged.";
    Post = "post", "Whether a form that is posted to the public URL arrives complete",
        "Launches are posted as forms: a redirect on the way drops the form, and small limits in a \
         reverse proxy truncate it.",
        ToolAdmin, "Configure the reverse proxy to forward POST bodies without a redirect (nginx: \
            client_max_body_size, proxy_buffer_size 16k).";
    Platform = "platform", "Whether the platform can be contacted at all",
        "Without its details, there is nothing to contact.",
        ToolAdmin, "ltictl platform set REG";
    PlatformKeyset = "platform_keyset", "Whether the platform's keyset can be fetched and contains \
        a usable key",
        "Launches are verified with it; without it, every launch is refused.",
        ToolAdmin, "Compare with the LMS field \"Public keyset URL\", then: ltictl platform set \
            REG --keyset-url URL";
    PlatformKeys = "platform_keys", "Whether the platform's keys are the ones that the server \
        fetched last",
        "The server caches keysets for hours. New keys are not a problem, because the server \
         fetches the keyset again when a launch names one; a different key with an old key ID is a \
         problem, and so is another server at the keyset URL.",
        ToolAdmin, "Restart `ltictl serve`, and compare the keyset URL with the LMS.";
    OpenidConfiguration = "openid_configuration", "Whether the platform's own configuration \
        matches the stored details",
        "If they differ, the platform has moved, or a value was copied incorrectly.",
        ToolAdmin, "Enter the values in that configuration: ltictl platform set REG";
    AuthenticationEndpoint = "authentication_endpoint", "Whether the platform's authentication \
        request URL responds",
        "Browsers are redirected there at every login; if nothing is there, people see the \
         platform's error page.",
        ToolAdmin, "Compare with the LMS field \"Authentication request URL\", then: ltictl \
            platform set REG --authentication-request-url URL";
    TokenEndpoint = "token_endpoint", "Whether the platform's access token URL responds",
        "Synchronizing grades and members requires tokens from there.",
        ToolAdmin, "Compare with the LMS field \"Access token URL\", then: ltictl platform set REG \
            --access-token-url URL";
    PlatformClock = "platform_clock", "How much the platform's clock differs from this machine's",
        "Above the leeway, launches count as expired or from the future, and the platform refuses \
         the tool's assertions.",
        PlatformAdmin, "Set the clock that is wrong: timedatectl set-ntp true, here or on the \
            platform's server.";
    AccessToken = "access_token", "Whether the platform issues an access token to this tool (with \
        --live)",
        "This tests everything at once: client ID, audience, the tool's keyset as the platform \
         sees it, clocks and the enabled services.",
        ToolAdmin, "`ltictl doctor REG --live` names the setting that the platform complains \
            about.";
    Notices = "notices", "Whether notices of the platform arrive (with --live)",
        "The platform is asked to send a notice to a URL that is used once. This shows that the \
         service is enabled for the tool, and that the platform's server reaches this one, which \
         launches do not need.",
        ToolAdmin, "`ltictl doctor REG --live` names what is missing; `ltictl notice status REG` \
            shows the subscriptions.";
    Integrity = "integrity", "Whether all pages and indexes of the database file are intact",
        "A damaged file eventually loses launches and grades; an early backup still contains them.",
        ToolAdmin, "Stop `ltictl serve`, then: ltictl restore FILE";
    SchemaVersion = "schema_version", "Whether the database has the schema of this version",
        "An older database is upgraded at its next use; a newer one is not changed.",
        ToolAdmin, "Use the version that wrote it, or a newer one.";
    ForeignKeys = "foreign_keys", "Whether all foreign keys in the database are valid",
        "Rows that refer to missing rows were not written by this program.",
        ToolAdmin, "Stop `ltictl serve`, then: ltictl restore FILE";
    Content = "content", "Whether the content of the database can be checked",
        "The content of a damaged file is not reliable.",
        ToolAdmin, "ltictl restore FILE";
    Settings = "settings", "Whether the tool has a URL and a name",
        "Without them nothing can be served.",
        ToolAdmin, "ltictl init --url https://HOST --name NAME";
    SigningKeys = "signing_keys", "Whether every key of the keyset signs, and what it signs \
        verifies",
        "A key that cannot sign makes platforms refuse grades, members and content.",
        ToolAdmin, "Run `ltictl key rotate --now`, or `ltictl key retire KID`.";
    StateKey = "state_key", "Whether the server's own secret exists",
        "It authenticates logins while they pass through the platform: without it, the server does \
         not start.",
        ToolAdmin, "Run `ltictl backup FILE`, then `ltictl restore FILE`, which creates a new one.";
    LogSize = "log_size", "Whether the database's write-ahead log is truncated",
        "It grows while a process keeps a read transaction open, and slows down all others.",
        ToolAdmin, "Find that process and stop it, or restart `ltictl serve`.";
    FreePages = "free_pages", "Whether the file is much larger than its content",
        "Freed space is reused; only a mostly empty file is reported.",
        ToolAdmin, "Stop `ltictl serve`, then run VACUUM with sqlite3.";
}
