# Changes as they happen, for secmonkey: calls that CloudTrail records reach a queue within
# seconds. Two parts:
#
# - The hub, once, where secmonkey runs: an event bus, a queue, and a queue for what cannot be
#   read. Set `secmonkey_hub` to true there, and give secmonkey the output `secmonkey_queue_url`.
# - The rule, in every account and region that is watched, the hub's own among them, and for
#   every account in us-east-1: IAM, Route 53, CloudFront and Organizations tell their events
#   there alone. Set `secmonkey_hub_bus_arn` to the hub's output of that name.
#
# Each account needs a trail; without one EventBridge gets no events of CloudTrail. The rules
# see what writes only. Their state stays ENABLED: with all management events, every read of
# every scan would come, too.

variable "secmonkey_hub" {
  description = "Whether the bus and the queue are made here"
  type        = bool
  default     = true
}

variable "secmonkey_hub_bus_arn" {
  description = "The hub's bus; null for the one that is made here"
  type        = string
  default     = null
}

variable "secmonkey_organization" {
  description = "The organization whose accounts may pass events on; empty for this account alone"
  type        = string
  default     = "@ORGANIZATION@"
}

data "aws_caller_identity" "secmonkey" {}

data "aws_region" "secmonkey" {}

locals {
  secmonkey_hubs = var.secmonkey_hub ? toset(["hub"]) : toset([])
  secmonkey_bus  = coalesce(var.secmonkey_hub_bus_arn, one([for bus in aws_cloudwatch_event_bus.secmonkey : bus.arn]))
}

# The hub.

resource "aws_cloudwatch_event_bus" "secmonkey" {
  for_each = local.secmonkey_hubs
  name     = "@NAME@"
}

data "aws_iam_policy_document" "secmonkey_bus" {
  for_each = local.secmonkey_hubs

  statement {
    sid       = "ThisAccount"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.secmonkey[each.key].arn]

    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.secmonkey.account_id]
    }
  }

  dynamic "statement" {
    for_each = var.secmonkey_organization == "" ? [] : [var.secmonkey_organization]

    content {
      sid       = "Organization"
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.secmonkey[each.key].arn]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "secmonkey" {
  for_each       = local.secmonkey_hubs
  event_bus_name = aws_cloudwatch_event_bus.secmonkey[each.key].name
  policy         = data.aws_iam_policy_document.secmonkey_bus[each.key].json
}

resource "aws_sqs_queue" "secmonkey_dead" {
  for_each                  = local.secmonkey_hubs
  name                      = "@NAME@-dead"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "secmonkey" {
  for_each                   = local.secmonkey_hubs
  name                       = "@NAME@"
  message_retention_seconds  = 345600
  visibility_timeout_seconds = 120
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.secmonkey_dead[each.key].arn
    maxReceiveCount     = 5
  })
}

data "aws_iam_policy_document" "secmonkey_queue" {
  for_each = local.secmonkey_hubs

  statement {
    sid       = "EventBridge"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.secmonkey[each.key].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.secmonkey_hub[each.key].arn]
    }
  }
}

resource "aws_sqs_queue_policy" "secmonkey" {
  for_each  = local.secmonkey_hubs
  queue_url = aws_sqs_queue.secmonkey[each.key].id
  policy    = data.aws_iam_policy_document.secmonkey_queue[each.key].json
}

resource "aws_cloudwatch_event_rule" "secmonkey_hub" {
  for_each       = local.secmonkey_hubs
  name           = "@NAME@-queue"
  description    = "Puts calls that change something on the queue of secmonkey"
  event_bus_name = aws_cloudwatch_event_bus.secmonkey[each.key].name
  event_pattern  = jsonencode({ "detail-type" = ["AWS API Call via CloudTrail"] })
}

resource "aws_cloudwatch_event_target" "secmonkey_hub" {
  for_each       = local.secmonkey_hubs
  rule           = aws_cloudwatch_event_rule.secmonkey_hub[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.secmonkey[each.key].name
  arn            = aws_sqs_queue.secmonkey[each.key].arn
}

# The rule of each account and region.

data "aws_iam_policy_document" "secmonkey_pass_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "secmonkey_pass" {
  statement {
    actions   = ["events:PutEvents"]
    resources = [local.secmonkey_bus]
  }
}

resource "aws_iam_role" "secmonkey_pass" {
  # One a region: roles are of the whole account.
  name               = "@NAME@-${data.aws_region.secmonkey.region}"
  description        = "Passes calls that change something on to secmonkey"
  assume_role_policy = data.aws_iam_policy_document.secmonkey_pass_trust.json
}

resource "aws_iam_role_policy" "secmonkey_pass" {
  name   = "pass-events"
  role   = aws_iam_role.secmonkey_pass.id
  policy = data.aws_iam_policy_document.secmonkey_pass.json
}

resource "aws_cloudwatch_event_rule" "secmonkey" {
  name        = "@NAME@"
  description = "Passes calls that change something on to secmonkey"

  event_pattern = jsonencode({
    "detail-type" = ["AWS API Call via CloudTrail"]
    "detail" = {
      "errorCode" = [{ "exists" = false }]
      "readOnly"  = [false]
      "eventSource" = [
@SOURCES_TERRAFORM@
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "secmonkey" {
  rule     = aws_cloudwatch_event_rule.secmonkey.name
  arn      = local.secmonkey_bus
  role_arn = aws_iam_role.secmonkey_pass.arn
}

output "secmonkey_queue_url" {
  description = "What secmonkey is told: the queue"
  value       = one([for queue in aws_sqs_queue.secmonkey : queue.id])
}

output "secmonkey_queue_arn" {
  description = "What secmonkey may read: sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes"
  value       = one([for queue in aws_sqs_queue.secmonkey : queue.arn])
}

output "secmonkey_hub_bus_arn" {
  description = "What the rules of other accounts and regions are told"
  value       = local.secmonkey_bus
}
