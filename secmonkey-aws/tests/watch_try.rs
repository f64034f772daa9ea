#![allow(missing_docs, clippy::pedantic)]
use secmonkey_aws::{session::{Sessions, Config}, watch};
use secmonkey_core::{account::Account, watch::*, config::canonicalise, technology::Reach};
#[tokio::test]
async fn against_moto() {
    let mut c = Config::default(); c.max_attempts = Some(2);
    c.endpoint = std::env::var("MOTO").ok();
    c.credentials = Some(aws_credential_types::provider::SharedCredentialsProvider::new(aws_credential_types::Credentials::new("a","b",None,None,"x")));
    let s = Sessions::load(c).await;
    let account = Account::new("123456789012".parse().unwrap(), "moto");
    for w in watch::watchers(&s) {
        let before = s.calls();
        let t = w.technologies();
        let region = if t[0].reach == Reach::Global { "global" } else { "us-east-1" };
        let scope = Scope { account: account.clone(), region: region.into() };
        let (out, mut rx) = Sweep::channel(1000);
        let now = std::time::Instant::now();
        let end = w.sweep(&scope, &out).await;
        println!("== {} exists={} end={:?} {:?}", t[0].id, w.exists(&scope), end, now.elapsed());
        for (k, n) in s.calls() { if before.get(&k) != Some(&n) { println!("   {k} {}", n - before.get(&k).unwrap_or(&0)); } }
        drop(out);
        let mut missing = vec![];
        while let Some(x) = rx.recv().await {
            match x {
                Sighting::Item(i) => {
                    let mut config = i.config.clone();
                    let mut failed = vec![];
                    for (at, part) in &i.parts { match part { Part::Known(v) => { config[&at[1..]] = v.clone(); } Part::Absent => {}, Part::Failed(e) => failed.push(format!("{at}: {e} [{:?}]", e.cause)) } }
                    let tech = t.iter().find(|x| x.id == i.technology).unwrap();
                    canonicalise(&mut config, tech);
                    println!("-- {} {} {} {:?}\n{}\nFAILED {failed:#?}", i.technology, i.id, i.name, i.arn, serde_json::to_string(&config).unwrap());
                    if i.technology == t[0].id {
                    missing.push(Missing { id: i.id.clone(), name: i.name.clone(), arn: i.arn.clone() });
                    missing.push(Missing { id: i.id.replace("sg-", "sg-0000"), name: format!("no{}", i.name), arn: i.arn });
                    }
                }
                x => println!("-- {x:?}"),
            }
        }
        println!("gone: {:?}", w.gone(&scope, &t[0], &missing).await);
    }
}
