//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_acm::types;

structures! {
    types::CertificateDetail {
        "AcmeAccountId": acme_account_id,
        "AcmeEndpointArn": acme_endpoint_arn,
        "CertificateArn": certificate_arn,
        "CertificateAuthorityArn": certificate_authority_arn,
        "CertificateKeyPairOrigin": certificate_key_pair_origin,
        "CreatedAt": created_at,
        "DomainName": domain_name,
        "DomainValidationOptions": domain_validation_options,
        "ExtendedKeyUsages": extended_key_usages,
        "FailureReason": failure_reason,
        "ImportedAt": imported_at,
        "InUseBy": in_use_by,
        "IssuedAt": issued_at,
        "Issuer": issuer,
        "KeyAlgorithm": key_algorithm,
        "KeyUsages": key_usages,
        "ManagedBy": managed_by,
        "NotAfter": not_after,
        "NotBefore": not_before,
        "Options": options,
        "RenewalEligibility": renewal_eligibility,
        "RenewalSummary": renewal_summary,
        "RevocationReason": revocation_reason,
        "RevokedAt": revoked_at,
        "Serial": serial,
        "SignatureAlgorithm": signature_algorithm,
        "Status": status,
        "Subject": subject,
        "SubjectAlternativeNames": subject_alternative_names,
        "Type": r#type,
        "UpdateSummary": update_summary,
    }
    types::CertificateOptions {
        "CertificateTransparencyLoggingPreference": certificate_transparency_logging_preference,
        "Export": export,
        "ValidationMethod": validation_method,
    }
    types::DomainValidation {
        "DomainName": domain_name,
        "HttpRedirect": http_redirect,
        "ResourceRecord": resource_record,
        "ValidationDomain": validation_domain,
        "ValidationEmails": validation_emails,
        "ValidationMethod": validation_method,
        "ValidationStatus": validation_status,
    }
    types::DomainValidationMethodUpdateSummary {
        "From": from,
        "To": to,
    }
    types::ExtendedKeyUsage {
        "Name": name,
        "OID": oid,
    }
    types::HttpRedirect {
        "RedirectFrom": redirect_from,
        "RedirectTo": redirect_to,
    }
    types::KeyUsage {
        "Name": name,
    }
    types::RenewalSummary {
        "DomainValidationOptions": domain_validation_options,
        "RenewalStatus": renewal_status,
        "RenewalStatusReason": renewal_status_reason,
        "UpdatedAt": updated_at,
    }
    types::ResourceRecord {
        "Name": name,
        "Type": r#type,
        "Value": value,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::UpdateSummary {
        "DomainValidationMethodUpdateSummary": domain_validation_method_update_summary,
        "RequestedAt": requested_at,
        "Status": status,
        "Type": r#type,
        "UpdatedAt": updated_at,
    }
}

enumerations! {
    types::CertificateExport,
    types::CertificateKeyPairOrigin,
    types::CertificateManagedBy,
    types::CertificateStatus,
    types::CertificateTransparencyLoggingPreference,
    types::CertificateType,
    types::DomainStatus,
    types::ExtendedKeyUsageName,
    types::FailureReason,
    types::KeyAlgorithm,
    types::KeyUsageName,
    types::RecordType,
    types::RenewalEligibility,
    types::RenewalStatus,
    types::RevocationReason,
    types::UpdateStatus,
    types::UpdateType,
    types::ValidationMethod,
}
