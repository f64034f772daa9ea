//! The services of AWS that are read, one line each.

use std::collections::BTreeMap;

use crate::budget::Rate;

/// What is known of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Service {
    /// Its name in permissions and settings: `ses`.
    pub id: &'static str,
    /// The name of its endpoints in AWS's list of them: `email`.
    pub endpoint_prefix: &'static str,
    /// How fast it is asked: well under what it is known to take, because the account's
    /// own software needs its share.
    pub rate: Rate,
    /// Whether one endpoint answers for all regions of a partition.
    pub global: bool,
}

/// A regional service.
const fn regional(id: &'static str, endpoint_prefix: &'static str, rate: Rate) -> Service {
    Service { id, endpoint_prefix, rate, global: false }
}

/// ACM. 10 calls a second for most operations.
pub const ACM: Service = regional("acm", "acm", Rate::new(20.0, 8.0));
/// Cloud Control, by which resources of many services are read in one way. 5 reads a second.
pub const CLOUDCONTROL: Service = regional("cloudcontrol", "cloudcontrolapi", Rate::new(10.0, 5.0));
/// CloudFront. Undocumented; listings are throttled early.
pub const CLOUDFRONT: Service = Service {
    id: "cloudfront",
    endpoint_prefix: "cloudfront",
    rate: Rate::new(20.0, 5.0),
    global: true,
};
/// CloudTrail. 10 calls a second for descriptions, 2 for what lists trails and tags.
pub const CLOUDTRAIL: Service = regional("cloudtrail", "cloudtrail", Rate::new(10.0, 5.0));
/// CloudTrail's own log of calls. 2 questions a second.
pub const CLOUDTRAIL_LOOKUP: Service =
    regional("cloudtrail-lookup", "cloudtrail", Rate::new(2.0, 2.0));
/// AWS Config. Undocumented; descriptions of rules are throttled early.
pub const CONFIG: Service = regional("config", "config", Rate::new(10.0, 3.0));
/// Direct Connect. Undocumented.
pub const DIRECTCONNECT: Service = regional("directconnect", "directconnect", Rate::new(10.0, 5.0));
/// DynamoDB, of tables, not of what is in them. 10 descriptions of backups a second, more of tables.
pub const DYNAMODB: Service = regional("dynamodb", "dynamodb", Rate::new(20.0, 10.0));
/// EC2. Describe calls refill at 20 a second, for all callers of the account.
pub const EC2: Service = regional("ec2", "ec2", Rate::new(50.0, 15.0));
/// ECR. 20 calls a second and more for what describes repositories.
pub const ECR: Service = regional("ecr", "api.ecr", Rate::new(20.0, 10.0));
/// ECS. 20 calls a second for descriptions, with a burst of 50 and more.
pub const ECS: Service = regional("ecs", "ecs", Rate::new(40.0, 15.0));
/// EKS. Undocumented for all but a few; 10 a second.
pub const EKS: Service = regional("eks", "eks", Rate::new(20.0, 5.0));
/// Elastic Load Balancing, classic load balancers. Undocumented, and shared with those of
/// the second version.
pub const ELB: Service = regional("elb", "elasticloadbalancing", Rate::new(40.0, 10.0));
/// Elastic Load Balancing: application, network and gateway load balancers.
pub const ELBV2: Service = regional("elbv2", "elasticloadbalancing", Rate::new(40.0, 10.0));
/// S3 Glacier, of vaults. 5 listings a second.
pub const GLACIER: Service = regional("glacier", "glacier", Rate::new(10.0, 3.0));
/// IAM. Undocumented; throttling begins between 20 and 50 calls a second.
pub const IAM: Service =
    Service { id: "iam", endpoint_prefix: "iam", rate: Rate::new(40.0, 20.0), global: true };
