"""A handler's module that cannot be loaded."""

import there_is_no_such_module  # noqa: F401


def handler(event, context):
    return "never"
