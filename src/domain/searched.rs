//! What a search of the whole database finds.

use super::words::words;

words! {
    /// A kind of object that can be found, in the order of the results.
    SearchKind, "kind", {
        /// A registration, by its name and slug.
        Registration = "registration",
        /// A registration, by its platform's details: issuer, client ID and URLs.
        Platform = "platform",
        /// A deployment.
        Deployment = "deployment",
        /// A course or activity of the tool.
        Resource = "resource",
        /// An account.
        Account = "account",
        /// A course of a platform.
        Course = "course",
        /// A link from which a resource was launched.
        Link = "link",
        /// An entry of the launch log.
        Launch = "launch",
        /// An entry of the audit log.
        Audit = "audit",
    }
}

words! {
    /// A field that a search can name. Objects of other kinds than those given here do not have it.
    SearchField, "field", {
        /// Names and titles of everything; of a launch, the person's name and the link's title.
        Name = "name",
        /// Slugs, usernames, UUIDs and other identifiers of everything.
        Id = "id",
        /// Email addresses of accounts.
        Email = "email",
        /// Issuers of platforms.
        Issuer = "issuer",
        /// Client IDs of platforms.
        ClientId = "client_id",
        /// URLs of platforms, and the targets of resources.
        Url = "url",
        /// Descriptions of resources, and institutions of accounts.
        Description = "description",
        /// The slug of the registration to which anything but a resource or an account belongs.
        Registration = "registration",
        /// The slug of the resource of links and launches.
        Resource = "resource",
        /// The courses of launches.
        Course = "course",
        /// The platform's identifiers of people who launched (`sub`).
        User = "user",
        /// Deployment IDs of launches.
        Deployment = "deployment",
        /// Reason codes of launches; `accepted` if they were accepted.
        Reason = "reason",
        /// Roles of launches.
        Role = "role",
        /// The kinds of what was changed, in the audit log.
        Noun = "noun",
        /// What was done: created, changed or deleted, in the audit log.
        Action = "action",
        /// Who made a change, and with which command, in the audit log.
        Actor = "actor",
    }
}
