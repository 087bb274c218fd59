"""What schemathesis does not know by itself: bodies of a document a line."""

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines(context, value):
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else repr(value).encode()
