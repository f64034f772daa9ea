def create(client):
    made = client("ecr").create_repository(repositoryName="each")["repository"]
    return {"id": made["repositoryArn"], "name": made["repositoryName"]}


def change(client, made):
    client("ecr").put_image_tag_mutability(
        repositoryName=made["name"], imageTagMutability="IMMUTABLE"
    )


def delete(client, made):
    client("ecr").delete_repository(repositoryName=made["name"])
