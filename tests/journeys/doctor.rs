//! `secmonkey doctor`: what is in the way, and how it is mended.

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::proxy::{Answer, Fault};

/// What is said of one subject.
#[track_caller]
fn of<'a>(all: &'a Value, subject: &str) -> &'a Value {
    let all = all.as_array().unwrap();
    let found = all.iter().find(|one| one["subject"].as_str().unwrap().starts_with(subject));
    found.unwrap_or_else(|| panic!("{subject} is missing: {all:#?}"))
}

fn examine(lab: &Lab, code: i32) -> Value {
    lab.run(&["--format", "json", "doctor"]).expect(code).json()
}

#[test]
fn what_is_in_the_way_is_said_and_mended() {
    let lab = Lab::holding("client('sqs', 'eu-west-1').create_queue(QueueName='orders')");
    // Before anything is there.
    let all = examine(&lab, 0);
    assert_eq!(of(&all, "store")["state"], "warning", "{all:#}");
    assert_eq!(of(&all, "credentials")["state"], "ok", "{all:#}");
    assert_eq!(of(&all, "clock")["state"], "ok", "{all:#}");
    let account = of(&all, "account");
    assert_eq!(account["state"], "warning", "{all:#}");
    // moto does not know what IAM would say.
    let said = account["said"].as_str().unwrap();
    assert!(said.contains("nothing was scanned yet"), "{said}");
    assert!(!lab.store().exists(), "it only looks");

    // What scans are denied stands in for what IAM does not tell.
    let lab = lab.in_regions(&["eu-west-1"]);
    lab.run(&["scan", "--technology", "sqs_queue"]).expect(0);
    assert_eq!(of(&examine(&lab, 0), "account")["state"], "ok");
    lab.proxy.tell(|call| match call.operation.as_str() {
        "sqs:GetQueueAttributes" => Answer::Broken(Fault::Denied),
        _ => Answer::Genuine,
    });
    lab.run(&["scan", "--technology", "sqs_queue"]).expect(3);
    lab.proxy.pass();
    let all = examine(&lab, 0);
    let account = of(&all, "account lighthouse");
    assert_eq!(account["state"], "warning", "{all:#}");
    assert_eq!(account["denied"], json!(["sqs:GetQueueAttributes"]), "{all:#}");
    let told = lab.run(&["doctor"]).expect(0).stdout();
    assert!(told.contains("secmonkey permissions"), "{told}");

    // An account that cannot be entered, a notifier that cannot deliver, a queue that is not
    // there, a rule about nobody.
    let other = "210987654321";
    lab.run(&["account", "add", "--id", other, "--name", "shop", "--role", "Reader"]).expect(0);
    lab.proxy.tell(|call| match call.operation.as_str() {
        "sts:AssumeRole" => Answer::Broken(Fault::Denied),
        _ => Answer::Genuine,
    });
    lab.configure(&format!(
        "[notify.pager]\nkind = 'exec'\ncommand = ['/nowhere/pager']\n\
         [daemon.events]\nqueue = '{}/{}/missing'\nregion = 'eu-west-1'\n\
         [[daemon.schedule]]\naccount = '999999999999'\npaused = true\n",
        lab.proxy.endpoint(),
        crate::moto::ACCOUNT,
    ));
    let all = examine(&lab, 1);
    let shop = of(&all, "account shop");
    assert_eq!(shop["state"], "error", "{all:#}");
    assert!(shop["remedy"].as_str().unwrap().contains("--trust arn:aws:"), "{shop}");
    assert_eq!(of(&all, "notifier pager")["state"], "error", "{all:#}");
    assert_eq!(of(&all, "events")["state"], "error", "{all:#}");
    assert_eq!(of(&all, "configuration")["state"], "warning", "{all:#}");
    let one = lab.run(&["doctor", "--account", "shpo"]).expect(2).error();
    assert!(one.contains("shop"), "{one}");

    // Nothing works without credentials, and that is said in one line.
    let mut command = lab.command(&["--format", "json", "doctor"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = crate::lab::Ran::new(command.output().unwrap(), &["doctor"]).expect(1).json();
    assert_eq!(of(&ran, "credentials")["state"], "error", "{ran:#}");
}
