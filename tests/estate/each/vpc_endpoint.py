def create(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway")
    return {"id": made["VpcEndpoint"]["VpcEndpointId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "to S3"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_vpc_endpoints(VpcEndpointIds=[made["id"]])
