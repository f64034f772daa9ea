def create(client):
    ec2 = client("ec2")
    client("s3").create_bucket(Bucket="each-flow-logs")
    vpc = ec2.create_vpc(CidrBlock="10.85.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[vpc],
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::each-flow-logs",
    )
    return {"id": made["FlowLogIds"][0]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "everything"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_flow_logs(FlowLogIds=[made["id"]])
