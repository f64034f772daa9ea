"""How list.py is told what to ask for."""

from typing import NamedTuple


class Read(NamedTuple):
    """A call, and those that follow from its answer."""

    operation: str
    # Where the items are in the answer, for JMESPath.
    lists: str
    # What is read of each item, and what of as many of a page as one call takes.
    each: tuple
    together: tuple
    # `{Name}` is that member of the item, `{0}` the item itself, `{1}` what it is of, `{all}`
    # those that are read together.
    arguments: dict


def read(operation, lists="", *each, together=(), **arguments):
    return Read(operation, lists, each, together, arguments)


def reads(operations, **arguments):
    return [read(operation, **arguments) for operation in operations.split()]


# How many items one call takes.
MOST = {
    "batch_get_repository_scanning_configuration": 25,
    "describe_clusters": 100,
    "describe_services": 10,
    "get_identity_dkim_attributes": 100,
    "get_identity_mail_from_domain_attributes": 100,
    "get_identity_notification_attributes": 100,
    "get_identity_verification_attributes": 100,
}
