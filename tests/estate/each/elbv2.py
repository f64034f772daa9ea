def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.82.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.82.{at}.0/24", AvailabilityZone=zone)
        for at, zone in enumerate(["us-east-1a", "us-east-1b"])
    ]
    made = client("elbv2").create_load_balancer(
        Name="shop", Subnets=[subnet["Subnet"]["SubnetId"] for subnet in subnets]
    )
    return {"id": made["LoadBalancers"][0]["LoadBalancerArn"]}


def change(client, made):
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "120"}]
    client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=made["id"], Attributes=attributes
    )


def delete(client, made):
    client("elbv2").delete_load_balancer(LoadBalancerArn=made["id"])
