def create(client):
    ecs = client("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="web",
        containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}],
    )
    made = ecs.create_service(
        cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0
    )
    return {"id": made["service"]["serviceArn"]}


def change(client, made):
    ecs = client("ecs")
    ecs.register_task_definition(
        family="web",
        containerDefinitions=[{"name": "web", "image": "nginx", "memory": 256}],
    )
    ecs.update_service(cluster="shop", service="web", taskDefinition="web:2")


def delete(client, made):
    client("ecs").delete_service(cluster="shop", service="web", force=True)
