def create(client):
    return {"id": client("sns").create_topic(Name="alarms")["TopicArn"]}


def change(client, made):
    client("sns").set_topic_attributes(
        TopicArn=made["id"], AttributeName="DisplayName", AttributeValue="Alarms"
    )


def delete(client, made):
    client("sns").delete_topic(TopicArn=made["id"])
