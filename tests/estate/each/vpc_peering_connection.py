def create(client):
    ec2 = client("ec2")
    ours = ec2.create_vpc(CidrBlock="10.86.0.0/16")["Vpc"]["VpcId"]
    theirs = ec2.create_vpc(CidrBlock="10.87.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=ours, PeerVpcId=theirs)
    return {"id": made["VpcPeeringConnection"]["VpcPeeringConnectionId"]}


def change(client, made):
    client("ec2").accept_vpc_peering_connection(VpcPeeringConnectionId=made["id"])


def delete(client, made):
    client("ec2").delete_vpc_peering_connection(VpcPeeringConnectionId=made["id"])
