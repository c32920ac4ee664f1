"""Greets whoever asks."""

import json
import os


def handler(event, _context):
    """Answers GET /hello?name=…"""
    query = event.get("queryStringParameters") or {}
    name = query.get("name", "world")
    body = {"message": f"Hello, {name}!", "service": os.environ["SERVICE"]}
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
