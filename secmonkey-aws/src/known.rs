//! What AWS publishes about itself: the accounts that its services work from.
//!
//! A policy that lets one of them in names an account that nobody registered, and that is
//! still no stranger. It is no friend either: a service account acts for every customer of
//! AWS, and what it may do here has to be limited by the policy itself.

use std::fmt;

/// An account that a service of AWS works from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The service, by AWS's name: `Elastic Load Balancing`.
    pub service: &'static str,
    /// The region it works for: `eu-west-1`. `us-gov` stands for both regions of
    /// AWS GovCloud (US), `global` for all regions.
    pub region: &'static str,
}

/// `Elastic Load Balancing in eu-west-1`, `AWS Billing`.
impl fmt::Display for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            GLOBAL => f.write_str(self.service),
            region => write!(f, "{} in {region}", self.service),
        }
    }
}

/// The service that works from this account, where AWS says so.
///
/// ```
/// use secmonkey_aws::known::service_account;
///
/// let delivery = service_account("156460612806").map(|account| account.to_string());
/// assert_eq!(delivery.as_deref(), Some("Elastic Load Balancing in eu-west-1"));
/// assert_eq!(service_account("123456789012"), None);
/// ```
#[must_use]
pub fn service_account(id: &str) -> Option<ServiceAccount> {
    let at = ACCOUNTS.binary_search_by_key(&id, |(id, ..)| id).ok()?;
    let (_, service, region) = ACCOUNTS[at];
    Some(ServiceAccount { service, region })
}

/// Delivers access logs to buckets. Regions since August 2022 have a service principal
/// instead. Source: *Enable access logs for your Application Load Balancer*, User Guide
/// for Application Load Balancers; for China and AWS GovCloud (US) *Enable access logs for
/// your Classic Load Balancer*.
const BALANCING: &str = "Elastic Load Balancing";

/// Delivers trails to buckets whose policies are older than its service principal. Source:
/// *CloudTrail supported Regions*, AWS CloudTrail User Guide; for AWS GovCloud (US)
/// *Verifying CloudTrail* in its user guide.
const CLOUDTRAIL: &str = "AWS CloudTrail";

/// Delivers audit logs to buckets whose policies are older than its service principal.
/// Source: *Database audit logging*, Amazon Redshift Management Guide; for China the
/// guide's edition there, for AWS GovCloud (US) *Amazon Redshift* in its user guide.
const REDSHIFT: &str = "Amazon Redshift";

/// Delivers billing reports to buckets whose policies are older than its service principal.
/// Source: *Getting started with AWS Billing*, AWS Billing User Guide.
const BILLING: &str = "AWS Billing";

/// Scans copies of volumes: their snapshots are shared with it. Source: *GuardDuty service
/// accounts by AWS Region*, Amazon GuardDuty User Guide.
const GUARDDUTY: &str = "Amazon GuardDuty";

/// The region of a service that has one account for all of them.
const GLOBAL: &str = "global";