/// KMS. 100 calls a second for most descriptions.
pub const KMS: Service = regional("kms", "kms", Rate::new(50.0, 30.0));
/// Lambda. 15 calls a second for all but invocations and `GetFunction`.
pub const LAMBDA: Service = regional("lambda", "lambda", Rate::new(20.0, 10.0));
/// CloudWatch Logs. 10 descriptions of groups a second.
pub const LOGS: Service = regional("logs", "logs", Rate::new(10.0, 5.0));
/// OpenSearch and Elasticsearch. Undocumented.
pub const OPENSEARCH: Service = regional("opensearch", "es", Rate::new(20.0, 5.0));
/// Organizations. Undocumented; throttling begins at a few calls a second.
pub const ORGANIZATIONS: Service = Service {
    id: "organizations",
    endpoint_prefix: "organizations",
    rate: Rate::new(8.0, 3.0),
    global: true,
};
/// RDS, Aurora, Neptune and DocumentDB. Undocumented; shared by all callers of a region.
pub const RDS: Service = regional("rds", "rds", Rate::new(40.0, 10.0));
/// Redshift. Undocumented.
pub const REDSHIFT: Service = regional("redshift", "redshift", Rate::new(20.0, 5.0));
/// Route 53. 5 calls a second for an account, whoever makes them.
pub const ROUTE53: Service =
    Service { id: "route53", endpoint_prefix: "route53", rate: Rate::new(5.0, 3.0), global: true };
/// Route 53's registrar of domains.
pub const ROUTE53DOMAINS: Service = Service {
    id: "route53domains",
    endpoint_prefix: "route53domains",
    rate: Rate::new(5.0, 2.0),
    global: true,
};
/// S3.
pub const S3: Service = regional("s3", "s3", Rate::new(100.0, 100.0));
/// S3 Control: what S3 keeps per account.
pub const S3_CONTROL: Service = regional("s3control", "s3-control", Rate::new(20.0, 10.0));
/// Secrets Manager. 40 descriptions a second.
pub const SECRETSMANAGER: Service =
    regional("secretsmanager", "secretsmanager", Rate::new(40.0, 15.0));
/// SES. One call a second for everything but sending.
pub const SES: Service = regional("ses", "email", Rate::new(10.0, 1.0));
/// SNS. 30 calls a second for listings, more for attributes.
pub const SNS: Service = regional("sns", "sns", Rate::new(40.0, 20.0));
/// SQS. Undocumented for all but messages.
pub const SQS: Service = regional("sqs", "sqs", Rate::new(50.0, 20.0));
/// STS, by which accounts are entered. 600 calls a second.
pub const STS: Service = regional("sts", "sts", Rate::new(50.0, 50.0));

/// All of them, by id.
pub const ALL: &[&Service] = &[
    &ACM,
    &CLOUDCONTROL,
    &CLOUDFRONT,
    &CLOUDTRAIL,
    &CLOUDTRAIL_LOOKUP,
    &CONFIG,
    &DIRECTCONNECT,
    &DYNAMODB,
    &EC2,
    &ECR,
    &ECS,
    &EKS,
    &ELB,
    &ELBV2,
    &GLACIER,
    &IAM,
    &KMS,
    &LAMBDA,
    &LOGS,
    &OPENSEARCH,
    &ORGANIZATIONS,
    &RDS,
    &REDSHIFT,
    &ROUTE53,
    &ROUTE53DOMAINS,
    &S3,
    &S3_CONTROL,
    &SECRETSMANAGER,
    &SES,
    &SNS,
    &SQS,
    &STS,
];

/// How fast each service is asked: as it says itself, unless somebody set another rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rates(BTreeMap<&'static str, Rate>);

impl Rates {
    /// The same rate for every service.
    #[must_use]
    pub fn all(rate: Rate) -> Self {
        Self(ALL.iter().map(|service| (service.id, rate)).collect())
    }

    /// Sets another rate for the service of this id.
    pub fn set(&mut self, service: &'static str, rate: Rate) {
        self.0.insert(service, rate);
    }

    /// The rate of a service.
    #[must_use]
    pub fn of(&self, service: &Service) -> Rate {
        self.0.get(service.id).copied().unwrap_or(service.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_listed_once_by_id() {
        assert!(ALL.is_sorted_by(|a, b| a.id < b.id));
    }

    #[test]
    fn a_rate_that_somebody_set_stands_for_that_service_alone() {
        let set = Rate::at_most(3.0);
        let mut rates = Rates::default();
        rates.set("s3", set);
        assert_eq!((rates.of(&S3), rates.of(&EC2)), (set, EC2.rate));
    }
}
