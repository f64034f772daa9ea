NAME = "www.record.example.com."


def change_record(client, zone, action, *values):
    record = {
        "Name": NAME,
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": value} for value in values],
    }
    client("route53").change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def create(client):
    made = client("route53").create_hosted_zone(Name="record.example.com", CallerReference="record")
    zone = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    change_record(client, zone, "CREATE", "192.0.2.7")
    return {"id": f"{zone}/{NAME}/A", "zone": zone}


def change(client, made):
    change_record(client, made["zone"], "UPSERT", "192.0.2.7", "192.0.2.8")


def delete(client, made):
    change_record(client, made["zone"], "DELETE", "192.0.2.7", "192.0.2.8")