/// By id. Looked up in November 2026.
const ACCOUNTS: &[(&str, &str, &str)] = &[
    ("002294850712", GUARDDUTY, "eu-central-1"),
    ("009160069308", GUARDDUTY, "ap-southeast-5"),
    ("009996457667", BALANCING, "eu-west-3"),
    ("013126148197", REDSHIFT, "me-south-1"),
    ("027434742980", BALANCING, "us-west-1"),
    ("033677994240", BALANCING, "us-east-2"),
    ("034638983726", CLOUDTRAIL, "me-south-1"),
    ("035351147821", CLOUDTRAIL, "eu-central-1"),
    ("037604701340", BALANCING, "cn-northwest-1"),
    ("039163547507", GUARDDUTY, "ap-northeast-2"),
    ("048591011584", BALANCING, "us-gov-west-1"),
    ("053454850223", REDSHIFT, "eu-central-1"),
    ("054676820928", BALANCING, "eu-central-1"),
    ("069019280451", CLOUDTRAIL, "ap-southeast-3"),
    ("075028567923", REDSHIFT, "sa-east-1"),
    ("076674570225", BALANCING, "me-south-1"),
    ("086441151436", CLOUDTRAIL, "us-east-1"),
    ("089661699081", GUARDDUTY, "ap-northeast-3"),
    ("090321488786", REDSHIFT, "ap-northeast-3"),
    ("098369216593", BALANCING, "af-south-1"),
    ("111890595117", REDSHIFT, "cn-north-1"),
    ("113285607260", CLOUDTRAIL, "us-west-2"),
    ("114774131450", BALANCING, "ap-southeast-1"),
    ("119688915426", CLOUDTRAIL, "ap-east-1"),
    ("124839743349", GUARDDUTY, "ap-southeast-2"),
    ("127311923021", BALANCING, "us-east-1"),
    ("156460612806", BALANCING, "eu-west-1"),
    ("175877067165", GUARDDUTY, "ca-central-1"),
    ("178123968615", GUARDDUTY, "us-east-2"),
    ("187074758985", CLOUDTRAIL, "ap-southeast-4"),
    ("190560391635", BALANCING, "us-gov-east-1"),
    ("193415116832", CLOUDTRAIL, "cn-north-1"),
    ("193672423079", REDSHIFT, "us-east-1"),
    ("210876761215", REDSHIFT, "eu-west-1"),
    ("216624486486", CLOUDTRAIL, "ap-northeast-1"),
    ("226283551151", GUARDDUTY, "us-gov-east-1"),
    ("226300430612", GUARDDUTY, "us-gov-west-1"),
    ("247460962669", GUARDDUTY, "ap-southeast-1"),
    ("249472122084", GUARDDUTY, "ap-east-1"),
    ("262260360010", REDSHIFT, "us-west-1"),
    ("262312530599", CLOUDTRAIL, "eu-west-3"),
    ("282025262664", CLOUDTRAIL, "eu-west-2"),
    ("283769539786", GUARDDUTY, "eu-west-1"),
    ("284668455005", CLOUDTRAIL, "ap-southeast-2"),
    ("307160386991", REDSHIFT, "eu-west-2"),
    ("310125036783", GUARDDUTY, "eu-west-2"),
    ("313564881002", REDSHIFT, "ap-east-1"),
    ("353488359550", GUARDDUTY, "ap-southeast-4"),
    ("361669875840", REDSHIFT, "ap-southeast-1"),
    ("365689465814", REDSHIFT, "af-south-1"),
    ("383597477331", BALANCING, "ap-northeast-3"),
    ("386209384616", BILLING, GLOBAL),
    ("388731089494", CLOUDTRAIL, "us-west-1"),
    ("391106570357", REDSHIFT, "us-east-2"),
    ("404001805210", GUARDDUTY, "me-south-1"),
    ("404641285394", REDSHIFT, "ap-northeast-1"),
    ("447226417196", GUARDDUTY, "us-west-2"),
    ("448721096076", GUARDDUTY, "cn-north-1"),
    ("452118225523", GUARDDUTY, "ap-southeast-3"),
    ("453052556044", CLOUDTRAIL, "eu-central-2"),
    ("475085895292", CLOUDTRAIL, "us-east-2"),
    ("480864352451", GUARDDUTY, "cn-northwest-1"),
    ("492519147666", CLOUDTRAIL, "ap-northeast-2"),
    ("507241528517", BALANCING, "sa-east-1"),
    ("525921808201", CLOUDTRAIL, "af-south-1"),
    ("546914126324", GUARDDUTY, "sa-east-1"),
    ("557690616787", GUARDDUTY, "mx-central-1"),
    ("582318560864", BALANCING, "ap-northeast-1"),
    ("582488909970", CLOUDTRAIL, "ap-south-2"),
    ("585772288577", CLOUDTRAIL, "me-central-1"),
    ("589379963580", BALANCING, "ap-southeast-3"),
    ("600734575887", BALANCING, "ap-northeast-2"),
    ("608710470296", CLOUDTRAIL, "us-gov"),
    ("619233833001", GUARDDUTY, "il-central-1"),
    ("635631232127", BALANCING, "eu-south-1"),
    ("638102146993", BALANCING, "cn-north-1"),
    ("652050842985", GUARDDUTY, "us-east-1"),
    ("652711504416", BALANCING, "eu-west-2"),
    ("660998842044", REDSHIFT, "cn-northwest-1"),
    ("665727464434", REDSHIFT, "us-gov"),
    ("669213148797", GUARDDUTY, "us-west-1"),
    ("669305197877", CLOUDTRAIL, "eu-south-1"),
    ("681348832753", CLOUDTRAIL, "cn-northwest-1"),
    ("682251015962", GUARDDUTY, "ap-south-2"),
    ("683224464357", CLOUDTRAIL, "il-central-1"),
    ("693780578038", GUARDDUTY, "eu-north-1"),
    ("718504428378", BALANCING, "ap-south-1"),
    ("729911121831", REDSHIFT, "eu-north-1"),
    ("754344448648", BALANCING, "ap-east-1"),
    ("757211635381", CLOUDTRAIL, "eu-south-2"),
    ("760740231472", REDSHIFT, "ap-northeast-2"),
    ("762762565011", REDSHIFT, "ap-southeast-2"),
    ("765225791966", CLOUDTRAIL, "ap-northeast-3"),
    ("783225319266", BALANCING, "ap-southeast-2"),
    ("797873946194", BALANCING, "us-west-2"),
    ("814480443879", CLOUDTRAIL, "sa-east-1"),
    ("819402241893", CLOUDTRAIL, "ca-central-1"),
    ("828603743433", GUARDDUTY, "me-central-1"),
    ("829690693026", CLOUDTRAIL, "eu-north-1"),
    ("859597730677", CLOUDTRAIL, "eu-west-1"),
    ("863518437308", GUARDDUTY, "ap-east-2"),
    ("865932855811", REDSHIFT, "ap-south-1"),
    ("866607715269", GUARDDUTY, "eu-west-3"),
    ("867642063380", GUARDDUTY, "eu-central-2"),
    ("874749492622", GUARDDUTY, "ap-northeast-1"),
    ("894794104037", GUARDDUTY, "ca-west-1"),
    ("897822967062", BALANCING, "eu-north-1"),
    ("902366379725", REDSHIFT, "us-west-2"),
    ("903692715234", CLOUDTRAIL, "ap-southeast-1"),
    ("907379612154", REDSHIFT, "ca-central-1"),
    ("913179291432", GUARDDUTY, "ap-south-1"),
    ("915173422425", REDSHIFT, "eu-west-3"),
    ("936182149045", GUARDDUTY, "eu-south-2"),
    ("941377115582", GUARDDUTY, "ap-southeast-7"),
    ("945612479654", REDSHIFT, "eu-south-1"),
    ("957664736811", GUARDDUTY, "af-south-1"),
    ("977081816279", CLOUDTRAIL, "ap-south-1"),
    ("977238331021", GUARDDUTY, "eu-south-1"),
    ("985666609251", BALANCING, "ca-central-1"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn ids_are_twelve_digits_sorted_and_unique() {
        assert!(ACCOUNTS.is_sorted_by(|(a, ..), (b, ..)| a < b));
        for (id, ..) in ACCOUNTS {
            assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        }
    }

    /// A service has one account in a region: two would be a slip of the pen.
    #[test]
    fn every_region_of_a_service_stands_there_once() {
        let mut places = BTreeMap::new();
        for (id, service, region) in ACCOUNTS {
            let twice = places.insert((service, region), id);
            assert_eq!(twice, None, "{service} in {region}: {id}");
        }
    }

    #[test]
    fn accounts_of_each_list_are_found() {
        for (id, told) in [
            ("127311923021", "Elastic Load Balancing in us-east-1"),
            ("009996457667", "Elastic Load Balancing in eu-west-3"),
            ("985666609251", "Elastic Load Balancing in ca-central-1"),
            ("086441151436", "AWS CloudTrail in us-east-1"),
            ("608710470296", "AWS CloudTrail in us-gov"),
            ("193672423079", "Amazon Redshift in us-east-1"),
            ("053454850223", "Amazon Redshift in eu-central-1"),
            ("386209384616", "AWS Billing"),
            ("652050842985", "Amazon GuardDuty in us-east-1"),
        ] {
            assert_eq!(
                service_account(id).map(|account| account.to_string()).as_deref(),
                Some(told)
            );
        }
        for id in ["", "1", "127311923022", "arn:aws:iam::127311923021:root"] {
            assert_eq!(service_account(id), None, "{id}");
        }
    }
}
