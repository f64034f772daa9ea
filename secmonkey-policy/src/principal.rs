//! Principals: whom a resource policy names.

use std::fmt;

/// Whom a policy names. Source: *AWS JSON policy elements: Principal*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal<'a> {
    /// `*`: everybody, those without any identity included.
    Everyone,
    /// An account and all it lets in: twelve digits or the root ARN, which are one.
    Account(&'a str),
    /// A user, role or session by its ARN.
    Arn(Arn<'a>),
    /// A user or role by its unique id, as AWS shows one that was deleted.
    UniqueId(&'a str),
    /// A CloudFront origin access identity.
    OriginAccessIdentity(&'a str),
    /// A service of AWS: `lambda.amazonaws.com`.
    Service(&'a str),
    /// An identity provider: `accounts.google.com`, or the ARN of a SAML or OIDC provider.
    Federated(&'a str),
    /// An account by its canonical user id, as S3 knows it.
    CanonicalUser(&'a str),
    /// What is none of these.
    Unparsable(&'a str),
}

/// The six fields of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    /// As written.
    pub text: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'a str,
    /// `iam`, `s3`, ...
    pub service: &'a str,
    /// Empty where it is global.
    pub region: &'a str,
    /// Twelve digits; empty where the kind of resource has none.
    pub account: &'a str,
    /// The rest, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` where it lacks a field.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        let mut field = || fields.next();
        (field()? == "arn").then_some(())?;
        let (partition, service) = (field()?, field()?);
        let (region, account, resource) = (field()?, field()?, field()?);
        Some(Self { text, partition, service, region, account, resource })
    }
}

impl<'a> Principal<'a> {
    /// What is named under `AWS`, or as a text alone.
    #[must_use]
    pub fn aws(text: &'a str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if is_account(text) {
            return Self::Account(text);
        }
        if let Some(arn) = Arn::read(text) {
            return match arn.account {
                "cloudfront" if arn.service == "iam" => Self::OriginAccessIdentity(text),
                account
                    if arn.service == "iam" && arn.resource == "root" && is_account(account) =>
                {
                    Self::Account(account)
                }
                _ if matches!(arn.service, "iam" | "sts") && !arn.resource.is_empty() => {
                    Self::Arn(arn)
                }
                _ => Self::Unparsable(text),
            };
        }
        let unique =
            ["AIDA", "AROA", "AGPA", "ANPA", "AIPA"].iter().any(|kind| text.starts_with(kind));
        if unique && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Self::UniqueId(text);
        }
        Self::Unparsable(text)
    }

    /// As it is written, an account as its twelve digits.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Everyone => "*",
            Self::Arn(arn) => arn.text,
            Self::Account(text)
            | Self::UniqueId(text)
            | Self::OriginAccessIdentity(text)
            | Self::Service(text)
            | Self::Federated(text)
            | Self::CanonicalUser(text)
            | Self::Unparsable(text) => text,
        }
    }
}

impl fmt::Display for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a text is the id of an account: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
