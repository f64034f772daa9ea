use super::*;

fn page(items: &[u8], next: Option<&str>, truncated: Option<bool>) -> Listed<u8> {
    Listed { items: items.to_vec(), next: next.map(str::to_owned), truncated }
}

/// Reads a listing of the given pages, whatever token is asked for.
async fn read(all: Vec<Result<Listed<u8>, Error>>) -> Result<Vec<u8>, Error> {
    let mut answers = all.into_iter();
    let mut listing = pages("test:List", |_| {
        std::future::ready(answers.next().expect("no page beyond the last is asked for"))
    });
    let mut items = Vec::new();
    while let Some(page) = listing.next().await? {
        items.extend(page);
    }
    listing.end().map(|_| items)
}

#[tokio::test]
async fn a_listing_ends_where_no_token_follows() {
    let answer = read(vec![Ok(page(&[1], Some("a"), None)), Ok(page(&[2], Some(""), None))]);
    assert_eq!(answer.await.unwrap(), [1, 2]);
}

#[tokio::test]
async fn a_token_returned_twice_is_an_error() {
    let answer = read(vec![
        Ok(page(&[1], Some("a"), None)),
        Ok(page(&[2], Some("b"), None)),
        Ok(page(&[3], Some("a"), None)),
    ]);
    assert!(answer.await.unwrap_err().reason.contains("twice"));
}

#[tokio::test]
async fn truncated_without_a_token_is_an_error() {
    let answer = read(vec![Ok(page(&[1], None, Some(true)))]).await;
    assert_eq!(answer.unwrap_err().cause, Cause::Garbled);
}

#[tokio::test]
async fn a_failed_page_leaves_no_proof() {
    let denied = Error::new("test:List", Cause::Denied, "no");
    let mut answers = vec![Ok(page(&[1], Some("a"), None)), Err(denied.clone())].into_iter();
    let mut listing = pages("test:List", |_| std::future::ready(answers.next().unwrap()));
    assert_eq!(listing.next().await.unwrap(), Some(vec![1]));
    assert_eq!(listing.next().await.unwrap_err(), denied);
    assert!(listing.next().await.is_err());
    assert!(listing.end().is_err());
}

async fn listed(operation: &'static str, count: usize) -> Complete {
    let mut listing =
        pages(operation, |_| std::future::ready(Ok(Listed::page(vec![0; count], None))));
    while listing.next().await.unwrap().is_some() {}
    listing.end().unwrap()
}

#[tokio::test]
async fn what_is_listed_within_each_is_complete_only_with_a_proof_for_each() {
    let zones = listed("route53:ListHostedZones", 2).await;
    let records = |count| listed("route53:ListResourceRecordSets", count);
    let both = [records(3).await, records(4).await];
    let all = Complete::within(&zones, "route53:ListResourceRecordSets", both).unwrap();
    assert_eq!((all.operation(), all.listed()), ("route53:ListResourceRecordSets", 7));
    let one = Complete::within(&zones, "route53:ListResourceRecordSets", [records(3).await]);
    assert_eq!(one.unwrap_err().reason, "1 of 2 listings were read to their end");
    // A proof of something else is none.
    let other = [records(3).await, listed("route53:ListTags", 1).await];
    assert!(Complete::within(&zones, "route53:ListResourceRecordSets", other).is_err());
}

#[test]
fn a_listing_that_was_not_read_leaves_no_proof() {
    let listing = pages("test:List", |_| std::future::ready(Ok(page(&[], None, None))));
    assert!(listing.end().is_err());
}

/// What a page costs a hostile server is nothing.
#[tokio::test]
async fn a_listing_without_an_end_is_given_up() {
    async fn all(answer: impl Fn(u32) -> Vec<u32>, most: usize) -> (u32, Error) {
        let mut asked = 0;
        let mut listing = pages("test:List", |_| {
            asked += 1;
            std::future::ready(Ok(Listed::page(answer(asked), Some(asked.to_string()))))
        })
        .at_most(most);
        let error = loop {
            if let Err(error) = listing.next().await {
                break error;
            }
        };
        assert!(listing.end().is_err(), "no proof");
        (asked, error)
    }
    let (asked, error) = all(|_| vec![], 10).await;
    assert_eq!((asked, error.cause), (1_000, Cause::Garbled));
    let (asked, error) = all(|_| vec![1, 2], 10_000).await;
    assert_eq!((asked, error.cause), (1_001, Cause::Garbled));
    assert!(error.reason.contains("nothing new"), "{error}");
    let (asked, error) = all(|asked| vec![asked, 0], 10_000).await;
    assert_eq!((asked, error.cause), (5_001, Cause::Garbled));
    assert!(error.reason.contains("more than 10000"), "{error}");
}
