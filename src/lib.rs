//! `ltictl` registers learning platforms with an LTI tool, publishes resources and serves their
//! launches: one binary over one SQLite database.
//!
//! # The map
//!
//! Imports go down only; `tests/architecture.rs` walks them and fails on an upward one.
//!
//! | floor | room | what is in it |
//! |---|---|---|
//! | top | [`cli`] | the command tree, one file per noun: arguments, use case, view |
//! | top | [`server`] | the launch server, one file per endpoint, templates beside them |
//! | top | [`sandbox`] | the test platform: issuer, pages, grade book and members, misbehaviour and faults to order, and a browser in miniature; it knows neither store nor server |
//! | middle | [`report`] | how things look: a view becomes a table, JSON, YAML, CSV or variables, a failure becomes three lines |
//! | feature | [`admin`] | what administrators do: register, connect, publish, manage accounts, keys, settings, the audit log and backups |
//! | feature | [`launch`] | login, launch, the questions before a launch, accounts and enrolment on arrival |
//! | feature | [`session`] | what a launched person sees and does: pages, content selection, requests of apps |
//! | feature | [`sync`] | grades to the platforms, members from them |
//! | feature | [`provision`] | manifests: export, diff, apply |
//! | feature | [`doctor`] | checks that find what keeps launches from working |
//! | shared | [`rules`] | the rules that all features follow: finding and changing registrations, resources and accounts, tenancy, identity, passwords |
//! | shared | [`failure`] | how an operation fails: kind, message, cause and the command that fixes it |
//! | lower | [`platform`] | outbound: the one guarded HTTP client, the platforms' keysets |
//! | lower | [`store`] | SQLite: migrations, questions, changes; SQL lives there and nowhere else |
//! | ground | [`domain`] | what we keep, in types that cannot hold nonsense |
//! | ground | [`lti`] | what we speak: the protocol as pure functions from bytes and a clock to values or a reason code |
//! | lower | [`lms`] | what we know of each LMS: its form for a tool, its labels and URLs, one file each |
//! | lower | [`token`] | our own sealed and signed values: login state, launch token, app key, invitation |
//! | ground | [`web`] | what browsers, proxies and servers send around it: forms, cookies, paths, headers and pages, as pure functions too |
//!
//! # The way of a command
//!
//! `main` hands the arguments to [`cli::run`]; the noun's file reads them and calls a use case,
//! which works in one immediate transaction of the [`store`] and returns domain values; a view of
//! them goes to [`report`]. Whatever fails is one [`failure::Failure`], whose kind fixes the exit
//! code and whose hint names the command that helps. Commands that touch only the database start no
//! runtime.
//!
//! # The way of a launch
//!
//! `server::login` answers a login without writing anything: the state is authenticated
//! ([`token::login_state`]) and bound to the browser by a cookie, or where the browser keeps none, by a
//! value in the platform's storage. `server::launch` hands form and cookies to
//! [`launch::accept`]: one look into the database, the key from [`platform::Keysets`], the numbered checks of [`lti::id_token`], and one write that spends the nonce and stores course,
//! link, session and log entry together. What is refused is a [`rules::refusal::Refusal`]; the log entry and
//! the error page come from the same value.
//!
//! Every request has a name (`server::request`), which its log lines, its answer and its pages
//! carry, and which the launch that it ends takes over. What leaves no row (logins, returns,
//! fetches of the keyset) is counted in memory ([`launch::tallies`]) and written down by the
//! minute; `server::metrics` shows both, on an address of its own.
//!
//! A launch that selects content ends at a session too; its page is `server::deep_link`, and
//! [`session::select_content`] says what an account may use and signs the answer.
//!
//! # The way of a grade
//!
//! [`sync::grades`] takes the lease of each registration and asks the [`store`] link by
//! link what the platform does not have yet. Each attempt is on disk with its time before
//! [`platform::GradeService`] sends it, and what came of it is afterwards: whoever takes over after
//! a crash sends the open ones again under the same time. Before each request, [`rules::tenancy`]
//! decides whether an access token may be requested and sent there. `sync::schedule` does
//! it inside `serve`, `cli::sync` by hand.
//!
//! # The way of a key and of a backup
//!
//! [`domain::KeysDue`] says what is due by the calendar; [`admin::keys::keep_up`] does it, inside
//! `serve` once a minute. Whoever signs asks the [`store`] for the active key each time.
//! [`admin::backup`] and [`admin::restore`] copy whole files with [`store::file`], which knows
//! no schema, and check them before they get a name or take a place.
//!
//! # Who changed what
//!
//! The audit log needs no help from use cases: temporary triggers of a writing connection stage
//! what changes, and the [`store`] seals it into the log's chain of hashes before it commits. A
//! store is told who acts when it is opened ([`store::Store::acting_as`]), and the parts of the
//! server by [`store::Pool::via`].
//!
//! # The way of a manifest
//!
//! [`provision::read`] turns sources into trees that know their places and those into
//! types, and keeps all that is wrong on the way. [`provision::plan`] compares with what
//! the [`store`] holds, by the same checks that the commands have, and
//! [`provision::apply`] does exactly what the plan says, in the transaction that it was
//! made in.
//!
//! # Adding things
//!
//! - A verb: one variant, its examples and one function in its noun's file under `cli/`, a use case
//!   if it does something new, a story under `tests/`. An argument called `registration`,
//!   `resource` or `account` completes in shells by its name.
//! - An endpoint: one file in `server/`, one line in its router.
//! - An answer: one view in `report/view/`, which derives the schema of its JSON, and one row in
//!   `cli/schema.rs`; a list of them says its rows (`list!`) and takes `ListOptions`.
//! - A table: one migration, one file in `store/`, one type in `domain/`, and its place among what
//!   is audited or what is not, in `store/audit/tables.rs`; a test asks for it. What lets somebody
//!   sign or sign in stands in `store/file.rs`, too, among what a backup without keys leaves out.
//! - A reason code: one row of [`lti::Refusal`] or [`rules::refusal::Refusal`], or of what else carries codes; the compiler
//!   finds the places that miss it, and a test of `ltictl explain` those that it cannot see.
//! - A check of `doctor`: one entry in `doctor/checks.rs`, and the file of its group.
//! - A setting, or a key of a registration, resource or account: its entry in `provision/`
//!   (type, export, plan), which `export`, `apply` and the schema follow.

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
