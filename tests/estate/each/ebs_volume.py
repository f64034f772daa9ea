def create(client):
    ec2 = client("ec2")
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    return {"id": ec2.create_volume(AvailabilityZone=zone, Size=8)["VolumeId"]}


def change(client, made):
    client("ec2").modify_volume(VolumeId=made["id"], Size=16)


def delete(client, made):
    client("ec2").delete_volume(VolumeId=made["id"])
