"""Greets whoever asks."""

import json


def lambda_handler(event, _context):
    """Answers GET /?name=…"""
    query = event.get("queryStringParameters") or {}
    name = query.get("name", "world")
    body = {"message": f"Hello, {name}!", "service": "simple-lambda-python"}
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
