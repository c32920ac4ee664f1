"""Lets in those who know the word."""


def handler(event, _context):
    token = event.get("authorizationToken", "")
    effect = "Allow" if token == "Bearer open-sesame-0123456789" else "Deny"
    stage = event["methodArn"].split("/", 2)
    resource = f"{stage[0]}/{stage[1]}/*"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": "somebody", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
