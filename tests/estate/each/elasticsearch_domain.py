def create(client):
    made = client("opensearch").create_domain(
        DomainName="each", EncryptionAtRestOptions={"Enabled": False}
    )["DomainStatus"]
    return {"id": made["ARN"], "name": made["DomainName"]}


def change(client, made):
    client("opensearch").update_domain_config(
        DomainName=made["name"], EncryptionAtRestOptions={"Enabled": True}
    )


def delete(client, made):
    client("opensearch").delete_domain(DomainName=made["name"])
