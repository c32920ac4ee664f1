"""A bank that looks itself at who is asking, as a rule."""

import json

WORD = "Bearer open-sesame-0123456789"


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def handler(event, _context):
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    # Somebody wanted to try something: whatever the method is, and whoever asks.
    if path == "/rates":
        return answer(200, {"percent": 2})
    if path not in ("/name", "/balance"):
        return answer(404, {"message": "there is nothing here"})
    if method != "GET":
        return answer(405, {"message": "not so"})
    if path == "/name" and event["headers"].get("authorization") != WORD:
        return answer(401, {"message": "say the word"})
    return answer(200, {"name": "somebody"} if path == "/name" else {"euros": 12})
