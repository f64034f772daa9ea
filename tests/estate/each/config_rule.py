def rule(frequency):
    return {
        "ConfigRuleName": "root-mfa",
        "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"},
        "MaximumExecutionFrequency": frequency,
    }


def create(client):
    client("config").put_config_rule(ConfigRule=rule("TwentyFour_Hours"))
    return {"id": "root-mfa"}


def change(client, made):
    client("config").put_config_rule(ConfigRule=rule("One_Hour"))


def delete(client, made):
    client("config").delete_config_rule(ConfigRuleName=made["id"])
