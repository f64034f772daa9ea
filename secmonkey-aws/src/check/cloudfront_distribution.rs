//! Checks of CloudFront distributions.

use secmonkey_core::item::Item;
use serde_json::Value;

use super::{AwsCheck, list, text};

mod bucket_origin_missing;
mod http_allowed;
mod logging_disabled;
mod origin_unencrypted;
mod tls_minimum_deprecated;

pub(super) const CHECKS: &[AwsCheck] = &[
    bucket_origin_missing::CHECK,
    http_allowed::CHECK,
    logging_disabled::CHECK,
    origin_unencrypted::CHECK,
    tls_minimum_deprecated::CHECK,
];

/// The path of the behaviour that counts where no other does.
const DEFAULT: &str = "*";

/// What a distribution does with requests: the path, where it stands, and the behaviour.
fn behaviors(item: &Item) -> impl Iterator<Item = (&str, String, &Value)> {
    const AT: &str = "/Distribution/DistributionConfig";
    let config = &item.config["Distribution"]["DistributionConfig"];
    let by_path = list(&config["CacheBehaviors"]["Items"]).iter().enumerate();
    let by_path = by_path.map(|(index, behavior)| {
        (text(&behavior["PathPattern"]), format!("{AT}/CacheBehaviors/Items/{index}"), behavior)
    });
    let default = &config["DefaultCacheBehavior"];
    by_path.chain([(DEFAULT, format!("{AT}/DefaultCacheBehavior"), default)])
}

/// Where a distribution gets what it serves, and where that stands.
fn origins(item: &Item) -> impl Iterator<Item = (String, &Value)> {
    let origins = &item.config["Distribution"]["DistributionConfig"]["Origins"]["Items"];
    let at = |index| format!("/Distribution/DistributionConfig/Origins/Items/{index}");
    list(origins).iter().enumerate().map(move |(index, origin)| (at(index), origin))
}
