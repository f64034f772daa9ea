//! What the resources of the estate look like.

use secmonkey_core::account::AccountId;
use secmonkey_core::technology::Technology;
use serde_json::{Value, json};

use super::random::Random;

pub fn config(
    technology: &Technology,
    account: &AccountId,
    name: &str,
    id: &str,
    random: &mut Random,
) -> Value {
    match technology.id.as_ref() {
        "security_group" => {
            let rules: Vec<_> = (0..=random.below(9)).map(|_| rule(account, random)).collect();
            json!({
                "Attachments": (0..random.below(3)).map(|_| attachment(random)).collect::<Vec<_>>(),
                "Description": format!("{} {}", random.pick(&["Allow", "Access to", "Managed by Terraform:", "Created by CloudFormation for"]), name),
                "GroupId": id,
                "GroupName": name,
                "IpPermissions": rules,
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                "OwnerId": account,
                "Tags": tags(name, random),
                "VpcId": format!("vpc-0{}", random.hex(16)),
            })
        }
        "s3_bucket" => bucket(account, name, random),
        "iam_role" => json!({
            "Arn": format!("arn:aws:iam::{account}:role/{name}"),
            "AssumeRolePolicyDocument": trust(account, random),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "Description": format!("Allows {} to call AWS services on your behalf.", random.pick(&["EC2 instances", "Lambda functions", "ECS tasks"])),
            "MaxSessionDuration": 3600,
            "Path": "/",
            "RoleId": id,
            "RoleLastUsed": {"LastUsedDate": random.time()},
            "RoleName": name,
            "RolePolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
            "Tags": tags(name, random),
        }),
        "iam_user" => json!({
            "AccessKeys": [access_key(random)],
            "Arn": format!("arn:aws:iam::{account}:user/{name}"),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "GroupList": [random.word(), random.word()],
            "LoginProfile": {"CreateDate": random.time(), "PasswordResetRequired": false},
            "MFADevices": [{"EnableDate": random.time(), "SerialNumber": format!("arn:aws:iam::{account}:mfa/{name}")}],
            "PasswordLastUsed": random.time(),
            "Path": "/",
            "Tags": tags(name, random),
            "UserId": id,
            "UserName": name,
            "UserPolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
        }),
        "iam_group" => json!({
            "Arn": format!("arn:aws:iam::{account}:group/{name}"),
            "AttachedManagedPolicies": attached(account, random),
            "CreateDate": random.time(),
            "GroupId": id,
            "GroupName": name,
            "GroupPolicyList": [{"PolicyDocument": document(account, random), "PolicyName": name}],
            "Path": "/",
            "Users": [{"UserId": random.unique_id("AIDA"), "UserName": random.name()}],
        }),
        "iam_managed_policy" => json!({
            "Arn": format!("arn:aws:iam::{account}:policy/{name}"),
            "AttachmentCount": random.below(9),
            "CreateDate": random.time(),
            "DefaultVersionId": "v2",
            "Document": document(account, random),
            "IsAttachable": true,
            "Path": "/",
            "PermissionsBoundaryUsageCount": 0,
            "PolicyId": id,
            "PolicyName": name,
            "PolicyVersionList": [{"CreateDate": random.time(), "IsDefaultVersion": true, "VersionId": "v2"}],
            "UpdateDate": random.time(),
        }),
        "s3_account" => json!({"PublicAccessBlockConfiguration": access_block(random)}),
        _ => json!({
            "DkimAttributes": {"DkimEnabled": true, "DkimTokens": [random.hex(32), random.hex(32)], "DkimVerificationStatus": "Success"},
            "Identity": format!("{name}.example.com"),
            "MailFromDomainAttributes": {"BehaviorOnMXFailure": "UseDefaultValue", "MailFromDomain": format!("mail.{name}.example.com"), "MailFromDomainStatus": "Success"},
            "NotificationAttributes": {"BounceTopic": format!("arn:aws:sns:eu-west-1:{account}:bounces"), "ForwardingEnabled": true, "HeadersInBounceNotificationsEnabled": false, "HeadersInComplaintNotificationsEnabled": false, "HeadersInDeliveryNotificationsEnabled": false},
            "VerificationAttributes": {"VerificationStatus": random.pick(&["Success", "Pending", "Failed"]), "VerificationToken": random.hex(40)},
        }),
    }
}

pub fn bucket(account: &AccountId, name: &str, random: &mut Random) -> Value {
    let owner = random.hex(64);
    json!({
        "Grants": [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
        "LifecycleConfiguration": {"Rules": [{"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}, "Expiration": {"Days": 365}, "Filter": {"Prefix": "logs/"}, "ID": "expire", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "Status": "Enabled", "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}]}], "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
        "LocationConstraint": random.region(),
        "LoggingEnabled": {"TargetBucket": format!("{}-logs", random.name()), "TargetPrefix": format!("{name}/")},
        "Name": name,
        "Owner": {"ID": owner},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": random.pick(&["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"])}]},
        "Payer": "BucketOwner",
        "Policy": {"Statement": [
            {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Effect": "Deny", "Principal": "*", "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")], "Sid": "DenyInsecureTransport"},
            {"Action": ["s3:GetObject", "s3:ListBucket"], "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Resource": format!("arn:aws:s3:::{name}/*")},
        ], "Version": "2012-10-17"},
        "PolicyStatus": {"IsPublic": random.chance(10)},
        "PublicAccessBlockConfiguration": access_block(random),
        "ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": format!("arn:aws:kms:{}:{account}:key/{}-{}-{}-{}-{}", random.region(), random.hex(8), random.hex(4), random.hex(4), random.hex(4), random.hex(12)), "SSEAlgorithm": random.pick(&["AES256", "aws:kms"])}, "BucketKeyEnabled": true}]},
        "TagSet": tags(name, random),
        "Versioning": {"MFADelete": "Disabled", "Status": random.pick(&["Enabled", "Suspended"])},
        "Website": {"ErrorDocument": {"Key": "error.html"}, "IndexDocument": {"Suffix": "index.html"}},
    })
}

