def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.80.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    return {"id": made["NatGateway"]["NatGatewayId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "way out"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_nat_gateway(NatGatewayId=made["id"])
