//! Where accounts come from: files, and AWS Organizations.

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::moto::ACCOUNT;

/// The only change to an account of this name.
fn changed<'a>(changes: &'a Value, name: &str) -> &'a Value {
    let is_it = |one: &&Value| one["to"]["name"] == name;
    let mut found = changes.as_array().unwrap().iter().filter(is_it);
    let change = found.next().unwrap_or_else(|| panic!("{name} in {changes}"));
    assert!(found.next().is_none(), "{name} twice in {changes}");
    change
}

fn in_python(lab: &Lab, statements: &str) {
    lab.moto.python(&format!("organizations = client('organizations')\n{statements}"));
}

#[test]
fn the_accounts_of_an_organization_are_registered_and_follow_it() {
    let lab = Lab::empty().in_regions(&["eu-west-1"]);
    let alone = lab.run(&["account", "discover"]).expect(2).error();
    assert!(alone.contains(&format!("account {ACCOUNT} is in no organization")), "{alone}");

    in_python(
        &lab,
        "organizations.create_organization(FeatureSet='ALL')\n\
         for name in ('build', 'shop', 'shop'):\n    \
             organizations.create_account(AccountName=name, Email='root@example.com')",
    );
    let usual = ["account", "discover", "--role", "audit/Reader", "--external-id", "7"];
    let discover = |more: &[&str]| lab.json(&[&usual[..], more].concat());
    // What would change is said before, and nothing is registered.
    let would = discover(&["--dry-run"]);
    assert_eq!(would.as_array().unwrap().len(), 4);
    assert_eq!(lab.json(&["account", "list"]).as_array().unwrap().len(), 1);
    let changes = discover(&[]);
    assert_eq!(changes, would);
    let build = changed(&changes, "build");
    assert_eq!((&build["change"], &build["from"]), (&json!("added"), &Value::Null));
    assert_eq!(build["to"]["settings"], json!({ "role": "audit/Reader", "external_id": "7" }));
    // The account of the credentials is entered as it is, and keeps what people set.
    let own = changes.as_array().unwrap().iter().find(|one| one["name"] == ACCOUNT).unwrap();
    assert_eq!((&own["change"], &own["to"]["regions"]), (&json!("changed"), &json!(["eu-west-1"])));
    assert_eq!(own["to"]["settings"], Value::Null);
    let organization = own["to"]["names"]["organization"].as_str().unwrap();
    assert!(organization.starts_with("o-"), "{organization}");

    // The same again is nothing, and what people decide stays.
    let events = lab.log().len();
    let again = discover(&[]);
    assert!(again.as_array().unwrap().iter().all(|one| one["change"] == "unchanged"), "{again}");
    assert_eq!(lab.log().len(), events);
    lab.run(&["account", "edit", "build", "--inactive", "--role", "Other"]).expect(0);
    assert_eq!(changed(&discover(&[]), "build")["change"], "unchanged");
    lab.run(&["account", "edit", "build", "--active"]).expect(0);

    // What AWS closes is not watched any more.
    let id = build["name"].as_str().unwrap();
    in_python(&lab, &format!("organizations.close_account(AccountId='{id}')"));
    let said = lab.run(&["account", "discover"]).expect(0).stdout();
    assert!(said.contains(&format!("~ account {id} (build)")), "{said}");
    assert!(said.contains("active: true -> false") && said.contains("SUSPENDED"), "{said}");

    // Who left is told, and goes on until somebody decides.
    let shop = lab.json(&["account", "show", "shop"])["id"].as_str().unwrap().to_owned();
    let leave = format!("organizations.remove_account_from_organization(AccountId='{shop}')");
    in_python(&lab, &leave);
    let ran = lab.run(&["account", "discover"]).expect(0);
    assert!(ran.stdout().contains(&format!("? account {shop} (shop)")), "{}", ran.stdout());
    assert!(ran.stderr().contains("--deactivate-missing"), "{}", ran.stderr());
    assert_eq!(lab.json(&["account", "show", "shop"])["active"], true);
    let gone = discover(&["--deactivate-missing"]);
    assert_eq!(changed(&gone, "shop")["to"]["settings"]["closed"], "missing");
    assert_eq!(lab.json(&["account", "show", "shop"])["active"], false);

    // What that takes is printed, and nothing else.
    let policy = lab.json(&["permissions", "--discover"]);
    let needed = json!(["organizations:DescribeOrganization", "organizations:ListAccounts"]);
    assert_eq!(policy["Statement"][0]["Action"], needed);
    lab.run(&["account", "discover", "--role", "arn:aws:iam::123456789012:role/R"]).expect(2);
    let unknown = lab.run(&["account", "discover", "--account", "mastre"]).expect(2).error();
    assert!(unknown.contains("nearest: `master`"), "{unknown}");
}

#[test]
fn accounts_of_files_change_what_they_say() {
    let lab = Lab::empty();
    let file = |name: &str, text: &str| {
        let path = lab.home().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let swag = json!([
        { "schemaVersion": "2", "id": "123456789012", "name": "shop", "provider": "aws",
          "email": "root@example.com", "description": "The shop", "owner": "retail",
          "environment": "prod", "account_status": "ready", "services": [] },
        { "schemaVersion": "2", "id": "my-project", "name": "other", "provider": "gcp",
          "email": "root@example.com", "description": "" },
    ]);
    let swag = file("swag.json", &swag.to_string());
    let would = lab.run(&["account", "import", &swag, "--dry-run"]).expect(0);
    assert!(would.stdout().contains("+ account 123456789012"), "{}", would.stdout());
    assert!(would.stderr().contains("1 account of other providers"), "{}", would.stderr());
    let imported = lab.json(&["account", "import", &swag]);
    assert_eq!(imported, json!({ "registered": 1, "updated": 0, "unchanged": 0 }));
    let shown = lab.json(&["account", "show", "shop"]);
    assert_eq!(
        (&shown["notes"], &shown["settings"]["owner"]),
        (&json!("The shop"), &json!("retail"))
    );
    assert!(!shown.to_string().contains("root@example.com"), "{shown}");

    let csv = file("accounts.csv", "id,name,role\n123456789012,store,Reader\n");
    assert_eq!(lab.json(&["account", "import", &csv])["updated"], 1);
    let shown = lab.json(&["account", "show", "store"]);
    assert_eq!((&shown["notes"], &shown["role"]), (&json!("The shop"), &json!("Reader")));
    let wrong = file("wrong.csv", "id,name\n12,store\n");
    let refused = lab.run(&["account", "import", &wrong]).expect(2).error();
    assert!(refused.contains("wrong.csv: account 12"), "{refused}");
}
