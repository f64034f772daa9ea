def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.83.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_network_acl(VpcId=vpc)
    return {"id": made["NetworkAcl"]["NetworkAclId"]}


def change(client, made):
    client("ec2").create_network_acl_entry(
        NetworkAclId=made["id"],
        Egress=False,
        RuleNumber=100,
        Protocol="6",
        PortRange={"From": 22, "To": 22},
        CidrBlock="0.0.0.0/0",
        RuleAction="allow",
    )


def delete(client, made):
    client("ec2").delete_network_acl(NetworkAclId=made["id"])
