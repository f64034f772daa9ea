def create(client):
    made = client("route53").create_hosted_zone(Name="each.example.com", CallerReference="each")
    return {"id": made["HostedZone"]["Id"].removeprefix("/hostedzone/")}


def change(client, made):
    client("route53").change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=made["id"],
        AddTags=[{"Key": "team", "Value": "shop"}],
    )


def delete(client, made):
    client("route53").delete_hosted_zone(Id=made["id"])
