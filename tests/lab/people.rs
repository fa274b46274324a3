//! People who have an account on the tool before they come, as an admin makes it.

use ltictl::domain::{Account, AccountLink, Clock, PlatformUser, Profile, Random, Slug, Username};
use ltictl::rules::passwords;
use ltictl::sandbox::User;

use super::Lab;

impl Lab {
    /// Makes an account that its platform user's launches open; gives its key.
    pub(crate) fn account_of(&self, user: User, username: &str) -> i64 {
        let sub = match user {
            User::Ada => "2",
            User::Tina => "3",
            User::Sam => "4",
            User::Zoe => "5",
            User::Anonymous => "6",
        };
        let id = self.account(username);
        let user = PlatformUser {
            issuer: self.sandbox.issuer().to_owned(),
            tenant: String::new(),
            sub: sub.to_owned(),
        };
        let link = AccountLink::new(user, Clock::System.now());
        assert!(self.store().write(|write| write.insert_account_link(id, &link)).unwrap());
        id
    }

    /// Makes an account that nobody's launches open yet; gives its key.
    pub(crate) fn account(&self, username: &str) -> i64 {
        let account = Account::by_admin(
            Username::new(username).unwrap(),
            Random::System.uuid(),
            Profile::default(),
            Clock::System.now(),
        );
        self.store().write(|write| write.insert_account(&account)).unwrap()
    }

    /// Gives an account a password.
    pub(crate) fn set_password(&self, account_id: i64, password: &str) {
        let hash = passwords::hash(password, &Random::System).unwrap();
        self.store()
            .write(|write| write.set_password_hash(account_id, Some(&hash), Clock::System.now()))
            .unwrap();
    }

    /// Lets content selection offer an account everything.
    pub(crate) fn grant_all(&self, account_id: i64) {
        let mut store = self.store();
        let account = store.read().account_by_id(account_id).unwrap().unwrap();
        store
            .write(|write| {
                write.update_account(&Account { grants_all: true, ..account }, Clock::System.now())
            })
            .unwrap();
    }

    /// Lets content selection offer an account one resource.
    pub(crate) fn grant(&self, account_id: i64, slug: &str) {
        let mut store = self.store();
        let resource = store.read().resource(&Slug::new(slug).unwrap()).unwrap().unwrap();
        assert!(store.write(|write| write.insert_grant(account_id, resource.id)).unwrap());
    }

    /// Takes that back.
    pub(crate) fn revoke(&self, account_id: i64, slug: &str) {
        let mut store = self.store();
        let resource = store.read().resource(&Slug::new(slug).unwrap()).unwrap().unwrap();
        assert_eq!(
            store.write(|write| write.delete_grants(account_id, Some(resource.id))).unwrap(),
            1
        );
    }
}
