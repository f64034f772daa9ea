//! What configurations and policies of AWS name: the kinds of names by which whose
//! something is can be looked up ([`World::owners`](secmonkey_core::check::World::owners)).
//! Addresses are [`Kind::BLOCK`].

use secmonkey_core::technology::Kind;

/// The name of a bucket.
pub const BUCKET: Kind = Kind::named("bucket");
/// The canonical user id by which S3 knows an account.
pub const CANONICAL_USER: Kind = Kind::named("canonical_user");
/// The unique id of a user or a role: `AIDA...`, `AROA...`.
pub const UNIQUE_ID: Kind = Kind::named("unique_id");
/// The domain name of a CloudFront distribution: `d111111abcdef8.cloudfront.net`.
pub const DISTRIBUTION: Kind = Kind::named("distribution");
/// The id of a VPC.
pub const VPC: Kind = Kind::named("vpc");
/// The id of a VPC endpoint.
pub const VPC_ENDPOINT: Kind = Kind::named("vpc_endpoint");
/// The id of an organization: `o-...`.
pub const ORGANIZATION: Kind = Kind::named("organization");
