//! `ltictl generate nginx`, `caddy` and `traefik`: reverse proxies that ask this tool before each
//! request to a web app.
//!
//! Every value is checked before it is inserted: hosts consist of letters, digits, dots and hyphens,
//! and names of headers of letters, digits and hyphens.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use url::Url;

use super::super::context::Context;
use super::text::{filled, path};
use crate::domain::{
    Handover, IdentityHeader, Invalid, PublicUrl, Resource, ResourceRef, Target, TargetUrl,
};
use crate::failure::{Failure, Kind};
use crate::rules::framing::frame_ancestors;
use crate::rules::resource;
use crate::session::bridge::identity::{self, FRAME_ANCESTORS};
use crate::store::Store;

/// Names under which other proxies tell apps who a person is, or which URL was requested.
const FOREIGN: [&str; 17] = [
    "Forwarded",
    "X-User",
    "X-Authenticated-User",
    "X-Remote-User",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Access-Token",
    "X-WebAuth-User",
    "X-WebAuth-Name",
    "X-WebAuth-FullName",
    "X-WebAuth-Email",
    "X-WebAuth-Groups",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Lti-Refusal",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct ProxyArguments {
    /// Slug or UUID of the resource, which has --handover headers (nginx: or openid)
    #[arg(value_name = "RES")]
    pub(in crate::cli) resource: ResourceRef,
    /// Where the proxy reaches the app
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    pub(in crate::cli) upstream: String,
    /// Where the proxy reaches this tool's server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(in crate::cli) tool: String,
    /// Another header for the username, such as X-Remote-User; can be given multiple times
    #[arg(long, value_name = "HEADER")]
    pub(in crate::cli) user_header: Vec<String>,
}

/// Where TLS ends.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct TlsArguments {
    /// File with the certificate of the app's host, and its chain
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    certificate: Option<PathBuf>,
    /// File with the certificate's private key
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
}

impl TlsArguments {
    /// The two paths, if they were given.
    fn files(&self) -> Result<Option<[&str; 2]>, Invalid> {
        let Some((certificate, key)) = self.certificate.as_ref().zip(self.certificate_key.as_ref())
        else {
            return Ok(None);
        };
        Ok(Some([path(certificate, "certificate")?, path(key, "certificate key")?]))
    }
}

/// What the configurations are made of.
struct Site {
    resource: Resource,
    /// The app's URL.
    target: Url,
    origin: String,
    upstream: String,
    tool: String,
    user_headers: Vec<String>,
    /// The origins that may frame the app now.
    framers: BTreeSet<String>,
}

impl Site {
    /// Reads a resource with one of these handovers.
    fn read(
        context: &Context,
        arguments: &ProxyArguments,
        handovers: &[Handover],
    ) -> Result<Self, Failure> {
        Self::of(&context.store()?, arguments, handovers)
    }

    fn of(
        store: &Store,
        arguments: &ProxyArguments,
        handovers: &[Handover],
    ) -> Result<Self, Failure> {
        let settings = store.read().settings()?;
        let resource = resource::find(store.read(), &arguments.resource)?;
        let origin = match &resource.target {
            Target::App(target) if handovers.contains(&resource.app.handover) => target.origin(),
            _ => String::new(),
        };
        if origin.is_empty() {
            return Err(not_behind_proxy(&resource));
        }
        if !arguments.user_header.is_empty()
            && resource.app.omit_headers.has(IdentityHeader::RemoteUser)
        {
            return Err(Failure::new(
                Kind::Conflict,
                "there is no username for another header",
                format!("--user-header repeats Remote-User, which {} omits", resource.slug),
                format!("ltictl resource update {} --omit-headers none", resource.slug),
            ));
        }
        let target = resource.target.to_text().unwrap_or_default();
        let target = TargetUrl::new(&target, true)?.to_url();
        let mut framers: BTreeSet<String> = store
            .read()
            .registrations()?
            .iter()
            .filter(|registration| resource.is_for(&registration.slug))
            .flat_map(frame_ancestors)
            .filter(|origin| is_plain_origin(origin))
            .collect();
        framers.insert(settings.url.to_url().origin().ascii_serialization());
        Ok(Self {
            target,
            origin,
            upstream: server("upstream", &arguments.upstream)?,
            tool: server("tool", &arguments.tool)?,
            user_headers: arguments
                .user_header
                .iter()
                .map(|name| header_name(name))
                .collect::<Result<_, _>>()?,
            framers,
            resource,
        })
    }

    fn host(&self) -> &str {
        self.target.host_str().unwrap_or_default()
    }

    /// The host with the port, as browsers send it.
    fn authority(&self) -> String {
        self.origin.split_once("://").map_or_else(String::new, |(_, host)| host.to_owned())
    }

    fn port(&self) -> u16 {
        self.target.port_or_known_default().unwrap_or(443)
    }

    fn is_https(&self) -> bool {
        self.target.scheme() == "https"
    }

