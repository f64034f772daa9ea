def create(client):
    made = client("ec2").create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily="IPv4",
        MaxEntries=4,
        Entries=[{"Cidr": "198.51.100.0/24", "Description": "Lisbon"}],
    )
    return {"id": made["PrefixList"]["PrefixListId"]}


def change(client, made):
    client("ec2").modify_managed_prefix_list(
        PrefixListId=made["id"],
        CurrentVersion=1,
        AddEntries=[{"Cidr": "203.0.113.0/24", "Description": "Porto"}],
    )


def delete(client, made):
    client("ec2").delete_managed_prefix_list(PrefixListId=made["id"])
