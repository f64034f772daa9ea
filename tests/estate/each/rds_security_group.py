def create(client):
    made = client("rds").create_db_security_group(
        DBSecurityGroupName="office", DBSecurityGroupDescription="the office"
    )
    return {"id": made["DBSecurityGroup"]["DBSecurityGroupArn"]}


def change(client, made):
    client("rds").authorize_db_security_group_ingress(
        DBSecurityGroupName="office", CIDRIP="203.0.113.0/24"
    )


def delete(client, made):
    client("rds").delete_db_security_group(DBSecurityGroupName="office")
