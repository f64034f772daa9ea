//! The role that a scan assumes, for Terraform.

use std::fmt::Write as _;

use super::{DESCRIPTION, Policy, Role, TRUSTED};

/// The role, whom it trusts, and its policies. No name that stands in it needs an escape:
/// the command line takes no other.
pub fn module(role: &Role<'_>) -> String {
    let name = role.name;
    let default = role.trust.map_or("null".to_owned(), |trust| format!("\"{trust}\""));
    let condition = role.external_id.map_or_else(String::new, |id| {
        format!(
            r#"

    condition {{
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["{id}"]
    }}"#
        )
    });
    let mut text = format!(
        r#"# The role `{name}`, under which secmonkey reads this account and can change nothing.

variable "secmonkey_trust" {{
  description = "{TRUSTED}; null for the account that the role is in"
  type        = string
  default     = {default}
}}

data "aws_caller_identity" "secmonkey" {{}}

data "aws_iam_policy_document" "secmonkey_trust" {{
  statement {{
    actions = ["sts:AssumeRole"]

    principals {{
      type        = "AWS"
      identifiers = [coalesce(var.secmonkey_trust, data.aws_caller_identity.secmonkey.account_id)]
    }}{condition}
  }}
}}

resource "aws_iam_role" "secmonkey" {{
  name               = "{name}"
  description        = "{DESCRIPTION}"
  assume_role_policy = data.aws_iam_policy_document.secmonkey_trust.json
}}
"#
    );
    for (number, policy) in (1..).zip(role.policies) {
        let (name, document) = (role.policy(number), document(policy));
        let _ = write!(
            text,
            r#"
resource "aws_iam_policy" "secmonkey_{number}" {{
  name        = "{name}"
  description = "{DESCRIPTION}"
{document}}}

resource "aws_iam_role_policy_attachment" "secmonkey_{number}" {{
  role       = aws_iam_role.secmonkey.name
  policy_arn = aws_iam_policy.secmonkey_{number}.arn
}}
"#
        );
    }
    text.push_str(
        r#"
output "secmonkey_role_arn" {
  value = aws_iam_role.secmonkey.arn
}
"#,
    );
    text
}

/// The document of a policy, as an argument.
fn document(policy: &Policy<'_>) -> String {
    let mut text = format!(
        "\n  policy = jsonencode({{\n    Version = \"{}\"\n    Statement = [\n",
        policy.version
    );
    for statement in &policy.statement {
        let _ = write!(
            text,
            "      {{\n        Sid      = \"{}\"\n        Effect   = \"{}\"\n        Resource = \"{}\"\n        Action = [\n",
            statement.sid, statement.effect, statement.resource
        );
        for action in &statement.action {
            let _ = writeln!(text, "          \"{action}\",");
        }
        text.push_str("        ]\n      },\n");
    }
    text.push_str("    ]\n  })\n");
    text
}
