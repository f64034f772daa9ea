def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.88.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpn_gateway(Type="ipsec.1")
    return {"id": made["VpnGateway"]["VpnGatewayId"], "vpc": vpc}


def change(client, made):
    client("ec2").attach_vpn_gateway(VpnGatewayId=made["id"], VpcId=made["vpc"])


def delete(client, made):
    ec2 = client("ec2")
    ec2.detach_vpn_gateway(VpnGatewayId=made["id"], VpcId=made["vpc"])
    ec2.delete_vpn_gateway(VpnGatewayId=made["id"])
