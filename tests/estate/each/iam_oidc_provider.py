def create(client):
    made = client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com",
        ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"],
        ClientIDList=["sts.amazonaws.com"],
    )
    return {"id": made["OpenIDConnectProviderArn"]}


def change(client, made):
    client("iam").update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=made["id"],
        ThumbprintList=["1c58a3a8518e8759bf075b76b750d4f2df264fcd"],
    )


def delete(client, made):
    client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=made["id"])
