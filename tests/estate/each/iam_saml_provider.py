def document(entity):
    xmlns = "urn:oasis:names:tc:SAML:2.0:metadata"
    # IAM takes documents of 1,000 characters and more.
    return f'<EntityDescriptor xmlns="{xmlns}" entityID="{entity}"/>' + " " * 1000


def create(client):
    made = client("iam").create_saml_provider(
        Name="Okta", SAMLMetadataDocument=document("https://idp.example.com/1")
    )
    return {"id": made["SAMLProviderArn"]}


def change(client, made):
    client("iam").update_saml_provider(
        SAMLProviderArn=made["id"], SAMLMetadataDocument=document("https://idp.example.com/2")
    )


def delete(client, made):
    client("iam").delete_saml_provider(SAMLProviderArn=made["id"])
