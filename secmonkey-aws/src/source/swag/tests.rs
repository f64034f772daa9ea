use secmonkey_core::source;
use serde_json::json;

use super::super::Document;

fn read(value: &serde_json::Value) -> Document {
    Document::parse("swag.json", &value.to_string()).unwrap()
}

#[test]
fn an_inventory_of_schema_2() {
    let service = |name: &str, status: serde_json::Value| json!({ "name": name, "status": status });
    let account = |id: &str, more: serde_json::Value| {
        let mut one = json!({
            "schemaVersion": "2", "id": id, "name": format!("n-{id}"), "provider": "aws",
            "email": "root@example.com", "description": "A shop", "owner": "shop",
            "environment": "prod", "type": "service", "sensitive": true, "aliases": ["store"],
            "contacts": ["team@example.com"], "tags": [], "account_status": "ready",
        });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    let everywhere = json!([{ "region": "all", "enabled": true },
                            { "region": "eu-west-2", "enabled": false }]);
    let somewhere = json!([{ "region": "us-east-1", "enabled": true },
                           { "region": "eu-west-1", "enabled": false }]);
    let nowhere = json!([{ "region": "all", "enabled": false }]);
    let all = json!([
        account("111111111111", json!({ "services": [service("s3", json!([]))] })),
        account("222222222222", json!({ "services": [service("security_monkey", everywhere)] })),
        account("333333333333", json!({ "services": [service("secmonkey", somewhere)] })),
        account("444444444444", json!({ "services": [service("security_monkey", nowhere)] })),
        account("555555555555", json!({ "account_status": "deprecated" })),
        account("666666666666", json!({ "owner": "third-party" })),
        account("my-project", json!({ "provider": "gcp" })),
    ]);
    let document = read(&all);
    assert_eq!(document.left_out(), 1);
    let accounts: Vec<_> = document.entries().iter().map(source::Entry::registered).collect();
    insta::assert_json_snapshot!(accounts);
    assert!(accounts[0].has("aliases", |alias| alias == "store"));
    // The other shape says the same.
    assert_eq!(read(&json!({ "accounts": all })), document);
}

#[test]
fn an_inventory_of_schema_1() {
    let account = |number: &str, ours: bool, enabled: bool| {
        json!({
            "schema_version": 1, "id": format!("aws-{number}"), "type": "aws", "name": number,
            "description": "A shop", "alias": ["store"], "owners": ["team@example.com"],
            "ours": ours, "cmc_required": false, "tags": ["prod"], "account_status": "created",
            "service": { "security_monkey": { "enabled": enabled } },
            "metadata": { "email": "root@example.com", "account_number": number },
        })
    };
    let accounts = json!({ "accounts": [
        account("111111111111", true, true),
        account("222222222222", true, false),
        account("333333333333", false, true),
        { "type": "gcp", "name": "p", "metadata": { "project_id": "p" } },
    ] });
    let document = read(&accounts);
    assert_eq!(document.left_out(), 1);
    let accounts: Vec<_> = document.entries().iter().map(source::Entry::registered).collect();
    insta::assert_json_snapshot!(accounts);
}

#[test]
fn what_is_wrong_is_told_with_the_account() {
    for (text, part) in [
        (json!([{ "services": [], "id": "1/2", "name": "a" }]), "account 1: `1/2` is not"),
        (json!({ "accounts": [{ "id": "1" }] }), "account 1: missing field `name`"),
        (
            json!({ "accounts": [{ "name": "a", "metadata": {} }] }),
            "missing field `account_number`",
        ),
    ] {
        let said = Document::parse("swag.json", &text.to_string()).unwrap_err().to_string();
        assert!(said.contains(part), "{text}: {said}");
    }
}