    /// Refuses other headers for the username, for a configuration that cannot have them.
    fn refuse_user_headers(&self, program: &str) -> Result<(), Failure> {
        if self.user_headers.is_empty() {
            return Ok(());
        }
        Err(Failure::new(
            Kind::Invalid,
            "this proxy cannot add a header with the username",
            "--user-header is for nginx and Caddy, and for resources with --handover headers",
            match program {
                "traefik" => format!("ltictl generate traefik {}", self.resource.slug),
                _ => format!("ltictl generate nginx {}", self.resource.slug),
            },
        ))
    }

    /// Names of foreign headers that the app never gets.
    fn removed(&self) -> impl Iterator<Item = &'static str> {
        let is_used =
            |name: &str| self.user_headers.iter().any(|used| used.eq_ignore_ascii_case(name));
        FOREIGN.into_iter().filter(move |name| !is_used(name))
    }
}

/// The configuration for nginx.
pub(super) fn nginx(
    context: &Context,
    arguments: &ProxyArguments,
    listen: Option<SocketAddr>,
    tls: &TlsArguments,
) -> Result<String, Failure> {
    nginx_of(&context.store()?, arguments, listen, tls)
}

/// The configuration for nginx, with what is in a database.
pub(in crate::cli) fn nginx_of(
    store: &Store,
    arguments: &ProxyArguments,
    listen: Option<SocketAddr>,
    tls: &TlsArguments,
) -> Result<String, Failure> {
    let site = Site::of(store, arguments, &[Handover::Headers, Handover::Openid])?;
    let address = listen.map_or_else(|| site.port().to_string(), |listen| listen.to_string());
    let listen = if site.is_https() { format!("{address} ssl") } else { address };
    // Names of variables are short: nginx does not start with one of more than 46 characters.
    let id = &site.resource.uuid.simple().to_string()[..8];
    let frame = [
        ("maps", include_str!("nginx-maps.conf").trim_end()),
        ("frame", include_str!("nginx-frame.conf").trim_end()),
    ];
    let tls = nginx_tls(&site, tls)?;
    let authority = site.authority();
    let server = [
        ("resource", site.resource.slug.as_str()),
        ("id", id),
        ("listen", &*listen),
        ("host", site.host()),
        ("authority", &authority),
        ("origin", &site.origin),
        ("scheme", site.target.scheme()),
        ("tls", &tls),
        ("tool", &site.tool),
        ("upstream", &site.upstream),
    ];
    if site.resource.app.handover == Handover::Openid {
        site.refuse_user_headers("nginx")?;
        let framers = site.framers.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let values = [&frame[..], &[("framers", &framers)], &server].concat();
        return Ok(filled(include_str!("nginx-openid.conf"), &values));
    }
    let variable = |name: &'static str| match name {
        FRAME_ANCESTORS => format!("$ltictl_{id}_framers"),
        name => format!("$ltictl_{id}_{}", lower(&name.replace("X-Auth-Request-", "auth-"))),
    };
    let set = identity::names().map(|name| {
        format!("        auth_request_set {} $upstream_http_{};", variable(name), lower(name))
    });
    let sent = identity::names().filter(|name| *name != FRAME_ANCESTORS);
    let user = variable("Remote-User");
    let headers: Vec<String> = sent
        .map(|name| (name.to_owned(), variable(name)))
        .chain(site.user_headers.iter().map(|name| (name.clone(), user.clone())))
        .chain(
            site.removed()
                .chain([FRAME_ANCESTORS])
                .map(|name| (name.to_owned(), "\"\"".to_owned())),
        )
        .map(|(name, value)| format!("        proxy_set_header {name} {value};"))
        .collect();
    let (set, headers) = (set.collect::<Vec<_>>().join("\n"), headers.join("\n"));
    let framers = variable(FRAME_ANCESTORS);
    let values = [("framers", &*framers), ("set", &set), ("headers", &headers)];
    Ok(filled(include_str!("nginx.conf"), &[&frame[..], &values, &server].concat()))
}

fn nginx_tls(site: &Site, tls: &TlsArguments) -> Result<String, Failure> {
    if !site.is_https() {
        return Ok(String::new());
    }
    let [certificate, key] = match tls.files()? {
        Some(files) => files.map(str::to_owned),
        None => ["fullchain.pem", "privkey.pem"]
            .map(|file| format!("/etc/letsencrypt/live/{}/{file}", site.host())),
    };
    Ok(format!("    ssl_certificate {certificate};\n    ssl_certificate_key {key};\n"))
}

/// The configuration for Caddy.
pub(super) fn caddy(
    context: &Context,
    arguments: &ProxyArguments,
    tls: &TlsArguments,
) -> Result<String, Failure> {
    let site = Site::read(context, arguments, &[Handover::Headers])?;
    let tls = match tls.files()? {
        Some([certificate, key]) => format!("\ttls {certificate} {key}\n"),
        None => String::new(),
    };
    let users: Vec<String> = site
        .user_headers
        .iter()
        .map(|name| format!("\t\t\theader_up {name} {{http.request.header.Remote-User}}\n"))
        .collect();
    let strip: Vec<String> = site
        .user_headers
        .iter()
        .flat_map(|name| spellings(name))
        .map(|name| format!("\t\trequest_header -{name}\n"))
        .collect();
    Ok(filled(
        include_str!("Caddyfile"),
        &[
            ("resource", site.resource.slug.as_str()),
            ("origin", &site.origin),
            ("authority", &site.authority()),
            ("scheme", site.target.scheme()),
            ("tls", &tls),
            ("strip", &strip.concat()),
            ("tool", &site.tool),
            ("upstream", &site.upstream),
            ("headers", &identity::names().collect::<Vec<_>>().join(" ")),
            ("users", &users.concat()),
        ],
    ))
}

