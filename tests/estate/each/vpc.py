def create(client):
    made = client("ec2").create_vpc(CidrBlock="10.77.0.0/16")
    return {"id": made["Vpc"]["VpcId"]}


def change(client, made):
    client("ec2").associate_vpc_cidr_block(VpcId=made["id"], CidrBlock="10.78.0.0/16")


def delete(client, made):
    client("ec2").delete_vpc(VpcId=made["id"])
