//! Reports: answers for others, to be filed, printed and sent. They tell of everything that was
//! looked at and not looked at, so they are for who sees everything.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use secmonkey_core::nearest::Named;
use secmonkey_core::query::ReportKind;
use secmonkey_core::report::Report;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::Service;
use crate::answer::Answer;
use crate::api::common::{Cut, Everything};
use crate::caller::Caller;
use crate::error::Problem;
use crate::extract::{Nothing, parameters};
use crate::reader::{Filter, Reader, query_of, reading_of_all};

/// A report in the form that was asked for.
type Reported = Result<([(HeaderName, &'static str); 1], Answer), Problem>;

/// The parameters of a report: of what it is, and those of its own.
pub struct Asked<T>(Filter, Form, T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let is_filter = |name: &str| matches!(name, "q" | "at");
        let filter = parameters(&parts.uri, is_filter)?;
        let own = parameters(&parts.uri, |name| !is_filter(name))?;
        Ok(Self(filter, Form::accepted(&parts.headers), own))
    }
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Markdown,
    Csv,
}

impl Form {
    /// The form that is liked best of those that there are; JSON where none of them is.
    fn accepted(headers: &HeaderMap) -> Self {
        let named = headers.get_all(header::ACCEPT).iter().filter_map(|one| one.to_str().ok());
        let mut best = (0.0, Self::Json);
        for range in named.flat_map(|list| list.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let form = match parts.next().map(str::to_ascii_lowercase).as_deref() {
                Some("application/json" | "application/*" | "*/*") => Self::Json,
                Some("text/markdown") => Self::Markdown,
                Some("text/csv") => Self::Csv,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(1.0, |text| text.parse().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, form);
            }
        }
        best.1
    }
}

/// Answers with a report to who sees everything.
async fn reported(
    service: Service,
    caller: Caller,
    (filter, form): (Filter, Form),
    kind: impl FnOnce(&Reader) -> Result<ReportKind, Problem> + Send + 'static,
) -> Reported {
    let is_past = filter.at.is_some();
    let answer = reading_of_all(service, caller, filter.at, async move |reader| {
        reader.require_all()?;
        let report = made(&reader, &kind(&reader)?, filter.q.as_deref(), is_past).await?;
        match form {
            Form::Json => Answer::read(&report),
            Form::Markdown => Answer::text("text/markdown; charset=utf-8", report.markdown()),
            Form::Csv => Answer::text("text/csv; charset=utf-8", report.csv()),
        }
    });
    Ok(([(header::VARY, "accept")], answer.await?))
}

/// Makes a report of what a query selects.
pub async fn made(
    reader: &Reader,
    kind: &ReportKind,
    q: Option<&str>,
    is_past: bool,
) -> Result<Report, Problem> {
    let reports = reader.reports();
    kind.require(reports.registry, reports.provider).map_err(|unknown| {
        let problem = Problem::wrong(unknown.to_string());
        problem.of(if unknown.what == Named::Check { "check" } else { "framework" })
    })?;
    Ok(reports.report(kind, query_of(q)?, is_past).await?)
}

/// A time that a report names.
pub fn since(reader: &Reader, text: Option<&String>) -> Result<Option<jiff::Timestamp>, Problem> {
    let since = text.map(|text| reader.time(text)).transpose();
    since.map_err(|problem| problem.of("since"))
}

/// From when on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Since {
    /// The time; a day before the end of the report where none is named.
    since: Option<String>,
}

/// Report what changed, was opened, resolved and decided, and what waits
#[utoipa::path(get, path = "/reports/daily", operation_id = "report_daily", tag = "reports",
    params(Filter, Since),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn daily(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, own): Asked<Since>,
) -> Reported {
    reported(service, caller, (filter, form), move |reader| {
        Ok(ReportKind::Daily { since: since(reader, own.since.as_ref())? })
    })
    .await
}

/// Of which framework.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfFramework {
    /// The framework and its version: `cis-aws-foundations-5.0`.
    framework: String,
}

/// Report each control of a framework: passed, failed or not assessed, and the evidence
#[utoipa::path(get, path = "/reports/compliance", operation_id = "report_compliance",
    tag = "reports", params(Filter, OfFramework),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn compliance(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, own): Asked<OfFramework>,
) -> Reported {
    reported(service, caller, (filter, form), move |_| {
        Ok(ReportKind::Compliance { framework: own.framework })
    })
    .await
}

/// Report every access key: whose, since when, when last used
#[utoipa::path(get, path = "/reports/access-keys", operation_id = "report_access_keys",
    tag = "reports", params(Filter),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn access_keys(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, Nothing {}): Asked<Nothing>,
) -> Reported {
    reported(service, caller, (filter, form), |_| Ok(ReportKind::AccessKeys)).await
}

/// Report what nobody uses, as far as checks find it
#[utoipa::path(get, path = "/reports/unused", operation_id = "report_unused", tag = "reports",
    params(Filter),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn unused(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, Nothing {}): Asked<Nothing>,
) -> Reported {
    reported(service, caller, (filter, form), |_| Ok(ReportKind::Unused)).await
}

/// Report what anybody on the internet gets at
#[utoipa::path(get, path = "/reports/public", operation_id = "report_public", tag = "reports",
    params(Filter),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn public(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, Nothing {}): Asked<Nothing>,
) -> Reported {
    reported(service, caller, (filter, form), |_| Ok(ReportKind::Public)).await
}

/// Of what, and from when on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfChecks {
    /// What these checks find, with commas between; where none is named, what anybody on the
    /// internet gets at.
    check: Option<String>,
    /// Only what stood at this time or later.
    since: Option<String>,
}

/// Report since when findings stood open, and until when
#[utoipa::path(get, path = "/reports/exposure", operation_id = "report_exposure", tag = "reports",
    params(Filter, OfChecks),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn exposure(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, own): Asked<OfChecks>,
) -> Reported {
    reported(service, caller, (filter, form), move |reader| {
        let checks = own.check.iter().flat_map(|list| list.split(','));
        let checks = checks.map(|check| check.trim().to_owned()).collect();
        Ok(ReportKind::Exposure { checks, since: since(reader, own.since.as_ref())? })
    })
    .await
}

/// Report what was looked at: each technology of each account
#[utoipa::path(get, path = "/reports/coverage", operation_id = "report_coverage", tag = "reports",
    params(Filter),
    responses(
        (status = 200, description = "The report",
         content((Report = "application/json"), (String = "text/markdown"), (String = "text/csv"))),
        Everything, Cut,
    ))]
pub async fn coverage(
    State(service): State<Service>,
    caller: Caller,
    Asked(filter, form, Nothing {}): Asked<Nothing>,
) -> Reported {
    reported(service, caller, (filter, form), |_| Ok(ReportKind::Coverage)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_liked_best_is_taken() {
        for (accepted, form) in [
            ("", Form::Json),
            ("text/csv", Form::Csv),
            ("Text/Markdown; charset=utf-8", Form::Markdown),
            ("text/html, */*;q=0.8", Form::Json),
            ("text/csv;q=0.5, text/markdown;q=0.9, image/png", Form::Markdown),
            ("text/csv;q=0, text/html", Form::Json),
            ("text/csv, application/json", Form::Csv),
            ("text/csv;q=most", Form::Json),
        ] {
            let headers = [(header::ACCEPT, accepted.parse().unwrap())];
            assert_eq!(Form::accepted(&HeaderMap::from_iter(headers)), form, "{accepted}");
        }
        assert_eq!(Form::accepted(&HeaderMap::new()), Form::Json);
    }
}
