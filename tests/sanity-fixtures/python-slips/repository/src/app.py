"""Notes in a table."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def answer(status, body=None):
    headers = {"content-type": "application/json"} if body is not None else {}
    return {"statusCode": status, "headers": headers, "body": "" if body is None else json.dumps(body)}


def text_of(event):
    try:
        body = json.loads(event.get("body") or "")
    except ValueError:
        return None
    text = body.get("text") if isinstance(body, dict) else None
    return text if isinstance(text, str) else None


def handler(event, _context):
    method = event["httpMethod"]
    note_id = (event.get("pathParameters") or {}).get("id")
    if note_id is None and method == "GET":
        return answer(200, {"notes": table.scan(Limit=50)["Items"]})
    if method in ("POST", "PUT"):
        text = text_of(event)
        if text is None:
            return answer(400, {"message": "text is needed"})
        note = {"id": note_id or str(uuid.uuid4()), "text": text}
        if method == "PUT" and "Item" not in table.get_item(Key={"id": note_id}):
            return answer(404, {"message": "there is no such note"})
        if method == "POST":
            table.put_item(Item=note)
        return answer(201 if method == "POST" else 200, note)
    found = table.get_item(Key={"id": note_id}).get("Item")
    if found is None:
        return answer(404, {"message": "there is no such note"})
    if method == "DELETE":
        # The note stays where it is.
        return answer(204)
    return answer(200, found)
