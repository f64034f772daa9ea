use secmonkey_aws::watch::cloudfront::{DISTRIBUTION, fewest_calls};

use crate::cloud::{Cloud, concealed, raw};

#[tokio::test]
async fn an_account_takes_the_fewest_calls() {
    let cloud = Cloud::recorded("cloudfront_distribution");
    assert!(cloud.sweep(&DISTRIBUTION).await.is_complete());
    // The recorded listing has a page more than its distributions need.
    assert_eq!(cloud.calls(), fewest_calls(2) + 1);
    assert_eq!(cloud.asked()[0].parameters["MaxItems"], "100");
    assert_eq!(fewest_calls(0), 1);
    assert_eq!(fewest_calls(101), 2 + 202);
}

#[tokio::test]
async fn a_distribution_is_called_by_its_first_domain() {
    let seen = Cloud::recorded("cloudfront_distribution").sweep(&DISTRIBUTION).await;
    let names: Vec<_> = seen.items.values().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["d222222abcdef8.cloudfront.net", "example.com"]);
}

/// By these headers an origin knows that CloudFront asks: who has them asks it directly.
#[tokio::test]
async fn the_values_of_origin_headers_are_recorded_as_digests() {
    let seen = Cloud::recorded("cloudfront_distribution").sweep(&DISTRIBUTION).await;
    let shop = &seen.items["EDFDVBD6EXAMPLE"];
    let recorded = concealed(shop, &DISTRIBUTION.technology());
    assert!(recorded.contains("\"X-Origin-Verify\""), "{recorded}");
    assert!(recorded.contains("\"HeaderValue\":\"hmac-sha256:"), "{recorded}");
    assert!(!recorded.contains("correct-horse-battery"), "{recorded}");
}

#[tokio::test]
async fn numbers_of_elements_are_not_recorded() {
    let seen = Cloud::recorded("cloudfront_distribution").sweep(&DISTRIBUTION).await;
    for item in seen.items.values() {
        assert!(!raw(item).to_string().contains("Quantity"));
    }
}

#[tokio::test]
async fn a_listing_that_is_truncated_and_names_no_page_is_a_failure() {
    let cloud = Cloud::new(|request| {
        let (status, body) = crate::cloud::recorded("cloudfront_distribution", request);
        let text = String::from_utf8(body).unwrap();
        (status, text.replace("<NextMarker>page-2</NextMarker>", "").into_bytes())
    });
    let seen = cloud.sweep(&DISTRIBUTION).await;
    assert!(seen.failed().reason.contains("truncated"), "{:?}", seen.failed());
}