pub fn access_block(random: &mut Random) -> Value {
    json!({
        "BlockPublicAcls": random.chance(80),
        "BlockPublicPolicy": random.chance(80),
        "IgnorePublicAcls": random.chance(80),
        "RestrictPublicBuckets": random.chance(80),
    })
}

pub fn rule(account: &AccountId, random: &mut Random) -> Value {
    let ports =
        [22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9200, 3389, 27017, 53, 25, 2049, 1024 + 7];
    let port =
        if random.chance(80) { ports[random.below(ports.len())] } else { random.below(65_536) };
    let ranges: Vec<_> = (0..random.below(4))
        .map(|_| match random.below(3) {
            0 => json!({"CidrIp": random.block()}),
            _ => json!({"CidrIp": random.block(), "Description": format!("{} {}", random.word(), random.pick(&["office", "VPN", "from load balancer", "monitoring", "peering", "temporary"]))}),
        })
        .collect();
    let pairs: Vec<_> = (0..random.below(2))
        .map(|_| json!({"GroupId": format!("sg-0{}", random.hex(16)), "UserId": account}))
        .collect();
    let mut rule = json!({
        "FromPort": port,
        "IpProtocol": random.pick(&["tcp", "tcp", "tcp", "udp"]),
        "IpRanges": ranges,
        "ToPort": port,
        "UserIdGroupPairs": pairs,
    });
    if random.chance(15) {
        rule["Ipv6Ranges"] = json!([{"CidrIpv6": "::/0"}]);
    }
    if random.chance(5) {
        rule["PrefixListIds"] = json!([{"PrefixListId": format!("pl-{}", random.hex(8))}]);
    }
    rule
}

pub fn attachment(random: &mut Random) -> Value {
    json!({
        "Attachment": {"InstanceId": format!("i-0{}", random.hex(16))},
        "Description": random.pick(&["Primary network interface", "ELB app/web/", "RDSNetworkInterface", "AWS Lambda VPC ENI"]),
        "InterfaceType": "interface",
        "NetworkInterfaceId": format!("eni-0{}", random.hex(16)),
        "RequesterId": "amazon-elb",
        "Status": "in-use",
    })
}

pub fn tags(name: &str, random: &mut Random) -> Value {
    json!([
        {"Key": "Name", "Value": name},
        {"Key": "Environment", "Value": random.pick(&["production", "staging", "development"])},
        {"Key": "Owner", "Value": format!("team-{}", random.word())},
        {"Key": "CostCenter", "Value": random.text("0123456789", 4)},
        {"Key": "ManagedBy", "Value": random.pick(&["terraform", "cloudformation", "hand"])},
        {"Key": "aws:cloudformation:stack-name", "Value": random.name()},
    ])
}

pub fn access_key(random: &mut Random) -> Value {
    json!({
        "AccessKeyId": random.unique_id("AKIA"),
        "AccessKeyLastUsed": {"LastUsedDate": random.time()},
        "CreateDate": random.time(),
        "Status": random.pick(&["Active", "Active", "Inactive"]),
    })
}

pub fn attached(account: &AccountId, random: &mut Random) -> Value {
    let policies = (0..random.below(4)).map(|_| {
        if random.below(2) == 0 {
            let name = random.pick(&[
                "AdministratorAccess",
                "ReadOnlyAccess",
                "AmazonS3FullAccess",
                "AmazonS3ReadOnlyAccess",
                "AmazonEC2FullAccess",
                "AmazonSSMManagedInstanceCore",
                "CloudWatchAgentServerPolicy",
                "PowerUserAccess",
                "SecurityAudit",
                "service-role/AWSLambdaBasicExecutionRole",
            ]);
            json!({"PolicyArn": format!("arn:aws:iam::aws:policy/{name}"), "PolicyName": name})
        } else {
            let name = random.name();
            json!({"PolicyArn": format!("arn:aws:iam::{account}:policy/{name}"), "PolicyName": name})
        }
    });
    policies.collect()
}

pub fn action(random: &mut Random) -> &'static str {
    random.pick(&[
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:DeleteObject",
        "s3:*",
        "ec2:Describe*",
        "ec2:RunInstances",
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sns:Publish",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
        "iam:PassRole",
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "*",
    ])
}

pub fn document(account: &AccountId, random: &mut Random) -> Value {
    let statements: Vec<_> = (0..=random.below(3))
        .map(|_| {
            let actions: Vec<_> = (0..=random.below(4)).map(|_| action(random)).collect();
            let resource = match random.below(4) {
                0 => "*".to_owned(),
                1 => format!("arn:aws:s3:::{}/*", random.name()),
                2 => format!("arn:aws:sqs:{}:{account}:{}", random.region(), random.name()),
                _ => format!("arn:aws:dynamodb:{}:{account}:table/{}", random.region(), random.name()),
            };
            json!({"Action": actions, "Effect": random.pick(&["Allow", "Allow", "Allow", "Deny"]), "Resource": resource})
        })
        .collect();
    json!({"Statement": statements, "Version": "2012-10-17"})
}

pub fn trust(account: &AccountId, random: &mut Random) -> Value {
    let statement = match random.below(4) {
        0 | 1 => {
            json!({"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": random.pick(&["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"])}})
        }
        2 => {
            json!({"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": random.hex(12)}}, "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}})
        }
        _ => {
            json!({"Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, "Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com")}})
        }
    };
    json!({"Statement": [statement], "Version": "2012-10-17"})
}
