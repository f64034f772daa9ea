//! What lets two configurations of a security group be compared, as its watcher says it.

use std::borrow::Cow;

use secmonkey_core::technology::{Set, Technology, Texts};

pub static GROUP: Technology = Technology {
    id: Cow::Borrowed("security_group"),
    sets: Cow::Borrowed(&[
        Set::new("/Attachments", &["NetworkInterfaceId"]),
        Set::new("/IpPermissions", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissions/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissions/*/Ipv6Ranges", &["CidrIpv6"]),
        Set::new("/IpPermissions/*/PrefixListIds", &["PrefixListId"]),
        Set::new("/IpPermissions/*/UserIdGroupPairs", &["UserId", "GroupId"]),
        Set::new("/IpPermissionsEgress", &["IpProtocol", "FromPort", "ToPort"]),
        Set::new("/IpPermissionsEgress/*/IpRanges", &["CidrIp"]),
        Set::new("/IpPermissionsEgress/*/Ipv6Ranges", &["CidrIpv6"]),
        Set::new("/IpPermissionsEgress/*/PrefixListIds", &["PrefixListId"]),
        Set::new("/IpPermissionsEgress/*/UserIdGroupPairs", &["UserId", "GroupId"]),
        Set::new("/Tags", &["Key"]),
    ]),
    relations: Texts::new(&["/Attachments"]),
    dropped: Texts::new(&["/SecurityGroupArn"]),
    ..Technology::DEFAULT
};
