def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.81.1.0/24")
    return {"id": made["Subnet"]["SubnetId"]}


def change(client, made):
    client("ec2").modify_subnet_attribute(
        SubnetId=made["id"], MapPublicIpOnLaunch={"Value": True}
    )


def delete(client, made):
    client("ec2").delete_subnet(SubnetId=made["id"])
