def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.79.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in [("10.79.0.0/24", "us-east-1a"), ("10.79.1.0/24", "us-east-1b")]
    ]
    made = client("rds").create_db_subnet_group(
        DBSubnetGroupName="data",
        DBSubnetGroupDescription="where databases live",
        SubnetIds=subnets,
        Tags=[{"Key": "team", "Value": "platform"}],
    )
    return {"id": made["DBSubnetGroup"]["DBSubnetGroupArn"]}


# moto loses a group that is modified.
def change(client, made):
    client("rds").add_tags_to_resource(
        ResourceName=made["id"], Tags=[{"Key": "data", "Value": "personal"}]
    )


def delete(client, made):
    client("rds").delete_db_subnet_group(DBSubnetGroupName="data")
