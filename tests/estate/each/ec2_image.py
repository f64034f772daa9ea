def create(client):
    ec2 = client("ec2")
    [image] = ec2.describe_images(Owners=["amazon"])["Images"][:1]
    started = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)
    instance = started["Instances"][0]["InstanceId"]
    return {"id": ec2.create_image(InstanceId=instance, Name="web-2024-02-28")["ImageId"]}


def change(client, made):
    client("ec2").modify_image_attribute(
        ImageId=made["id"], LaunchPermission={"Add": [{"UserId": "999999999999"}]}
    )


def delete(client, made):
    client("ec2").deregister_image(ImageId=made["id"])
