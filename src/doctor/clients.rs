//! Checks of apps that sign people in by OpenID Connect, and of their resources.

use super::{Check, Findings};
use crate::domain::{Client, Handover, KeyPurpose, PublicUrl, Resource};
use crate::failure::{Failure, counted};
use crate::rules::client::secret_command;
use crate::rules::web_app::has_other_host;
use crate::store::{Error, Read};

/// Adds findings about all clients, and the resources that need one.
pub(super) fn examine(
    findings: &mut Findings,
    read: Read<'_>,
    url: &PublicUrl,
    resources: &[Resource],
) -> Result<(), Failure> {
    let clients = read.clients()?;
    without_client(findings, resources, &clients);
    if clients.is_empty() {
        findings.skip(Check::Clients, "No app is a client.");
        return Ok(());
    }
    let before = findings.list.len();
    match read.active_signing_key(KeyPurpose::Openid) {
        Ok(_) => {}
        Err(Error::NotInitialised) => {
            findings.fail(
                Check::Clients,
                "No key signs ID tokens: no one can sign in to an app by OpenID Connect.",
                "ltictl key rotate --purpose openid",
            );
        }
        Err(error) => return Err(error.into()),
    }
    for client in clients.iter().filter(|client| client.enabled) {
        of_client(findings, client, url, resources);
    }
    if findings.list.len() == before {
        findings
            .ok(Check::Clients, "The clients belong to resources with the handover openid.")
            .seen(counted(clients.len() as u64, "client", "clients"));
    }
    Ok(())
}

/// Resources whose launches are sign-ins of no app.
fn without_client(findings: &mut Findings, resources: &[Resource], clients: &[Client]) {
    let needs_client =
        |resource: &&Resource| resource.published && resource.app.handover == Handover::Openid;
    let (mut total, mut is_ok) = (0, true);
    for resource in resources.iter().filter(needs_client) {
        total += 1;
        let slug = &resource.slug;
        let of_resource = || clients.iter().filter(|client| client.resource_id == resource.id);
        if of_resource().any(|client| client.enabled) {
            continue;
        }
        is_ok = false;
        let (sentence, fix) = match of_resource().next() {
            Some(client) => (
                format!("All clients of resource {slug} are disabled: no one can sign in."),
                format!("ltictl client enable {}", client.slug),
            ),
            None => (
                format!("Resource {slug} has the handover openid, but no client."),
                format!("ltictl client add {slug} NAME --redirect-uri URI"),
            ),
        };
        findings.fail(Check::ResourceClient, sentence, fix);
    }
    if total == 0 {
        findings.skip(Check::ResourceClient, "No published resource has the handover openid.");
    } else if is_ok {
        findings
            .ok(Check::ResourceClient, "Every resource with the handover openid has a client.")
            .seen(counted(total, "resource", "resources"));
    }
}

fn of_client(findings: &mut Findings, client: &Client, url: &PublicUrl, resources: &[Resource]) {
    let slug = &client.slug;
    let resource = resources.iter().find(|resource| resource.id == client.resource_id);
    if let Some(resource) = resource.filter(|one| one.app.handover != Handover::Openid) {
        findings
            .warn(
                Check::Clients,
                format!(
                    "The resource of client {slug} has another handover than openid: no one can \
                     sign in."
                ),
                format!("ltictl resource update {} --handover openid", resource.slug),
            )
            .seen(format!("{}: {}", resource.slug, resource.app.handover));
    }
    let tool = url.to_url();
    let own = client
        .redirect_uris
        .iter()
        .filter(|uri| !uri.is_of_own_scheme())
        .find(|uri| !has_other_host(&uri.to_url(), &tool));
    if let Some(uri) = own {
        findings
            .warn(
                Check::Clients,
                format!(
                    "A redirect URI of client {slug} is on the tool's own host: cookies and scripts \
                     of the app reach the tool's pages."
                ),
                format!("ltictl client update {slug} --redirect-uri URI"),
            )
            .seen(uri.as_str().to_owned());
    }
    if let Some(command) = secret_command(client) {
        findings.fail(
            Check::Clients,
            format!("Client {slug} has no secret, so the app cannot sign people in."),
            command,
        );
    }
}
