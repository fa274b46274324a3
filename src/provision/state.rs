//! What the database contains, read with a few queries, regardless of its size.

use std::collections::HashMap;

use crate::domain::{
    Account, Client, Consumer, Deployment, Registration, Resource, Settings, Slug, Username,
};
use crate::store::{Error, Managed, Read};

/// An account with its individually granted resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The account.
    pub account: Account,
    /// The slugs of the resources, in alphabetical order.
    pub grants: Vec<Slug>,
}

/// Which parts to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sections {
    pub(super) resources: bool,
    pub(super) accounts: bool,
    pub(super) managed: bool,
}

/// What the database contains, by slugs and usernames.
#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) registrations: HashMap<Slug, (Registration, Vec<Deployment>)>,
    pub(super) consumers: HashMap<Slug, Consumer>,
    pub(super) clients: HashMap<Slug, Client>,
    pub(super) resources: HashMap<Slug, Resource>,
    pub(super) accounts: HashMap<Username, Granted>,
    pub(super) managed: Managed,
}

impl State {
    pub(super) fn read(read: Read<'_>, sections: Sections) -> Result<Self, Error> {
        let registrations = read
            .registrations_with_deployments()?
            .into_iter()
            .map(|registered| (registered.0.slug.clone(), registered))
            .collect();
        let resources = if sections.resources { read.resources()? } else { Vec::new() };
        Ok(Self {
            settings: read.settings()?,
            registrations,
            consumers: read
                .consumers()?
                .into_iter()
                .map(|consumer| (consumer.registration.slug.clone(), consumer))
                .collect(),
            clients: read
                .clients()?
                .into_iter()
                .map(|client| (client.slug.clone(), client))
                .collect(),
            resources: resources
                .into_iter()
                .map(|resource| (resource.slug.clone(), resource))
                .collect(),
            accounts: if sections.accounts { accounts(read)? } else { HashMap::new() },
            managed: if sections.managed { read.managed()? } else { Managed::default() },
        })
    }
}

fn accounts(read: Read<'_>) -> Result<HashMap<Username, Granted>, Error> {
    let mut grants: HashMap<i64, Vec<Slug>> = HashMap::new();
    for (account, resource) in read.all_grants()? {
        grants.entry(account).or_default().push(resource);
    }
    let granted = |account: Account| Granted {
        grants: grants.remove(&account.id).unwrap_or_default(),
        account,
    };
    Ok(read
        .accounts()?
        .into_iter()
        .map(granted)
        .map(|granted| (granted.account.username.clone(), granted))
        .collect())
}
