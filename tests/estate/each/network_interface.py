def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.81.1.0/24")["Subnet"]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet)
    return {"id": made["NetworkInterface"]["NetworkInterfaceId"]}


def change(client, made):
    client("ec2").modify_network_interface_attribute(
        NetworkInterfaceId=made["id"], SourceDestCheck={"Value": False}
    )


def delete(client, made):
    client("ec2").delete_network_interface(NetworkInterfaceId=made["id"])
