//! What the policy checks ask of the access points of S3.

use secmonkey_core::check::Undecided;

use super::case::Case;
use super::s3_bucket;

/// What keeps the public out of an access point, of one region or of several, whatever its
/// policy says.
pub(super) fn public_access_block(case: &Case<'_>) -> Result<Option<&'static str>, Undecided> {
    let point = &case.item.config["AccessPoint"];
    if point["NetworkOrigin"] == "VPC" {
        return Ok(Some("its VPC"));
    }
    let blocks = [&point["PublicAccessBlockConfiguration"], &case.item.config["PublicAccessBlock"]];
    let is_blocked = blocks.iter().any(|block| block["RestrictPublicBuckets"] == true);
    if is_blocked { Ok(Some(s3_bucket::BLOCK)) } else { s3_bucket::public_access_block(case) }
}
