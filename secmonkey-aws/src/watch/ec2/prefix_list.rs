//! Managed prefix lists: lists of networks that rules and routes name.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ManagedPrefixList, PrefixListState};
use secmonkey_core::technology::Set;
use secmonkey_core::watch::{Error, Listed, Observed, Part, Scope, Wanted};
use serde_json::Value;

use crate::error::{failed, found};
use crate::operation::Operation;
use crate::service;
use crate::session::Sessions;
use crate::shape::Shape as _;
use crate::watch::ec2::{TAGS, only};
use crate::watch::{Described, Events, Facts, Structure, all, object, pages_of, required};

/// Managed prefix lists with their entries: those of the account, and those that other
/// accounts share with it, because its rules name both.
///
/// AWS's own lists, of its services, are recorded without entries: AWS changes those as its
/// services grow, nobody else can, and no check judges them. A deleted list is listed for a
/// while longer: it counts as gone.
pub const PREFIX_LIST: Facts = Facts {
    id: "ec2_prefix_list",
    title: "prefix list",
    operations: &[GET_ENTRIES],
    structures: &[
        Structure::new("ManagedPrefixList", ""),
        Structure::new("PrefixListEntry", "/ManagedPrefixListEntries/Entries/*"),
    ],
    events: &[
        Events::new(
            "/requestParameters/DeleteManagedPrefixListRequest/PrefixListId",
            &["DeleteManagedPrefixList"],
        ),
        Events::new(
            "/requestParameters/ModifyManagedPrefixListRequest/PrefixListId",
            &["ModifyManagedPrefixList"],
        ),
        Events::new(
            "/requestParameters/RestoreManagedPrefixListVersionRequest/PrefixListId",
            &["RestoreManagedPrefixListVersion"],
        ),
        TAGS,
        Events::new(
            "/responseElements/CreateManagedPrefixListResponse/prefixList/prefixListId",
            &["CreateManagedPrefixList"],
        ),
    ],
    sets: &[Set::new("/ManagedPrefixListEntries/Entries", &["Cidr"]), Set::new("/Tags", &["Key"])],
    dropped: &[
        // The ARN of the item.
        "/PrefixListArn",
        // How the last change went: what it changed shows.
        "/State",
        "/StateMessage",
        // Counts the changes, AWS's own too.
        "/Version",
    ],
    ..Facts::of(&service::EC2, LISTS)
};

const LISTS: Operation = Operation::new("ec2:DescribeManagedPrefixLists");
const GET_ENTRIES: Operation =
    Operation::new("ec2:GetManagedPrefixListEntries").absent(&["InvalidPrefixListID.NotFound"]);

/// An object, so that a list without entries is not one that was never read.
const ENTRIES: &str = "/ManagedPrefixListEntries";

/// The largest page of both listings.
const PAGE: i32 = 100;

/// Who owns AWS's own lists.
const AWS: &str = "AWS";

/// The fewest calls that read one region: `⌈lists / 100⌉`, AWS's own included, and
/// `⌈entries / 100⌉` for each list that is not AWS's; one at least of each.
#[must_use]
pub fn fewest_calls(of_aws: usize, entries: &[usize]) -> usize {
    let size = PAGE as usize;
    let each = entries.iter().map(|entries| pages_of(*entries, size));
    pages_of(of_aws + entries.len(), size) + each.sum::<usize>()
}

impl Described for ManagedPrefixList {
    const FACTS: &'static Facts = &PREFIX_LIST;
    type Client = Client;
    type Beside = ();

    fn client(sessions: &Sessions, scope: &Scope) -> Client {
        sessions.ec2(&scope.account, &scope.region)
    }

    async fn page(
        ec2: &Client,
        _scope: &Scope,
        wanted: Option<&[Wanted]>,
        token: Option<String>,
    ) -> Result<Listed<Self>, Error> {
        let call = ec2.describe_managed_prefix_lists().max_results(PAGE).set_next_token(token);
        let page = call.set_filters(only("prefix-list-id", wanted)).send().await;
        let page = page.map_err(|error| failed(LISTS, &error))?;
        Ok(Listed::page(page.prefix_lists, page.next_token))
    }

    async fn observe(
        self,
        ec2: &Client,
        _scope: &Scope,
        _beside: &(),
    ) -> Result<Option<Observed>, Error> {
        if self.state() == Some(&PrefixListState::DeleteComplete) {
            return Ok(None);
        }
        let id = required(LISTS, "PrefixListId", self.prefix_list_id.clone())?;
        let name = self.prefix_list_name.clone().unwrap_or_else(|| id.clone());
        let list = PREFIX_LIST.observed(id.as_str(), self.to_json());
        let list = list.named(name).with_arn(self.prefix_list_arn.clone());
        if self.owner_id() == Some(AWS) {
            return Ok(Some(list));
        }
        Ok(match entries(ec2, &id).await {
            Ok(Some(entries)) => Some(list.with(ENTRIES, Part::Known(entries))),
            Ok(None) => None,
            Err(error) => Some(list.with(ENTRIES, Part::Failed(error))),
        })
    }
}

/// The entries of a list; `None` where it is gone by now.
async fn entries(ec2: &Client, id: &str) -> Result<Option<Value>, Error> {
    let entries = all(GET_ENTRIES, |token| {
        let call = ec2.get_managed_prefix_list_entries().prefix_list_id(id).max_results(PAGE);
        async move {
            let page = found(GET_ENTRIES, call.set_next_token(token).send().await)?;
            Ok(page.map(|page| Listed::page(page.entries, page.next_token)))
        }
    });
    Ok(entries.await?.map(|entries| object([("Entries", entries.to_json())])))
}
