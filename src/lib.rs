//! `ltictl` registers learning platforms with an LTI tool, publishes resources and serves their
//! launches: one binary over one database, in a file or on PostgreSQL.
//!
//! # The map
//!
//! Imports point down only; `tests/architecture.rs` checks this.
//!
//! | layer | module | contents |
//! |---|---|---|
//! | top | [`cli`] | the command tree, one file per noun: arguments, operation, view |
//! | top | [`server`] | the launch server, one file per endpoint, with its templates |
//! | apart | [`sandbox`] | the test platform: issuer, pages, gradebook and members, misbehaviour and faults on request, and a small browser; it uses no other module but [`lti`], so it can test any tool |
//! | middle | [`report`] | output: a view becomes a table, JSON, YAML, CSV or variables; a failure becomes three lines |
//! | feature | [`admin`] | what administrators do: register, connect, publish, manage accounts, keys, settings, the audit log and backups |
//! | feature | [`launch`] | login and launch, choosing an account, creating accounts and enrolments |
//! | feature | [`session`] | what people see and do after a launch: pages, content selection, requests of apps |
//! | feature | [`sync`] | sends grades to platforms and fetches members from them |
//! | feature | [`provision`] | manifests: export, diff, apply |
//! | feature | [`doctor`] | checks that find launch problems |
//! | shared | [`rules`] | rules that all features follow: finding and changing registrations, resources and accounts, tenancy, identity, passwords, refusals |
//! | shared | [`failure`] | how an operation fails: kind, message, cause and the command that fixes it |
//! | lower | [`platform`] | outgoing requests: the HTTP client with its guards, the platforms' keysets |
//! | lower | [`store`] | queries and changes, the only place with SQL; SQLite and PostgreSQL are its engines |
//! | lower | [`lms`] | each LMS: its form for a tool, its labels and URLs, one file each; and the settings of apps |
//! | lower | [`token`] | our own sealed and signed values: login state, launch token, app key, invitation |
//! | ground | [`domain`] | what is stored, in types that cannot hold invalid values |
//! | ground | [`lti`] | the protocol, as pure functions from bytes and a time to values or a refusal |
//! | ground | [`web`] | what browsers and proxies send: forms, cookies, paths, headers and pages, as pure functions, too |
//!
//! # A command
//!
//! `main` passes the arguments to [`cli::run`]. The noun's file parses them and calls an operation,
//! which works in one immediate transaction of the [`store`] and returns domain values; a view of
//! them is passed to [`report`]. Every error is a [`failure::Failure`], whose kind determines the exit code
//! and whose hint names a command that helps. Commands that need only the database start no runtime.
//!
//! # A launch
//!
//! `server::login` handles a login without writing anything: the state is authenticated
//! ([`token::login_state`]) and bound to the browser by a cookie or, if the browser stores none, by a
//! value in the platform's storage. `server::launch` passes form and cookies to [`launch::accept`]:
//! one read of the database, the key from [`platform::Keysets`], the numbered checks of
//! [`lti::id_token`], and one write that spends the nonce and stores account, course, link, session
//! and log entry together. If a check fails, the log entry and the error page are made from the same
//! [`rules::refusal::Refusal`]. A message that arrives at the URL of another one is refused by
//! [`launch::refuse_misplaced`]. What is refused before the platform has proven anything is logged
//! for the only registration that it may be for, which the page never shows.
//!
//! Every request has an ID (`server::request`), which appears in its log lines, its response and its
//! pages; a launch has the ID of the request that completes it. Logins, returns and fetches of the
//! keyset are counted in memory ([`launch::tallies`]) and stored once a minute; `server::metrics`
//! serves the counters on its own address.
//!
//! A launch for content selection opens a session, too. Its page is `server::deep_link`;
//! [`session::select_content`] determines what an account may select and signs the response.
//!
//! # A web app behind a proxy
//!
//! If a resource's handover is `headers`, the page after a launch posts a ticket to the app's host,
//! where the proxy passes it to `server::bridge`. [`session::bridge`] exchanges it for a cookie
//! ([`token::app_entry`]) that names the session, and decides about each request that the proxy asks
//! about, by the rule for all sessions. `cli::generate` prints the configurations of proxies.
//!
//! # An app with OpenID Connect
//!
//! If a resource's handover is `openid`, its launches are the sign-ins of apps, each a
//! [`domain::Client`]. [`rules::client`] has the rules for commands and manifests, [`admin::client`]
//! what `cli::client` does; [`lms::AppSheet`] has the settings of apps in their own words. ID tokens
//! are signed by keys with a purpose of their own ([`domain::KeyPurpose`]), in a keyset of their own.
//!
//! [`lti::openid`] is the protocol. The page after a launch posts a ticket to `server::oidc`, which
//! sets a cookie on the tool's own host and sends the browser to the app. [`session::openid`] answers
//! the app's requests by the rule for all sessions. Codes and access tokens ([`token::openid`]) name
//! the session and are not stored: a code that is used is spent like the nonce of a launch.
//!
//! # A sign-in at an identity provider
//!
//! The page that asks for an account opens a window (`server::provider`). [`launch::provider`] sends
//! it to the provider with an [`lti::relying_party::AuthorizationRequest`]; nothing is stored, and
//! `state`, nonce and PKCE verifier follow from the window's cookie ([`token::provider_sign_in`]).
//! When it returns, [`platform::Providers`] exchanges the code, [`lti::id_token`] checks the token
//! like one of a launch, and the window asks whether this is the person's account. Only the reply is
//! stored, with the launch that waits, which then continues in the page where it began
//! ([`launch::resume`]).
//!
//! # A grade
//!
//! [`sync::grades`] takes the lease of each registration and queries the [`store`], link by link, for
//! grades that the platform does not have yet. Each attempt is stored with its time before
//! [`platform::GradeService`] sends it, and its result afterwards: after a crash, the open ones are
//! sent again with the same time. Before each request, [`rules::tenancy`] decides whether an access
//! token may be requested and sent there. `sync::schedule` runs inside `serve`; `cli::sync` runs it
//! on demand.
//!
//! # A submission review
//!
//! It is a launch for one person's work. [`lti::id_token`] refuses it if a learner asks for another
//! person's, [`session::overview`] finds the person in the viewer's course, and `server::review`
//! shows the grade; an app gets the person in its launch token.
//!
//! # A notice
//!
//! A platform's server posts notices to `server::notices`. [`launch::notices`] checks each with
//! [`lti::notice`], the checks of a launch with a purpose of their own, stores it once, and
//! [`rules::notice`] acts on it in the same transaction. [`sync::notices`] compares daily what
//! platforms send where; [`session::app_notices`] decides what an app sees.
//!
//! # Keys and backups
//!
//! [`domain::KeysDue`] determines what is due, and [`admin::keys::maintain`] does it once a minute
//! inside `serve`. Signing always reads the active key from the [`store`]. [`admin::backup`] and
//! [`admin::restore`] copy whole files with [`store::file`], which does not depend on the schema, and
//! check them before they are renamed into place.
//!
//! # The audit log
//!
//! Operations need not do anything for the audit log: temporary triggers of a writing connection
//! stage what changes, and the [`store`] appends it to the log's hash chain before it commits. Who
//! acts is set when a store is opened ([`store::Store::acting_as`]), and for the parts of the server
//! with [`store::Pool::via`].
//!
//! # A manifest
//!
//! [`provision::read`] parses sources into trees with positions, and those into types, and collects
//! all errors. [`provision::plan`] compares them with the [`store`], with the same checks as the
//! commands, and [`provision::apply`] executes exactly the plan, in the transaction in which it was
//! made.
//!
//! # Adding things
//!
//! - A command: one variant, its examples and one function in its noun's file under `cli/`, an
//!   operation if it does something new, and a test under `tests/`. An argument called
//!   `registration`, `resource` or `account` is completed in shells because of its name.
//! - An endpoint: one file in `server/` and one line in its router; one for apps is also described in
//!   `server/api/openapi.rs`, against which the tests check every response.
//! - An output: one view in `report/view/`, from which the schema of its JSON is derived, and one row
//!   in `cli/schema.rs`; a list defines its rows (`list!`) and accepts `ListOptions`.
//! - A table: one migration, one file in `store/`, one type in `domain/`, and an entry in
//!   `store/audit/tables.rs`, among what is audited or what is not; a test checks it. Anything that
//!   lets someone sign or sign in is also listed in `store/file.rs`, among what a backup without keys
//!   omits.
//! - A reason code: one row of [`lti::Refusal`] or [`rules::refusal::Refusal`], or of the other types
//!   with codes; the compiler finds the places that miss it, and a test of `ltictl explain` the rest.
//! - A check of `doctor`: one entry in `doctor/checks.rs`, and the file of its group.
//! - A setting of the tool: one row in `domain/settings.rs`, from which `config`, the database,
//!   manifests and their schema follow.
//! - A setting of a resource, registration or account: one migration, one field of its type in
//!   `domain/`, its column in `store/`, and one row in its file in `rules/`, from which flag,
//!   manifest key, schema, export and change follow; one row of its table in `report/view/`.

pub mod admin;
pub mod cli;
pub mod doctor;
pub mod domain;
pub mod failure;
pub mod launch;
pub mod lms;
pub mod lti;
pub mod platform;
pub mod provision;
pub mod report;
pub mod rules;
pub mod sandbox;
pub mod server;
pub mod session;
pub mod store;
pub mod sync;
pub mod token;
pub mod web;
