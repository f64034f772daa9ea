//! Decisions about who may ask and decide over the API.

use std::fmt;

use super::rules::{Made, made};
use super::{Decided, Decisions, Error};
use crate::event::{Event, StreamId};
use crate::governance::{RuleId, Token, User, unfit};
use crate::nearest::{Named, Unknown};
use crate::query::{self, Query};
use crate::registry::Registry;
use crate::view::RuleRow;

/// A name has so many characters at most.
const LONGEST: usize = 64;

impl Decisions {
    /// Lets somebody in who was not before.
    ///
    /// # Errors
    /// Where the name cannot be or is taken, or the scope means nothing.
    pub async fn add_user(&self, user: &User, registry: &Registry) -> Result<User, Error> {
        let user = &self.fit_user(user, registry)?;
        self.decided(|| {
            if let Some(known) = self.users()?.into_iter().find(|row| row.rule.id == user.id) {
                return Err(Error::UserExists(known.rule.name));
            }
            Ok((user.clone(), one(Event::UserAdded(user.clone()))))
        })
        .await
    }

    /// Gives a user another role, or lets them see other items. `edit` is called on what is
    /// known of them, once more for each write that it meets.
    ///
    /// # Errors
    /// Where there is none of the name, the scope means nothing, or nobody would be left who
    /// may do everything.
    pub async fn edit_user(
        &self,
        name: &str,
        registry: &Registry,
        edit: impl Fn(&mut User) + Sync,
    ) -> Result<(Made, User), Error> {
        self.decided(|| {
            let users = self.users()?;
            let known = named(&users, name)?;
            let mut user = known.clone();
            edit(&mut user);
            let user = self.fit_user(&User { name: known.name.clone(), ..user }, registry)?;
            require_admin(&users, known, user.is_admin())?;
            let (made, events) = made(Some(known), &user, || Event::UserUpdated(user.clone()));
            Ok(((made, user), events))
        })
        .await
    }

    /// Lets somebody in no longer, nor what comes with their tokens. Returns who that was.
    ///
    /// # Errors
    /// Where there is none of the name, or nobody would be left who may do everything.
    pub async fn remove_user(&self, name: &str) -> Result<User, Error> {
        self.decided(|| {
            let users = self.users()?;
            let user = named(&users, name)?;
            require_admin(&users, user, false)?;
            let tokens = self.tokens()?.into_iter().map(|row| row.rule);
            let theirs = tokens.filter(|token| token.user.as_ref() == Some(&user.name));
            let revoked = theirs.map(|token| Event::TokenRevoked { id: token.id });
            let events = revoked.chain([Event::UserRemoved { id: user.id.clone() }]);
            let decided = events.map(|event| Decided::new(StreamId::governance(), event));
            Ok((user.clone(), decided.collect()))
        })
        .await
    }

    /// Records that somebody's password changed. The password is never in the log.
    ///
    /// # Errors
    /// Where there is none of the name.
    pub async fn change_password(&self, name: &str) -> Result<User, Error> {
        self.decided(|| {
            let users = self.users()?;
            let user = named(&users, name)?;
            Ok((user.clone(), one(Event::PasswordChanged { user: user.id.clone() })))
        })
        .await
    }

    /// Lets a program in. What proves that it is the one is never in the log. Without a registry
    /// its scope may name what is not there: whoever does not see everything would learn from what
    /// is refused what there is.
    ///
    /// # Errors
    /// Where the name cannot be, or a token of its owner has it; where it would be over already,
    /// its scope means nothing, or there is no such user.
    pub async fn issue_token(
        &self,
        token: &Token,
        registry: Option<&Registry>,
    ) -> Result<Token, Error> {
        let name = fit_name("token", &token.name)?;
        self.fit_scope(&token.scope, registry)?;
        if token.until <= self.now() {
            return Err(Error::Over(token.until));
        }
        self.decided(|| {
            let users = self.users()?;
            let user = token.user.as_deref().map(|name| named(&users, name)).transpose()?;
            let user = user.map(|user| user.name.clone());
            let id = RuleId::of_token(user.as_deref(), &name);
            if self.tokens()?.iter().any(|row| row.rule.id == id) {
                return Err(Error::TokenExists(name.clone()));
            }
            let token = Token { id, name: name.clone(), user, ..token.clone() };
            Ok((token.clone(), one(Event::TokenIssued(token))))
        })
        .await
    }

