def create(client):
    organizations = client("organizations")
    # As the policies do, whoever comes first.
    try:
        organizations.create_organization(FeatureSet="ALL")
    except organizations.exceptions.AlreadyInOrganizationException:
        pass
    made = organizations.create_account(AccountName="build", Email="build@example.com")
    return {"id": made["CreateAccountStatus"]["AccountId"]}


def change(client, made):
    client("organizations").close_account(AccountId=made["id"])


def delete(client, made):
    client("organizations").remove_account_from_organization(AccountId=made["id"])
