import json


def content(*regions):
    statement = {
        "Effect": "Deny",
        "NotAction": ["iam:*", "sts:*"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": list(regions)}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def create(client):
    organizations = client("organizations")
    # As the accounts do, whoever comes first.
    try:
        organizations.create_organization(FeatureSet="ALL")
    except organizations.exceptions.AlreadyInOrganizationException:
        pass
    made = organizations.create_policy(
        Name="regions",
        Description="where we are",
        Type="SERVICE_CONTROL_POLICY",
        Content=content("eu-west-1"),
    )
    return {"id": made["Policy"]["PolicySummary"]["Id"]}


def change(client, made):
    client("organizations").update_policy(
        PolicyId=made["id"], Content=content("eu-west-1", "eu-central-1")
    )


def delete(client, made):
    client("organizations").delete_policy(PolicyId=made["id"])
