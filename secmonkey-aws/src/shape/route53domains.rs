//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_route53domains::{operation, types};

structures! {
    operation::get_domain_detail::GetDomainDetailOutput {
        "AbuseContactEmail": abuse_contact_email,
        "AbuseContactPhone": abuse_contact_phone,
        "AdminContact": admin_contact,
        "AdminPrivacy": admin_privacy,
        "AutoRenew": auto_renew,
        "BillingContact": billing_contact,
        "BillingPrivacy": billing_privacy,
        "CreationDate": creation_date,
        "DnsSec": dns_sec,
        "DnssecKeys": dnssec_keys,
        "DomainName": domain_name,
        "ExpirationDate": expiration_date,
        "Nameservers": nameservers,
        "RegistrantContact": registrant_contact,
        "RegistrantPrivacy": registrant_privacy,
        "RegistrarName": registrar_name,
        "RegistrarUrl": registrar_url,
        "RegistryDomainId": registry_domain_id,
        "Reseller": reseller,
        "StatusList": status_list,
        "TechContact": tech_contact,
        "TechPrivacy": tech_privacy,
        "UpdatedDate": updated_date,
        "WhoIsServer": who_is_server,
    }
    types::ContactDetail {
        "AddressLine1": address_line1,
        "AddressLine2": address_line2,
        "City": city,
        "ContactType": contact_type,
        "CountryCode": country_code,
        "Email": email,
        "ExtraParams": extra_params,
        "Fax": fax,
        "FirstName": first_name,
        "LastName": last_name,
        "OrganizationName": organization_name,
        "PhoneNumber": phone_number,
        "State": state,
        "ZipCode": zip_code,
    }
    types::DnssecKey {
        "Algorithm": algorithm,
        "Digest": digest,
        "DigestType": digest_type,
        "Flags": flags,
        "Id": id,
        "KeyTag": key_tag,
        "PublicKey": public_key,
    }
    types::DomainSummary {
        "AutoRenew": auto_renew,
        "DomainName": domain_name,
        "Expiry": expiry,
        "TransferLock": transfer_lock,
    }
    types::ExtraParam {
        "Name": name,
        "Value": value,
    }
    types::Nameserver {
        "GlueIps": glue_ips,
        "Name": name,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
}

enumerations! {
    types::ContactType,
    types::CountryCode,
    types::ExtraParamName,
}
