def create(client):
    ec2 = client("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    office = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.7", BgpAsn=65000)
    made = ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=office["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=gateway,
    )
    return {"id": made["VpnConnection"]["VpnConnectionId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "office"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_vpn_connection(VpnConnectionId=made["id"])
