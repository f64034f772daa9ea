"""moto's server, with the operations that a scan asks for and moto lacks."""

import sys

from moto.core.responses import ActionResult
from moto.server import main
from moto.ses.responses import EmailResponse


def list_identity_policies(self):
    """Nobody but the owner sends mail in the name of these identities."""
    return ActionResult({"PolicyNames": []})


if hasattr(EmailResponse, "list_identity_policies"):
    sys.exit("server.py: moto knows ListIdentityPolicies by now: take it out here")
EmailResponse.list_identity_policies = list_identity_policies

if __name__ == "__main__":
    sys.exit(main())
