def create(client):
    return {"id": client("ec2").allocate_address(Domain="vpc")["AllocationId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "office"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").release_address(AllocationId=made["id"])
