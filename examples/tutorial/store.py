"""Where the items lie: a SQLite file, or a DynamoDB table when ITEMS_TABLE names one.

Each worker process opens its store once: what lives outside a handler serves many calls.
"""

import json
import os
import sqlite3
import tempfile

_store = None


def items():
    """The store of this process. Both kinds have put(item) and get(id), which is None without one."""
    global _store
    if _store is None:
        table = os.environ.get("ITEMS_TABLE")
        _store = DynamoStore(table) if table else SqliteStore(_path())
    return _store


class SqliteStore:
    """Several workers use the file at once: each statement is a transaction of its own, and SQLite
    makes one writer wait for the other."""

    def __init__(self, path):
        # timeout: seconds to wait for another process that writes. None: commit each statement.
        self.database = sqlite3.connect(path, timeout=10, isolation_level=None)
        self.database.execute("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, document TEXT)")

    def put(self, item):
        self.database.execute(
            "INSERT INTO items (id, document) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            (item["id"], json.dumps(item)),
        )

    def get(self, item_id):
        found = self.database.execute("SELECT document FROM items WHERE id = ?", (item_id,))
        row = found.fetchone()
        return json.loads(row[0]) if row else None


class DynamoStore:
    """A table with the key `id` (string). AWS_ENDPOINT_URL_DYNAMODB leads to another server."""

    def __init__(self, table):
        import boto3  # on AWS it is there; elsewhere only those who use a table need it

        self.client, self.table = boto3.client("dynamodb"), table

    def put(self, item):
        row = {"id": {"S": item["id"]}, "document": {"S": json.dumps(item)}}
        self.client.put_item(TableName=self.table, Item=row)

    def get(self, item_id):
        found = self.client.get_item(TableName=self.table, Key={"id": {"S": item_id}}, ConsistentRead=True)
        return json.loads(found["Item"]["document"]["S"]) if "Item" in found else None


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