/// The configuration for Traefik.
pub(super) fn traefik(context: &Context, arguments: &ProxyArguments) -> Result<String, Failure> {
    let site = Site::read(context, arguments, &[Handover::Headers])?;
    site.refuse_user_headers("traefik")?;
    if site.target.port().is_some() {
        return Err(Failure::new(
            Kind::Invalid,
            "Traefik does not see ports",
            format!(
                "its rules compare hosts without the port, so a session at another port of {} would \
                 open the app",
                site.host()
            ),
            format!("ltictl generate nginx {}", site.resource.slug),
        ));
    }
    let strip: Vec<String> = identity::names()
        .chain(site.removed())
        .flat_map(spellings)
        .map(|name| format!("          {name}: \"\""))
        .collect();
    let headers = identity::names()
        .filter(|name| *name != FRAME_ANCESTORS)
        .map(|name| format!("          - {name}"));
    let rule = format!("Host(`{}`)", site.host());
    // A text in JSON is one in YAML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let framers = site.framers.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    Ok(filled(
        include_str!("traefik.yaml"),
        &[
            ("resource", site.resource.slug.as_str()),
            ("app_rule", &quoted(&rule)),
            ("pages_rule", &quoted(&format!("{rule} && PathPrefix(`/.ltictl/`)"))),
            ("tls", if site.is_https() { "      tls: {}\n" } else { "" }),
            ("question", &quoted(&format!("{}/bridge/auth/forward", site.tool))),
            ("policy", &quoted(&format!("frame-ancestors 'self' {framers}"))),
            ("upstream", &quoted(&site.upstream)),
            ("tool", &quoted(&site.tool)),
            ("strip", &strip.join("\n")),
            ("headers", &headers.collect::<Vec<_>>().join("\n")),
        ],
    ))
}

fn not_behind_proxy(resource: &Resource) -> Failure {
    let slug = &resource.slug;
    if resource.app.handover == Handover::Openid {
        return Failure::new(
            Kind::Conflict,
            format!("the app of {slug} signs people in itself"),
            "this proxy serves resources with --handover headers; for OpenID Connect, only the \
             configuration of nginx is printed",
            format!("ltictl generate nginx {slug}"),
        );
    }
    Failure::new(
        Kind::Conflict,
        format!("the app of {slug} is not behind a proxy"),
        "only a resource with a URL as its target and --handover headers has a proxy that asks this \
         tool",
        format!("ltictl resource update {slug} --handover headers"),
    )
}

/// Whether an origin means nothing else in a configuration: a platform has chosen it.
fn is_plain_origin(origin: &str) -> bool {
    origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:/[]".contains(&byte))
}

/// A name with each of its hyphens as it is or as an underscore.
fn spellings(name: &str) -> Vec<String> {
    name.split('-').fold(Vec::new(), |spellings: Vec<String>, word| {
        if spellings.is_empty() {
            return vec![word.to_owned()];
        }
        let with = |separator: char| {
            spellings.iter().map(move |beginning| format!("{beginning}{separator}{word}"))
        };
        with('-').chain(with('_')).collect()
    })
}

/// A name as nginx writes it in variables.
fn lower(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// The URL of a server without a path: its origin.
fn server(field: &'static str, text: &str) -> Result<String, Invalid> {
    let url = PublicUrl::new(text, true).map_err(|invalid| Invalid::new(field, invalid.rule))?;
    if !url.base_path().is_empty() {
        return Err(Invalid::new(field, "must be a URL without a path"));
    }
    Ok(url.to_url().origin().ascii_serialization())
}

/// The name of a header that can be inserted.
fn header_name(text: &str) -> Result<String, Invalid> {
    let is_name = text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_ours = identity::names().any(|name| name.eq_ignore_ascii_case(text));
    let lower = text.to_ascii_lowercase();
    // What says where a request comes from, or what was requested.
    let is_another = ["x-original-", "x-rewrite-", "x-forwarded-", "x-lti-", "x-real-ip"]
        .iter()
        .any(|beginning| lower.starts_with(beginning))
        && lower != "x-forwarded-user";
    if !is_name || is_ours || is_another || !lower.starts_with("x-") {
        return Err(Invalid::new(
            "user header",
            "must be the name of a header for a username, with X- in front, such as X-Remote-User",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_all_spellings() {
        assert_eq!(spellings("Remote-User"), ["Remote-User", "Remote_User"]);
        assert_eq!(
            spellings("X-Lti-Role"),
            ["X-Lti-Role", "X_Lti-Role", "X-Lti_Role", "X_Lti_Role"]
        );
    }
}
