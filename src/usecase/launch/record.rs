//! What is kept of a launch: the log entry, the visit, the link's services.

use jiff::Timestamp;

use super::Caller;
use crate::domain::{Launch, LinkServices, Outcome, Registration, Visit};
use crate::lti::claims::Claims;
use crate::lti::roles::Role;
use crate::usecase::identity;

/// What a token says that is worth keeping.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) message_type: Option<String>,
    pub(super) visit: Visit,
}

/// The row of a launch in the log.
pub(super) fn log_entry(
    caller: &Caller,
    at: Timestamp,
    outcome: Outcome,
    registration: Option<&Registration>,
    resource: Option<&str>,
    said: Option<&Said>,
) -> Launch {
    let mut launch = Launch {
        request_id: caller.request.forwarded().map(str::to_owned),
        registration: registration.map(|registration| registration.slug.to_string()),
        resource: resource.map(str::to_owned),
        browser: Some(caller.browser),
        ..Launch::new(caller.request.launch_id().clone(), at, outcome)
    };
    if let Some(Said { message_type, visit }) = said {
        launch.deployment_id = Some(visit.deployment_id.clone()).filter(|id| !id.is_empty());
        launch.message_type.clone_from(message_type);
        launch.sub.clone_from(&visit.sub);
        launch.user_name.clone_from(&visit.name);
        launch.role = Some(visit.role.clone());
        launch.context_title = visit.context_title.as_ref().or(visit.context_label.as_ref()).cloned();
        launch.resource_link_id = Some(visit.resource_link_id.clone()).filter(|id| !id.is_empty());
        launch.resource_link_title.clone_from(&visit.resource_link_title);
    }
    launch
}

/// What the pages and the app behind them need of a launch.
pub(super) fn visit(claims: &Claims, role: Role, registration: &Registration) -> Visit {
    let client_id = registration.platform.as_ref().map(|platform| platform.client_id.to_string()).unwrap_or_default();
    let deployment_id = claims.deployment_id().unwrap_or_default();
    let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let given_and_family = || {
        let names: Vec<&str> = [claims.given_name(), claims.family_name()].into_iter().flatten().filter(|name| !name.is_empty()).collect();
        (!names.is_empty()).then(|| names.join(" "))
    };
    let (context, link, instance) = (claims.context(), claims.resource_link(), claims.tool_platform());
    let (context, link, instance) = (context.as_ref(), link.as_ref(), instance.as_ref());
    Visit {
        issuer: claims.issuer().unwrap_or_default().to_owned(),
        tenant: identity::effective(registration).tenant(&client_id, deployment_id),
        client_id,
        sub: owned(claims.sub()),
        name: owned(claims.name()).or_else(given_and_family),
        given_name: owned(claims.given_name()),
        family_name: owned(claims.family_name()),
        email: owned(claims.email()),
        locale: owned(claims.locale()),
        role: role.as_str().to_owned(),
        roles: claims.roles().to_vec(),
        deployment_id: deployment_id.to_owned(),
        context_id: context.and_then(|context| owned(Some(context.id))),
        context_label: context.and_then(|context| owned(context.label)),
        context_title: context.and_then(|context| owned(context.title)),
        context_types: context.map(|context| context.types.iter().map(|kind| (*kind).to_owned()).collect()).unwrap_or_default(),
        resource_link_id: link.map(|link| link.id.to_owned()).unwrap_or_default(),
        resource_link_title: link.and_then(|link| owned(link.title)),
        platform_name: instance.and_then(|instance| owned(instance.name)),
        platform_product: instance.and_then(|instance| owned(instance.product_family_code)),
        custom: claims.custom().clone(),
    }
}

/// Where the link's grades and members are.
pub(super) fn link_services(claims: &Claims) -> LinkServices {
    let grades = claims.ags_endpoint();
    let grades = grades.as_ref();
    LinkServices {
        lineitem_url: grades.and_then(|grades| grades.lineitem.map(str::to_owned)),
        lineitems_url: grades.and_then(|grades| grades.lineitems.map(str::to_owned)),
        grade_scopes: grades.map(|grades| grades.scope.join(" ")).filter(|scopes| !scopes.is_empty()),
        memberships_url: claims.names_and_roles().and_then(|members| members.context_memberships_url.map(str::to_owned)),
    }
}
