def create(client):
    servers = {"Key": "domain-name-servers", "Values": ["10.89.0.53", "10.89.0.2"]}
    made = client("ec2").create_dhcp_options(DhcpConfigurations=[servers])
    return {"id": made["DhcpOptions"]["DhcpOptionsId"]}


def change(client, made):
    tags = [{"Key": "Name", "Value": "own servers"}]
    client("ec2").create_tags(Resources=[made["id"]], Tags=tags)


def delete(client, made):
    client("ec2").delete_dhcp_options(DhcpOptionsId=made["id"])
