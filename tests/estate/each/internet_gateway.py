def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.84.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_internet_gateway()
    return {"id": made["InternetGateway"]["InternetGatewayId"], "vpc": vpc}


def change(client, made):
    client("ec2").attach_internet_gateway(InternetGatewayId=made["id"], VpcId=made["vpc"])


def delete(client, made):
    ec2 = client("ec2")
    ec2.detach_internet_gateway(InternetGatewayId=made["id"], VpcId=made["vpc"])
    ec2.delete_internet_gateway(InternetGatewayId=made["id"])
