def create(client):
    made = client("ecs").create_cluster(clusterName="reports")
    return {"id": made["cluster"]["clusterArn"]}


def change(client, made):
    client("ecs").update_cluster(
        cluster=made["id"], settings=[{"name": "containerInsights", "value": "enabled"}]
    )


def delete(client, made):
    client("ecs").delete_cluster(cluster=made["id"])
