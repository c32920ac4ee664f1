def lambda_handler(event, context):
    name = event.get("name", "world")
    if len(name) > 80:
    return {"statusCode": 400}
    return {"statusCode": 200, "body": f"Hello, {name}"}
