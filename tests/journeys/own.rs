//! Technologies of one's own: what Cloud Control reads, and what a program prints.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, item_events};

/// What happened to items, as technology, id and kind of event.
fn happened(events: &[Value]) -> Vec<(String, String, String)> {
    let of = |event: &&Value| {
        let stream = event["stream"].as_str().unwrap();
        let mut key = stream.splitn(5, '/').skip(2);
        let technology = key.next().unwrap().to_owned();
        let id = key.nth(1).unwrap().to_owned();
        (technology, id, event["event"]["type"].as_str().unwrap().to_owned())
    };
    let mut all: Vec<_> = item_events(events).iter().map(of).collect();
    all.sort();
    all
}

fn is(technology: &str, id: &str, kind: &str) -> (String, String, String) {
    (technology.to_owned(), id.to_owned(), kind.to_owned())
}

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alarms";

#[test]
fn a_type_of_cloud_control_is_recorded_as_any_technology() {
    let lab = Lab::holding("client('sns').create_topic(Name='alarms')").in_regions(&["us-east-1"]);
    lab.configure(
        "[[technology]]\nid = 'own_topic'\ntype = 'AWS::SNS::Topic'\nname = '/TopicName'\n\
         sets = { '/Tags' = ['Key'] }\nsecret = ['/DisplayName', '/Passwd']\npermissions = ['sns:ListTopics']\n",
    );
    lab.scan();
    assert_eq!(lab.item("own_topic", "alarms")["id"], TOPIC);
    let recorded = lab.log().len();
    lab.scan();
    assert_eq!(happened(&lab.log_after(recorded)), []);

    lab.moto.python(&format!(
        "client('sns').set_topic_attributes(TopicArn='{TOPIC}', AttributeName='DisplayName', \
         AttributeValue='very secret words')"
    ));
    lab.scan();
    let changed = lab.log_after(recorded);
    assert!(happened(&changed).contains(&is("own_topic", TOPIC, "item_changed")), "{changed:?}");
    let key = format!("123456789012/own_topic/us-east-1/{TOPIC}");
    // What is misspelt would be recorded in the clear.
    let said = lab.run(&["scan", "--technology", "own_topic"]).expect(0).stderr();
    assert!(said.contains("no item of 1 has `/Passwd`"), "{said}");
    let shown = lab.run(&["show", &key]).expect(0).stdout();
    assert!(shown.contains("DisplayName") && !shown.contains("very secret words"), "{shown}");

    let recorded = lab.log().len();
    lab.moto.python(&format!("client('sns').delete_topic(TopicArn='{TOPIC}')"));
    lab.scan();
    let gone = happened(&lab.log_after(recorded));
    assert!(gone.contains(&is("own_topic", TOPIC, "item_deleted")), "{gone:?}");

    let needed = lab.run(&["permissions", "--technology", "own_topic"]).expect(0).json();
    let actions = &needed["Statement"][0]["Action"];
    assert_eq!(
        *actions,
        json!([
            "cloudformation:GetResource",
            "cloudformation:ListResources",
            "ec2:DescribeRegions",
            "sns:ListTopics",
        ])
    );
}

#[test]
fn what_a_program_prints_is_recorded_and_gone_only_where_it_says_so() {
    let lab = Lab::empty().in_regions(&["us-east-1"]);
    let file = lab.home().join("queues.jsonl");
    lab.configure(&format!(
        "[[watcher]]\ncommand = ['cat', '{}']\nglobal = true\n\
         [[watcher.technology]]\nid = 'queue'\ntitle = 'message queue'\n",
        file.display()
    ));
    let queue = |id: &str, size: u64| json!({ "technology": "queue", "id": id, "name": id, "config": { "Size": size } });
    let print = |lines: &[Value]| {
        let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
        fs::write(&file, lines.join("\n") + "\n").unwrap();
    };
    let scan = ["--format", "json", "scan", "--technology", "queue"];
    print(&[queue("orders", 1), queue("mails", 1), json!({ "complete": "queue" })]);
    lab.run(&scan).expect(0);
    assert_eq!(lab.item("queue", "orders")["region"], "global");

    // A program that fails, or does not say that it read all, takes nothing away.
    let recorded = lab.log().len();
    fs::remove_file(&file).unwrap();
    let said = lab.run(&["scan", "--technology", "queue"]).expect(3);
    assert!(said.stdout().contains("it failed with exit status: 1: cat: "), "{said}");
    print(&[queue("orders", 1)]);
    let said = lab.run(&["scan", "--technology", "queue"]).expect(3);
    assert!(said.stdout().contains("it did not print"), "{said}");
    print(&[queue("orders", 1), json!("what")]);
    let said = lab.run(&["scan", "--technology", "queue"]).expect(3);
    assert!(said.stdout().contains("line 2: it is no JSON object"), "{said}");
    assert_eq!(happened(&lab.log_after(recorded)), []);

    print(&[queue("orders", 2), json!({ "complete": "queue" })]);
    lab.run(&scan).expect(0);
    assert_eq!(
        happened(&lab.log_after(recorded)),
        [is("queue", "mails", "item_deleted"), is("queue", "orders", "item_changed")]
    );
}
