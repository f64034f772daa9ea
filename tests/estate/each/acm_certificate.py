def create(client):
    made = client("acm").request_certificate(DomainName="shop.example.com")
    return {"id": made["CertificateArn"]}


def change(client, made):
    tags = [{"Key": "team", "Value": "shop"}]
    client("acm").add_tags_to_certificate(CertificateArn=made["id"], Tags=tags)


def delete(client, made):
    client("acm").delete_certificate(CertificateArn=made["id"])
