//! The checks by their stable names: what each looks at, and why that matters. `ltictl explain`
//! says it; a check without an entry does not compile.

use crate::lti::Actor;

/// An enum of checks: each with its stable name, what it looks at, why that matters, who acts, and
/// what helps as a rule.
macro_rules! checks {
    ($($variant:ident = $name:literal, $looks_at:literal, $matters:literal, $who:ident, $fix:literal;)+) => {
        /// A check of `doctor`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Check {
            $(#[doc = $looks_at] $variant,)+
        }

        impl Check {
            /// Every check, the tool's first.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it looks at, in a few words.
            pub fn looks_at(self) -> &'static str {
                match self { $(Self::$variant => $looks_at),+ }
            }

            /// Why that matters.
            pub fn matters(self) -> &'static str {
                match self { $(Self::$variant => $matters),+ }
            }

            /// Who has to act.
            pub fn actor(self) -> Actor {
                match self { $(Self::$variant => Actor::$who),+ }
            }

            /// What helps as a rule; a finding's own fix knows more.
            pub fn usual_fix(self) -> &'static str {
                match self { $(Self::$variant => $fix),+ }
            }
        }
    };
}

checks! {
    PublicUrl = "public_url", "Whether the tool's address is one that platforms and browsers can \
        use",
        "Platforms fetch the keyset from it, and browsers send the cookies of a launch to https \
         only; an address of this machine or of a private network is reached from there alone.",
        ToolAdmin, "ltictl config set url https://HOST, with the https address under which \
            browsers and platforms reach this tool";
    PublicUrlPath = "public_url_path", "Whether the tool lives below a path, and whether that path \
        makes sense",
        "All end points are below the address, so it must not end like one of them, and a reverse \
         proxy must pass on everything below it.",
        ToolAdmin, "ltictl config set url URL, with the address below which the end points are";
    SigningKey = "signing_key", "Whether there is an active signing key, long and young enough",
        "It signs what the tool asks of platforms; without one, or with one under 2048 bits, they \
         give no tokens. A key that is never changed is a secret that is only ever shared further.",
        ToolAdmin, "ltictl key rotate";
    PublishedKey = "published_key", "Whether the keys that are still in the keyset are long enough",
        "Platforms may refuse a whole keyset for one key under 2048 bits.",
        ToolAdmin, "ltictl key retire KID";
    DatabaseFile = "database_file", "Whether others on this machine can read or replace the \
        database",
        "It holds the private signing keys: whoever reads it can act as this tool towards every \
         platform.",
        ToolAdmin, "chmod 600 on the file, chmod go-w on its directory";
    Database = "database", "Whether the database is sound and of this version's schema",
        "A damaged file loses launches and grades sooner or later; a backup that is taken early \
         still holds them.",
        ToolAdmin, "Stop the server and put a backup in its place; with a database of a newer \
            ltictl, use that version.";
    ExpiredRows = "expired_rows", "Whether what has expired is tidied up",
        "The server deletes ended sessions, spent nonces and waiting launches once a minute; when \
         it does not, it does not run, or it cannot write.",
        ToolAdmin, "ltictl serve, and see in its log whether it can write";
    Clock = "clock", "Whether this machine's clock is behind the launch log",
        "Launches carry times: a clock that is wrong by more than the leeway refuses all of them.",
        ToolAdmin, "Set the clock that is wrong: timedatectl set-ntp true";
    TimeServer = "time_server", "Whether a time server keeps this machine's clock",
        "That cannot be known from here without the rights of an administrator; timedatectl shows \
         it on Linux.",
        ToolAdmin, "timedatectl";
    NextKey = "next_key", "Whether the key that signs next is in the keyset early enough",
        "Platforms keep the keyset for hours: a key that signs before they have seen it makes them \
         refuse grades, members and content.",
        ToolAdmin, "ltictl key list";
    ConsumerSecrets = "consumer_secrets", "Whether the LTI 1.1 secrets are long, clean and of use",
        "A short secret can be guessed, and whoever has it can claim to be any user of LTI 1.1; \
         white space that was copied along makes no signature fit; a secret that serves nobody is \
         only a risk.",
        ToolAdmin, "ltictl consumer add KEY with a longer secret, ltictl consumer remove KEY for \
            one that is not needed";
    AppKey = "app_key", "Whether apps need their own key to record scores, and how old their keys \
        are",
        "A launch token passes through the person's browser: if it is enough, anyone can read it \
         there and give themselves any score. A key that is never replaced is a secret that is \
         only ever shared further.",
        ToolAdmin, "ltictl config set app_key required, or ltictl resource app-key RES --rotate";
    Registrations = "registrations", "Whether any platform is registered",
        "Nobody can launch before one is.",
        ToolAdmin, "ltictl registration create NAME";
    Resources = "resources", "Whether there is a published resource",
        "A launch leads to a resource; without a published one every launch is refused.",
        ToolAdmin, "ltictl resource publish NAME";
    ResourceTarget = "resource_target", "Whether the directories of resources can be read",
        "Whoever launches such a resource sees nothing.",
        ToolAdmin, "ltictl resource update RES --target DIR";
    ResourceRegistrations = "resource_registrations", "Whether every published resource may be \
        used through some registration",
        "A resource that no registration may use refuses every launch.",
        ToolAdmin, "ltictl resource update RES --registration REG, or --registration all";
    Refusals = "refusals", "What was refused most often in the last day",
        "The most frequent reason is what to repair first; the newest launch with it shows the \
         cause in full.",
        ToolAdmin, "ltictl launch list --failed, then ltictl launch show ID";
    Online = "online", "Whether the checks that use the network were run",
        "With --offline neither the tool's own server nor any platform is asked.",
        ToolAdmin, "ltictl doctor, without --offline";
    OwnKeyset = "own_keyset", "Whether the public URL leads to this tool, with its keyset and no \
        private key in it",
        "Platforms check the tool's signatures with what they find there: another tool, an old \
         copy in a cache or a login page makes them refuse grades, members and content.",
        ToolAdmin, "ltictl serve with this database, and a reverse proxy that leads the public URL \
            to it";
    Certificate = "certificate", "Whether the certificate of the public URL is trusted, complete \
        and good for two weeks at least",
        "Browsers often get by without the intermediate certificates; platforms do not, and then \
         cannot fetch the keyset.",
        ToolAdmin, "Renew the certificate and serve the whole chain (fullchain.pem, not cert.pem).";
    HttpRedirect = "http_redirect", "What happens to a form that is posted to the public URL \
        without encryption",
        "A redirect with 301 or 302 makes browsers ask again without the form: a platform that has \
         a URL with http:// loses every launch. An answer without encryption gives launches away.",
        ToolAdmin, "Redirect http to https with 308, and give platforms URLs with https:// only.";
    Framing = "framing", "Whether browsers show the tool's pages in the platforms' frames",
        "A reverse proxy that adds X-Frame-Options or changes Content-Security-Policy leaves an \
         empty frame.",
        ToolAdmin, "Leave X-Frame-Options out of the reverse proxy, and Content-Security-Policy as \
            the tool sends it.";
    Status = "status", "Whether the registration is switched on and the platform's details are \
        complete",
        "Otherwise nobody can log in from that platform.",
        ToolAdmin, "ltictl platform set REG, or ltictl registration enable REG";
    Deployments = "deployments", "Whether a deployment is known, or new ones are accepted",
        "Launches from unknown deployments are refused, unless the registration accepts them.",
        ToolAdmin, "ltictl deployment add REG DEPLOYMENT_ID";
    Limits = "limits", "How near the registration is to the limits of what it can accumulate",
        "At a limit, launches of people without an account are refused, the oldest sessions end, \
         or the oldest entries of the launch log are deleted.",
        ToolAdmin, "ltictl config set account_limit NUMBER, or waiting_launch_limit NUMBER";
    RedirectUris = "redirect_uris", "Which addresses the platform must allow launches to be posted \
        to",
        "The platform compares the redirect URI of every login with its list, byte by byte; what \
         is not in it, it refuses on a page of its own, and nothing of that is seen here.",
        PlatformAdmin, "Enter both URLs in the field for redirect URIs, exactly as ltictl \
            registration tool-details REG prints them.";
    UrlLength = "url_length", "Whether every URL for the platform is short enough for its form",
        "Some platforms (ILIAS) cut URLs after 255 characters without a word.",
        ToolAdmin, "ltictl config set url URL, with a shorter one";
    Leeway = "leeway", "How much difference between the clocks is tolerated",
        "Hardly any makes launches fail when a clock drifts by seconds; a lot of it keeps old \
         launches good for longer.",
        ToolAdmin, "ltictl platform set REG --leeway 60s";
    SigningAlgorithms = "signing_algorithms", "Whether the algorithm is allowed with which nearly \
        every platform signs",
        "Launches that are signed with another algorithm than the allowed ones are refused.",
        ToolAdmin, "ltictl platform set REG --algorithms RS256";
    OpenedxUrls = "openedx_urls", "Whether a URL of ours has a question mark, for Open edX",
        "Open edX puts a question mark of its own behind the login URL, and a second one breaks \
         it.",
        ToolAdmin, "ltictl config set url URL, with an address without a question mark";
    ChamiloUrls = "chamilo_urls", "Whether the end points are those of one generation of Chamilo, \
        and launch and redirect URL are the same",
        "Chamilo posts launches to its Launch URL, whatever the redirect URI was, and each \
         generation has its end points in a folder of its own.",
        ToolAdmin, "ltictl platform set REG, with three URLs of one folder";
    Issuer = "issuer", "Whether the issuer is written as platforms write it",
        "It is compared byte by byte: a slash too many makes every launch come from somebody \
         unknown.",
        ToolAdmin, "ltictl platform set REG --issuer ISSUER, byte by byte as the platform shows it";
    IssuerShared = "issuer_shared", "Whether other registrations have the same issuer",
        "A login that names no client ID cannot be told apart then, unless it comes to the login \
         URL with the registration's slug.",
        PlatformAdmin, "Set \"Initiate login URL\" to the one that ltictl registration \
            tool-details REG prints.";
    RegistrationTwice = "registration_twice", "Whether another registration stands for the same \
        platform and client, but for a slip",
        "Of two that differ by a slash at the end or by http and https, one is never launched, and \
         changes to it have no effect.",
        ToolAdmin, "ltictl registration delete REG, for the one that is never launched";
    EndpointHosts = "endpoint_hosts", "Whether the end points belong to the issuer's host",
        "One that was copied from another platform checks launches with the wrong keys, or sends \
         tokens to the wrong place.",
        ToolAdmin, "Compare with the LMS, then ltictl platform set REG.";
    CanvasEnvironment = "canvas_environment", "Whether all URLs belong to one of Canvas's \
        environments",
        "Production, beta and test each have their own issuer, keys and token server; mixed, no \
         launch or no grade gets through.",
        ToolAdmin, "ltictl platform import REG --preset canvas (or canvas-beta, canvas-test) \
            --client-id CLIENT_ID";
    TokenAudience = "token_audience", "Whether the audience of token requests is the one that the \
        product wants",
        "Brightspace wants another one than its token URL, and Canvas takes no bare host; with the \
         wrong one there are no tokens, so no grades and no members.",
        ToolAdmin, "ltictl platform set REG --token-audience AUDIENCE";
    Separation = "separation", "Whether the registration keeps its access tokens and users apart \
        from those of other registrations",
        "Two registrations with one client ID at one token service could use each other's access \
         tokens, and with one issuer and two keysets, each could sign launches for the other's \
         users. The newer one gets no tokens until that is resolved.",
        ToolAdmin, "ltictl platform set REG --client-id ID, or --identity client-id for an issuer \
            with two keysets, or ltictl registration delete REG";
    ServiceHosts = "service_hosts", "Whether the hosts that launches name for grades and members \
        belong to this platform",
        "No access token is sent to a host that belongs to another registration's platform, so \
         grades and members there are not synchronized.",
        ToolAdmin, "ltictl registration disable REG, for the registration that is no longer used \
            or should not name the host";
    Http = "http", "Whether end points are asked without encryption",
        "Whoever sits in between can forge the platform's keys, and with them launches.",
        PlatformAdmin, "Switch the platform to https, then ltictl platform set REG with its https \
            URLs and --allow-http=false.";
    PrivateNetwork = "private_network", "Whether private networks are opened for a platform that \
        is not in one",
        "A registration that may reach private networks lets whoever changes its URLs ask this \
         machine's neighbours.",
        ToolAdmin, "ltictl platform set REG --allow-private-network=false";
    Preset = "preset", "How the platform's values stand against what is known of its product",
        "A slip in one of the URLs shows as a difference from where that product has its end \
         points.",
        ToolAdmin, "ltictl platform import REG --preset PRESET --client-id CLIENT_ID";
    LastLaunch = "last_launch", "When the last launch was accepted",
        "A registration without one has never been seen to work.",
        ToolAdmin, "Open a link to the tool in the LMS, then ltictl launch list.";
    UnfinishedLogins = "unfinished_logins", "How many logins of the last day never came back from \
        the platform",
        "A platform that refuses a login shows a page of its own: only the missing answer is seen \
         here. A redirect URI that is not registered is the usual cause.",
        PlatformAdmin, "Compare the field for redirect URIs with what ltictl registration \
            tool-details REG prints.";
    LoginCookies = "login_cookies", "How many launches come back without the cookie of their \
        login, by browser",
        "Browsers that keep no cookies in frames need the platform's storage, or a window of the \
         tool's own.",
        PlatformAdmin, "Let the link open in a new window.";
    LaunchTimes = "launch_times", "How many launches of the last day were refused for their times, \
        and how far the clocks differ",
        "A launch is good for minutes: when the clocks differ by more than the leeway, all of them \
         are refused.",
        ToolAdmin, "Set the clock that is wrong: timedatectl set-ntp true, here or on the \
            platform's server.";
    LaunchKeys = "launch_keys", "How many launches of the last day were refused because the \
        platform's keys did not fit",
        "The keyset URL belongs to another platform, cannot be reached, or the platform signs with \
         a key that it does not publish.",
        ToolAdmin, "Compare the keyset URL with the LMS, then ltictl platform set REG --keyset-url \
            URL.";
    PendingDeployments = "pending_deployments", "From which deployments launches were refused \
        because nobody has entered them",
        "Each installation of the tool within a platform has a deployment of its own; a new one \
         waits until it is entered.",
        ToolAdmin, "ltictl deployment add REG DEPLOYMENT_ID, or ltictl platform set REG \
            --deployments accept for all of them";
    GradeService = "grade_service", "Whether the platform has ever offered to take grades, where \
        resources want to send them",
        "The service is switched off for the tool in the platform, or was not asked for when it \
         was registered.",
        PlatformAdmin, "Switch Assignment and Grade Services on for the tool, then launch a link \
            once more.";
    MemberService = "member_service", "Whether the platform has ever offered to list members, \
        where resources want them",
        "The service is switched off for the tool in the platform, or was not asked for when it \
         was registered.",
        PlatformAdmin, "Switch Names and Role Provisioning Services on for the tool, then launch a \
            link once more.";
    StuckGrades = "stuck_grades", "Whether grades are stuck on their way to the platform",
        "People see their grades in the platform only when it has taken them.",
        ToolAdmin, "ltictl sync status";
    Teachers = "teachers", "Whether teachers have launched, and are known as such",
        "A platform that sends no roles, or roles of its own, makes a learner of everybody: nobody \
         can select content or see members.",
        PlatformAdmin, "See which roles the platform sends to the tool, then launch as a teacher.";
    KeysetFetched = "keyset_fetched", "Whether the platform has ever fetched this tool's keyset",
        "It checks with it what the tool signs: without it, it rejects grades, members and deep \
         links.",
        PlatformAdmin, "Enter the JWKS URL that ltictl registration tool-details REG prints; the \
            platform's server must reach it.";
    DynamicRegistration = "dynamic_registration", "What became of the newest attempt at dynamic \
        registration",
        "An attempt that failed, or has no outcome, may have left a tool in the platform that this \
         database does not know.",
        ToolAdmin, "ltictl registration show REG, then ltictl registration url REG for another \
            attempt";
    Login = "login", "Whether a login at the public URL leads on to the platform, with a cookie \
        that works in frames",
        "A reverse proxy that drops or changes the cookie's flags makes every launch in a frame \
         end at cookie_missing.",
        ToolAdmin, "Let the reverse proxy pass Set-Cookie and Location on as they are.";
    Post = "post", "Whether a form that is posted to the public URL arrives whole",
        "Launches are posted: a redirect on the way empties them, and small limits in a reverse \
         proxy cut them.",
        ToolAdmin, "Let the reverse proxy pass POST bodies on without a redirect (nginx: \
            client_max_body_size, proxy_buffer_size 16k).";
    Platform = "platform", "Whether the platform can be asked at all",
        "Without its details there is nothing to ask.",
        ToolAdmin, "ltictl platform set REG";
    PlatformKeyset = "platform_keyset", "Whether the platform's keyset can be fetched and holds a \
        key that fits",
        "Launches are verified with it; without it every one is refused.",
        ToolAdmin, "Compare with the LMS field \"Public keyset URL\", then ltictl platform set REG \
            --keyset-url URL.";
    PlatformKeys = "platform_keys", "Whether the platform's keys are those that the server fetched \
        last",
        "A server keeps a keyset for hours. New keys are no trouble, for it fetches again when a \
         launch names one; another key under an old name is, and so is another server at the \
         keyset's URL.",
        ToolAdmin, "Restart ltictl serve, and compare the keyset URL with the LMS.";
    OpenidConfiguration = "openid_configuration", "Whether the platform says of itself what is \
        stored here",
        "Where they differ, the platform has moved, or a value was copied wrong.",
        ToolAdmin, "ltictl platform set REG, with what the platform says of itself";
    AuthenticationEndpoint = "authentication_endpoint", "Whether something answers at the \
        platform's authentication request URL",
        "Browsers are sent there at every login; when nothing is there, people see the platform's \
         error page.",
        ToolAdmin, "Compare with the LMS field \"Authentication request URL\", then ltictl \
            platform set REG --auth-url URL.";
    TokenEndpoint = "token_endpoint", "Whether something answers at the platform's access token \
        URL",
        "Grades and members need tokens from there.",
        ToolAdmin, "Compare with the LMS field \"Access token URL\", then ltictl platform set REG \
            --token-url URL.";
    PlatformClock = "platform_clock", "How far the platform's clock is from ours",
        "Over the leeway launches count as expired or from the future, and the platform refuses \
         the tool's assertions.",
        PlatformAdmin, "Set the clock that is wrong: timedatectl set-ntp true, here or on the \
            platform's server.";
    AccessToken = "access_token", "Whether the platform gives this tool an access token (with \
        --live)",
        "It is the whole way at once: client ID, audience, the tool's keyset as the platform sees \
         it, clocks and the services that are switched on.",
        ToolAdmin, "ltictl doctor REG --live names the setting that the platform complains about.";
    Integrity = "integrity", "Whether every page and every index of the database file is as it \
        should be",
        "A damaged file loses launches and grades sooner or later; a backup that is taken early \
         still holds them.",
        ToolAdmin, "stop ltictl serve, then ltictl restore FILE";
    SchemaVersion = "schema_version", "Whether the database is of the schema that this program \
        knows",
        "An older one is brought up to date when it is used next; a newer one is not touched.",
        ToolAdmin, "Use the version that wrote it, or a newer one.";
    ForeignKeys = "foreign_keys", "Whether every row that another one speaks of is there",
        "Rows that speak of others which are gone were written by something else than this \
         program.",
        ToolAdmin, "stop ltictl serve, then ltictl restore FILE";
    Content = "content", "Whether what is in the database can be looked at",
        "What is in a damaged file says nothing.",
        ToolAdmin, "ltictl restore FILE";
    Settings = "settings", "Whether the tool has an address and a name",
        "Without them nothing can be served.",
        ToolAdmin, "ltictl init --url https://HOST --name NAME";
    SigningKeys = "signing_keys", "Whether every key of the keyset signs, and what it signs \
        verifies",
        "A key that cannot sign makes platforms refuse grades, members and content.",
        ToolAdmin, "ltictl key rotate --now, or ltictl key retire KID";
    StateKey = "state_key", "Whether the server's own secret is there",
        "It authenticates logins on their way through the platform: without it the server does not \
         start.",
        ToolAdmin, "ltictl backup FILE, then ltictl restore FILE, which makes a new one";
    LogSize = "log_size", "Whether the database's write-ahead log is emptied",
        "It grows as long as some process reads without end, and slows everybody down.",
        ToolAdmin, "Find that process and stop it, or start ltictl serve anew.";
    FreePages = "free_pages", "Whether the file is much larger than what is in it",
        "Room that was freed is used again; only a file that is mostly empty is worth a word.",
        ToolAdmin, "stop ltictl serve, then VACUUM with sqlite3";
}
