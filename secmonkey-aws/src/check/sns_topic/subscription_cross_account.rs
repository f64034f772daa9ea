#![doc = include_str!("subscription_cross_account.md")]

use std::borrow::Cow;

use secmonkey_core::check::{Check, Findings, Undecided};
use secmonkey_core::texts::Texts;
use secmonkey_policy::Who;

use crate::check::case::Case;
use crate::check::subject::Subscription;
use crate::check::{AwsCheck, list, text};
use crate::relation::{Relation, account, relation};

pub(super) const CHECK: AwsCheck = AwsCheck {
    check: Check {
        id: Cow::Borrowed("sns_topic.subscription_cross_account"),
        technology: Cow::Borrowed("sns_topic"),
        score: 7,
        reads: Texts::new(&["/Subscriptions"]),
        world: Texts::new(&["accounts"]),
        page: Cow::Borrowed(include_str!("subscription_cross_account.md")),
        ..Check::DEFAULT
    },
    run,
};

/// What AWS tells in place of the ARN of a subscription that nobody confirmed.
const PENDING: &str = "PendingConfirmation";

fn run(case: &Case<'_>, found: &mut Findings) -> Result<(), Undecided> {
    let owner = &case.item.key.account;
    for (index, one) in list(&case.item.config["Subscriptions"]).iter().enumerate() {
        let (protocol, endpoint) = (text(&one["Protocol"]), text(&one["Endpoint"]));
        let subscriber = account(text(&one["Owner"]), owner, &case.world)?;
        let receiver = match endpoint.split(':').nth(4) {
            Some(id) if endpoint.starts_with("arn:") && !id.is_empty() => {
                Some(relation(&Who::Arn(endpoint.into()), owner, &case.world)?).map(|it| (id, it))
            }
            _ => None,
        };
        // The one who is further from us.
        let both = [Some((text(&one["Owner"]), subscriber)), receiver];
        let Some((id, party)) = both.into_iter().flatten().max_by_key(|(_, it)| it.relation) else {
            continue;
        };
        let gets = if one["SubscriptionArn"] == PENDING {
            "would get the messages once it confirms"
        } else {
            "gets the messages"
        };
        let score = match party.relation {
            Relation::Own => continue,
            Relation::Friendly | Relation::ThirdParty => 0,
            Relation::Unknown if one["SubscriptionArn"] == PENDING => 3,
            Relation::Unknown => 7,
        };
        let subject = Subscription { account: id, protocol, endpoint };
        let detail = format!("account {id} ({party}) {gets}: {protocol} {endpoint}");
        found.add(subject, detail).score(score).at(format!("/Subscriptions/{index}"));
    }
    Ok(())
}
