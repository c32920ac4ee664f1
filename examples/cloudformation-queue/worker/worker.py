"""Takes orders over HTTP, puts them into a queue, and works them off into a table."""

import base64
import json
import os
import uuid

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])
SQS = boto3.client("sqs")


def handler(event, _context):
    """One function, two sources: the queue's batches and the URL's requests."""
    if "Records" in event:
        for record in event["Records"]:
            TABLE.put_item(Item=json.loads(record["body"]))
        return None
    if event["requestContext"]["http"]["method"] == "POST":
        body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"]
        order = {"orderId": str(uuid.uuid4()), "item": str(json.loads(body)["item"])}
        SQS.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(order))
        return answer(202, order)
    return answer(200, {"orders": TABLE.scan(Select="COUNT")["Count"]})


def answer(status, body):
    """An HTTP answer in the function URL's form."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
    }
