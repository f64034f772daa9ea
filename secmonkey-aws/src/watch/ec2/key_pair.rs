//! Key pairs: the public keys that instances are started with.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::KeyPairInfo;
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Scope, Wanted};

use crate::error::failed;
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, arn, only};
use crate::watch::{Described, Events, Facts, Structure, Writes, required};

/// Key pairs with their public keys. A name may be used again for another key: the id
/// tells them apart.
pub const KEY_PAIR: Facts = Facts {
    id: "key_pair",
    title: "key pair",
    structures: &[Structure::new("KeyPairInfo", "")],
    events: &[
        Events::new("/requestParameters/keyName", &["DeleteKeyPair"]),
        TAGS,
        Events::new("/responseElements/keyPairId", &["CreateKeyPair", "ImportKeyPair"]),
    ],
    sets: &[Set::new("/Tags", &["Key"])],
    writes: &[Writes::new("", &["CreateKeyPair", "DeleteKeyPair", "ImportKeyPair"])],
    ..Facts::of(&service::EC2, KEY_PAIRS)
};

const KEY_PAIRS: Operation = Operation::new("ec2:DescribeKeyPairs");

/// The calls that read one region: the listing has no pages.
pub const FEWEST_CALLS: usize = 1;

impl Described for KeyPairInfo {
    const FACTS: &'static Facts = &KEY_PAIR;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ec2(&scope.account, &scope.region)
    }

    async fn page(
        ec2: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        _token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = ec2.describe_key_pairs().include_public_key(true);
        let answer = call.set_filters(only("key-pair-id", wanted)).send().await;
        let answer = answer.map_err(|error| failed(KEY_PAIRS, &error))?;
        Ok(Listed::page(answer.key_pairs, None))
    }

    async fn observe(
        self,
        _ec2: &Client,
        scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        let id = required(KEY_PAIRS, "KeyPairId", self.key_pair_id.clone())?;
        let name = required(KEY_PAIRS, "KeyName", self.key_name.clone())?;
        let arn = arn(scope, "key-pair", &name);
        Ok(Some(KEY_PAIR.observed(id, self.to_json()).named(name).with_arn(arn)))
    }
}
