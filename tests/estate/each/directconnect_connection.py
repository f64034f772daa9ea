def create(client):
    made = client("directconnect").create_connection(
        location="EqDC2", bandwidth="10Gbps", connectionName="frankfurt"
    )
    return {"id": made["connectionId"]}


def change(client, made):
    client("directconnect").update_connection(
        connectionId=made["id"], connectionName="frankfurt-2"
    )


def delete(client, made):
    client("directconnect").delete_connection(connectionId=made["id"])
