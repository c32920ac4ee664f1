"""Reports."""

import json
import time


def handler(event, _context):
    if event["path"] == "/report":
        return {"statusCode": 200, "body": json.dumps(event["rows"])}
    if event["path"] == "/history":
        time.sleep(6)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "[]"}
