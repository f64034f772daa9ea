//! Written by `cargo xtask shapes`: do not edit.

use aws_sdk_iam::{operation, types};

structures! {
    operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput {
        "ClientIDList": client_id_list,
        "CreateDate": create_date,
        "Tags": tags,
        "ThumbprintList": thumbprint_list,
        "Url": url,
    }
    operation::get_saml_provider::GetSamlProviderOutput {
        "AssertionEncryptionMode": assertion_encryption_mode,
        "CreateDate": create_date,
        "PrivateKeyList": private_key_list,
        "SAMLMetadataDocument": saml_metadata_document,
        "SAMLProviderUUID": saml_provider_uuid,
        "Tags": tags,
        "ValidUntil": valid_until,
    }
    types::AccessKeyLastUsed {
        "LastUsedDate": last_used_date,
        "Region": region,
        "ServiceName": service_name,
    }
    types::AccessKeyMetadata {
        "AccessKeyId": access_key_id,
        "CreateDate": create_date,
        "Status": status,
        "UserName": user_name,
    }
    types::AttachedPermissionsBoundary {
        "PermissionsBoundaryArn": permissions_boundary_arn,
        "PermissionsBoundaryType": permissions_boundary_type,
    }
    types::AttachedPolicy {
        "PolicyArn": policy_arn,
        "PolicyName": policy_name,
    }
    types::GroupDetail {
        "Arn": arn,
        "AttachedManagedPolicies": attached_managed_policies,
        "CreateDate": create_date,
        "GroupId": group_id,
        "GroupName": group_name,
        "GroupPolicyList": group_policy_list,
        "Path": path,
    }
    types::InstanceProfile {
        "Arn": arn,
        "CreateDate": create_date,
        "InstanceProfileId": instance_profile_id,
        "InstanceProfileName": instance_profile_name,
        "Path": path,
        "Roles": roles,
        "Tags": tags,
    }
    types::LoginProfile {
        "CreateDate": create_date,
        "PasswordResetRequired": password_reset_required,
        "UserName": user_name,
    }
    types::ManagedPolicyDetail {
        "Arn": arn,
        "AttachmentCount": attachment_count,
        "CreateDate": create_date,
        "DefaultVersionId": default_version_id,
        "Description": description,
        "IsAttachable": is_attachable,
        "Path": path,
        "PermissionsBoundaryUsageCount": permissions_boundary_usage_count,
        "PolicyId": policy_id,
        "PolicyName": policy_name,
        "PolicyVersionList": policy_version_list,
        "UpdateDate": update_date,
    }
    types::MfaDevice {
        "EnableDate": enable_date,
        "SerialNumber": serial_number,
        "UserName": user_name,
    }
    types::PasswordPolicy {
        "AllowUsersToChangePassword": allow_users_to_change_password,
        "ExpirePasswords": expire_passwords,
        "HardExpiry": hard_expiry,
        "MaxPasswordAge": max_password_age,
        "MinimumPasswordLength": minimum_password_length,
        "PasswordReusePrevention": password_reuse_prevention,
        "RequireLowercaseCharacters": require_lowercase_characters,
        "RequireNumbers": require_numbers,
        "RequireSymbols": require_symbols,
        "RequireUppercaseCharacters": require_uppercase_characters,
    }
    types::PolicyDetail {
        "PolicyDocument": policy_document,
        "PolicyName": policy_name,
    }
    types::PolicyVersion {
        "CreateDate": create_date,
        "Document": document,
        "IsDefaultVersion": is_default_version,
        "VersionId": version_id,
    }
    types::Role {
        "Arn": arn,
        "AssumeRolePolicyDocument": assume_role_policy_document,
        "CreateDate": create_date,
        "Description": description,
        "MaxSessionDuration": max_session_duration,
        "Path": path,
        "PermissionsBoundary": permissions_boundary,
        "RoleId": role_id,
        "RoleLastUsed": role_last_used,
        "RoleName": role_name,
        "SourceRoleTemplate": source_role_template,
        "Tags": tags,
    }
    types::RoleDetail {
        "Arn": arn,
        "AssumeRolePolicyDocument": assume_role_policy_document,
        "AttachedManagedPolicies": attached_managed_policies,
        "CreateDate": create_date,
        "InstanceProfileList": instance_profile_list,
        "Path": path,
        "PermissionsBoundary": permissions_boundary,
        "RoleId": role_id,
        "RoleLastUsed": role_last_used,
        "RoleName": role_name,
        "RolePolicyList": role_policy_list,
        "Tags": tags,
    }
    types::RoleLastUsed {
        "LastUsedDate": last_used_date,
        "Region": region,
    }
    types::SamlPrivateKey {
        "KeyId": key_id,
        "Timestamp": timestamp,
    }
    types::ServerCertificate {
        "CertificateBody": certificate_body,
        "CertificateChain": certificate_chain,
        "ServerCertificateMetadata": server_certificate_metadata,
        "Tags": tags,
    }
    types::ServerCertificateMetadata {
        "Arn": arn,
        "Expiration": expiration,
        "Path": path,
        "ServerCertificateId": server_certificate_id,
        "ServerCertificateName": server_certificate_name,
        "UploadDate": upload_date,
    }
    types::SigningCertificate {
        "CertificateBody": certificate_body,
        "CertificateId": certificate_id,
        "Status": status,
        "UploadDate": upload_date,
        "UserName": user_name,
    }
    types::SourceRoleTemplate {
        "TemplateArn": template_arn,
        "TemplateMinorVersion": template_minor_version,
    }
    types::Tag {
        "Key": key,
        "Value": value,
    }
    types::UserDetail {
        "Arn": arn,
        "AttachedManagedPolicies": attached_managed_policies,
        "CreateDate": create_date,
        "GroupList": group_list,
        "Path": path,
        "PermissionsBoundary": permissions_boundary,
        "Tags": tags,
        "UserId": user_id,
        "UserName": user_name,
        "UserPolicyList": user_policy_list,
    }
}

enumerations! {
    types::AssertionEncryptionModeType,
    types::PermissionsBoundaryAttachmentType,
    types::StatusType,
}
