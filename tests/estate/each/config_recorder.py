def create(client):
    client("config").put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": "arn:aws:iam::123456789012:role/config",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    return {"id": "default"}


def change(client, made):
    client("config").put_configuration_recorder(
        ConfigurationRecorder={
            "name": made["id"],
            "roleARN": "arn:aws:iam::123456789012:role/config",
            "recordingGroup": {"resourceTypes": ["AWS::S3::Bucket"]},
        }
    )


def delete(client, made):
    client("config").delete_configuration_recorder(ConfigurationRecorderName=made["id"])
