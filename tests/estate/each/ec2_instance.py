def create(client):
    ec2 = client("ec2")
    [image] = ec2.describe_images(Owners=["amazon"])["Images"][:1]
    made = ec2.run_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        UserData="#!/bin/sh\nexport TOKEN=correct-horse-battery\n",
    )
    return {"id": made["Instances"][0]["InstanceId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "web-1"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").terminate_instances(InstanceIds=[made["id"]])
