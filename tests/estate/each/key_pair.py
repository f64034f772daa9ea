def create(client):
    return {"id": client("ec2").create_key_pair(KeyName="each")["KeyPairId"]}


def change(client, made):
    tags = [{"Key": "team", "Value": "web"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_key_pair(KeyName="each")
