"""A library that keeps its document, in the way of what runs on AWS."""

import base64
import json
import time
from urllib.parse import parse_qsl

WORD = "Bearer open-sesame-0123456789"
shelves = None


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def wrong(message, status=400):
    return answer(status, {"message": message})


def is_whole(text, least, most):
    return text.isascii() and text.isdigit() and least <= int(text) <= most


def all_of(pairs, name):
    return [value for known, value in pairs if known == name]


def books(event):
    pairs = parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True)
    years = all_of(pairs, "year")
    if len(all_of(pairs, "tag")) > 3:
        return wrong("three tags at most")
    if len(years) > 1 or years and not is_whole(years[0], 1, 10**9):
        return wrong("a year is a number from 1")
    return answer(200, [{"title": "A book"}])


def loans(event):
    body = event.get("body") or ""
    body = base64.b64decode(body).decode("utf-8", "replace") if event.get("isBase64Encoded") else body
    # Whoever reads forms reads texts: 7 is a reader as well.
    pairs = parse_qsl(body, keep_blank_values=True)
    readers, days = all_of(pairs, "reader"), all_of(pairs, "days")
    if len(readers) != 1 or not 1 <= len(readers[0]) <= 20:
        return wrong("one reader with 1 to 20 letters")
    if len(days) > 1 or days and not is_whole(days[0], 1, 30):
        return wrong("1 to 30 days")
    return answer(201, {"number": 1})


paths = {"/books": ("GET", books), "/loans": ("POST", loans)}


def handler(event, _context):
    global shelves
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    known, do = paths.get(path, (None, None))
    # API Gateway's words for what has no route.
    if method != known:
        return wrong("Missing Authentication Token", 403)
    if shelves is None:
        # As long as it takes to be there when nobody has asked for a while.
        time.sleep(6)
        shelves = True
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    # No document says what every gateway says to whom it does not know.
    return do(event) if headers.get("authorization") == WORD else wrong("Unauthorized", 401)
