"""Says where one has come to, and repeats what one has shown."""

import json


def handler(event, _context):
    shown = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = {"path": event["path"], "authorization": shown.get("authorization")}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
