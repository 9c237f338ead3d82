"""The items API of the tutorial: three plain Lambda handlers, standard library only.

Nothing here knows lambdagate. The same file runs on AWS Lambda behind an HTTP API.

Items lie in one SQLite file, named by ITEMS_DB. Several worker processes use it at once: each
statement is a transaction of its own, and SQLite makes one writer wait for the other.
"""

import base64
import json
import os
import sqlite3
import tempfile

_database = None


def put_item(event, context):
    """POST /items: stores the item. The gateway has checked the body against the schema."""
    item = json.loads(_body(event))
    _items().execute(
        "INSERT INTO items (id, document) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
        (item["id"], json.dumps(item)),
    )
    print(f"stored item {item['id']}")  # a line of the function's log
    return _answer(201, item, {"location": f"/items/{item['id']}"})


def get_item(event, context):
    """GET /items/{id}: one item, or 404."""
    item_id = event["pathParameters"]["id"]
    row = _items().execute("SELECT document FROM items WHERE id = ?", (item_id,)).fetchone()
    if row is None:
        return _answer(404, {"message": "No such item"})
    return _answer(200, json.loads(row[0]))


def echo(event, context):
    """ANY /echo: the event as it came. No statusCode: the gateway answers 200 with this as JSON."""
    return event


def _answer(status, document, headers=None):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(document),
    }


def _body(event):
    """As text, or as base64 when the client did not say that it sends JSON."""
    if event["isBase64Encoded"]:
        return base64.b64decode(event["body"])
    return event["body"]


def _items():
    """The database, opened once a process: what lives outside a handler serves many calls."""
    global _database
    if _database is None:
        # timeout: seconds to wait for another process that writes. None: commit each statement.
        database = sqlite3.connect(_path(), timeout=10, isolation_level=None)
        database.execute("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, document TEXT)")
        _database = database
    return _database


def _path():
    path = os.environ.get("ITEMS_DB")
    if path:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        return path
    # /tmp is everybody's: only a folder of our own, closed to others, is safe to write into.
    folder = os.path.join(tempfile.gettempdir(), f"lambdagate-tutorial-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    found = os.lstat(folder)
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} is not ours alone: set ITEMS_DB to another place")
    return os.path.join(folder, "items.db")
