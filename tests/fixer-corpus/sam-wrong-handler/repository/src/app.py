import json
import os

import boto3

TABLE = os.environ["TABLE"]


def handler(event, context):
    table = boto3.resource("dynamodb").Table(TABLE)
    order = table.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item", {})
    return {"statusCode": 200, "body": json.dumps(order, default=str)}
