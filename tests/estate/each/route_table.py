def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.82.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    made = ec2.create_route_table(VpcId=vpc)
    return {"id": made["RouteTable"]["RouteTableId"], "gateway": gateway}


def change(client, made):
    client("ec2").create_route(
        RouteTableId=made["id"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=made["gateway"],
    )


def delete(client, made):
    client("ec2").delete_route_table(RouteTableId=made["id"])
