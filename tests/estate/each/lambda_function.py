import io
import json
import zipfile


def create(client):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = client("iam").create_role(
        RoleName="thumbnails", AssumeRolePolicyDocument=json.dumps(trust)
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): pass\n")
    made = client("lambda").create_function(
        FunctionName="thumbnails",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return {"id": made["FunctionArn"], "name": "thumbnails"}


def change(client, made):
    client("lambda").update_function_configuration(FunctionName=made["name"], Timeout=30)


def delete(client, made):
    client("lambda").delete_function(FunctionName=made["name"])