    /// Lets a program in no longer. Returns which one that was.
    ///
    /// # Errors
    /// Where there is no token of the id.
    pub async fn revoke_token(&self, id: &str) -> Result<Token, Error> {
        self.decided(|| {
            let tokens = self.tokens()?;
            let Some(row) = tokens.iter().find(|row| row.rule.id.as_str() == id) else {
                let ids = tokens.iter().map(|row| row.rule.id.as_str());
                return Err(Unknown::new(Named::Token, id, ids).into());
            };
            Ok((row.rule.clone(), one(Event::TokenRevoked { id: row.rule.id.clone() })))
        })
        .await
    }

    /// Brings what is said of a user into form.
    fn fit_user(&self, user: &User, registry: &Registry) -> Result<User, Error> {
        let name = fit_name("user", &user.name)?;
        self.fit_scope(&user.scope, Some(registry))?;
        Ok(User { id: RuleId::of_user(&name), name, ..user.clone() })
    }

    /// What somebody sees does not depend on time, on findings, or on what rules decide.
    fn fit_scope(&self, scope: &Query, registry: Option<&Registry>) -> Result<(), Error> {
        if let Some(term) = unfit(scope) {
            return Err(Error::Unfit(term.to_string()));
        }
        if let Some(registry) = registry {
            // Refuses names that nothing has.
            scope.clone().select(&self.views, registry)?;
        }
        Ok(())
    }

    fn users(&self) -> Result<Vec<RuleRow<User>>, Error> {
        Ok(query::users(&self.known())?)
    }

    fn tokens(&self) -> Result<Vec<RuleRow<Token>>, Error> {
        Ok(query::tokens(&self.known())?)
    }
}

fn one(event: Event) -> Vec<Decided> {
    vec![Decided::new(StreamId::governance(), event)]
}

/// The user of a name, in whatever case.
fn named<'a>(users: &'a [RuleRow<User>], name: &str) -> Result<&'a User, Error> {
    let id = RuleId::of_user(name);
    let found = users.iter().map(|row| &row.rule).find(|user| user.id == id);
    found.ok_or_else(|| {
        let names = users.iter().map(|row| row.rule.name.as_str());
        Unknown::new(Named::User, name, names).into()
    })
}

/// Refuses to leave nobody who may do everything.
fn require_admin(users: &[RuleRow<User>], user: &User, stays: bool) -> Result<(), Error> {
    let mut others = users.iter().map(|row| &row.rule).filter(|other| other.id != user.id);
    if stays || !user.is_admin() || others.any(User::is_admin) {
        return Ok(());
    }
    Err(Error::LastAdmin(user.name.clone()))
}

/// A name as the log can say it: no spaces around it, nothing that cannot be seen.
fn fit_name(what: &'static str, name: &str) -> Result<String, Error> {
    let invalid = |reason: &dyn fmt::Display| Error::Name {
        what,
        name: name.to_owned(),
        reason: reason.to_string(),
    };
    let name = name.trim();
    if name.is_empty() {
        return Err(invalid(&"it is empty"));
    }
    if name.chars().count() > LONGEST {
        return Err(invalid(&format_args!("it has more than {LONGEST} characters")));
    }
    let fits = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    if let Some(wrong) = name.chars().find(|c| !fits(*c)) {
        let wrong = wrong.escape_debug();
        return Err(invalid(&format_args!(
            "`{wrong}` is no letter, no digit, and none of `. _ - @ +`"
        )));
    }
    Ok(name.to_owned())
}
