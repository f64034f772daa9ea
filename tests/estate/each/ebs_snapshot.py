def create(client):
    ec2 = client("ec2")
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=8)["VolumeId"]
    return {"id": ec2.create_snapshot(VolumeId=volume)["SnapshotId"]}


def change(client, made):
    client("ec2").modify_snapshot_attribute(
        SnapshotId=made["id"],
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=["999999999999"],
    )


def delete(client, made):
    client("ec2").delete_snapshot(SnapshotId=made["id"])
