//! One item as its checks see it, with what several of them need made once.

use std::cell::OnceCell;

use secmonkey_core::check::{Check, Undecided, World};
use secmonkey_core::item::Item;

use super::effective::Effective;
use super::identity_policy::{self, IdentityPolicies};
use super::resource_policy::{self, ResourcePolicy};
use super::{ec2_instance, s3_bucket, security_group};

/// What a check is asked to judge.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// The item.
    pub item: &'a Item,
    /// What may be looked up besides: what the running check declares.
    pub world: World<'a>,
    /// What the checks of the item share.
    pub shared: &'a Shared<'a>,
}

impl<'a> Case<'a> {
    /// An item in its world, open to all that there is.
    pub fn new(item: &'a Item, world: World<'a>, shared: &'a Shared<'a>) -> Self {
        Self { item, world, shared }
    }

    /// The same for one check, which can look up only what it declares.
    pub fn for_check(&self, check: &'a Check) -> Self {
        Self { world: self.world.for_check(check), ..*self }
    }
}

/// What the checks of one item share. Each piece is made when the first check asks for it.
///
/// What looks something up is answered alike to every check, so whoever hands it out makes
/// sure that the asking check declares it ([`World::require`]): the answer must not depend
/// on which check came first.
#[derive(Default)]
pub(super) struct Shared<'a> {
    /// Where the item has a policy that says who may use it.
    pub resource_policy: Option<&'a ResourcePolicy>,
    /// Where it has those that say what it may do.
    pub identity_policies: Option<&'a IdentityPolicies>,
    pub exposed: Once<Option<resource_policy::Exposed<'a>>>,
    pub stated: Once<Vec<identity_policy::Stated<'a>>>,
    pub effective: Once<Effective<'a>>,
    pub bucket: s3_bucket::Shared<'a>,
    pub group: security_group::Shared<'a>,
    pub instance: ec2_instance::Shared,
}

/// Something made at most once, or the reason why it cannot be known.
pub(super) struct Once<T>(OnceCell<Result<T, Undecided>>);

impl<T> Once<T> {
    /// What was made before, else what `make` makes now.
    pub fn get(&self, make: impl FnOnce() -> Result<T, Undecided>) -> Result<&T, Undecided> {
        self.0.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}
