"""The tutorial's handlers, unchanged, on a DynamoDB table of a server that others wrote."""

import subprocess

import pytest

from gateway import PATIENCE, ROOT, Gateway, expect, wait_for
from ports import free_port

PEN = {"id": "pen-1", "name": "Pen", "price": 1.5}
# The table is made, and its rows are read, by the SDK alone: what the handlers do is seen from outside.
MAKE = """
import boto3
boto3.client("dynamodb").create_table(
    TableName="items",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
"""
LIST = """
import boto3, json
rows = boto3.client("dynamodb").scan(TableName="items", ConsistentRead=True)["Items"]
print(json.dumps({row["id"]["S"]: json.loads(row["document"]["S"]) for row in rows}))
"""


class Table:
    """A dynalite of our own with the table, and the SDK's view of it."""

    def __init__(self, server, sdk, folder):
        self.python = sdk / "venv" / "bin" / "python"
        (self.packages,) = (sdk / "venv" / "lib").glob("python3*/site-packages")
        self.port = free_port()
        self.log = (folder / "dynalite.log").open("w")
        self.process = subprocess.Popen(
            ["node", server / "node_modules/.bin/dynalite", "--host", "127.0.0.1", "--port", str(self.port),
             "--createTableMs", "0"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.environment = {
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }

    def wait_ready(self):
        import socket

        def answers():
            assert self.process.poll() is None, f"dynalite ended: {self.log.name}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for("dynalite's port", answers)
        self.ask(MAKE)

    def ask(self, program):
        done = subprocess.run(
            [self.python, "-c", program], env=self.environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


@pytest.fixture(scope="module")
def table(installed, tmp_path_factory):
    table = Table(installed("dynalite"), installed("sdk_python"), tmp_path_factory.mktemp("dynalite"))
    try:
        table.wait_ready()
        yield table
    finally:
        table.close()


def config_of(table):
    def function(handler):
        environment = {"ITEMS_TABLE": "items", "PYTHONPATH": str(table.packages)}
        # What Lambda's own credentials would be; these are nobody's.
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = table.environment["AWS_ENDPOINT_URL_DYNAMODB"]
        environment["AWS_SHARED_CREDENTIALS_FILE"] = str(table.credentials)
        workers = {"runtime": "python3", "handler": f"app.{handler}", "directory": str(ROOT / "examples/tutorial")}
        return {"timeout": "60s", "environment": environment, "workers": workers}

    return {
        "region": "eu-west-1",
        "functions": {"put-item": function("put_item"), "get-item": function("get_item")},
        "routes": {
            "POST /items": {
                "function": "put-item",
                "body": str(ROOT / "examples/tutorial/schemas/item.json"),
            },
            "GET /items/{id}": {"function": "get-item"},
        },
    }


@pytest.fixture(scope="module")
def gateway(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tutorial")
    table.credentials = folder / "credentials"
    table.credentials.write_text("[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = test\n")
    with Gateway(folder, config_of(table)) as gateway:
        yield gateway


@pytest.mark.smoke
@pytest.mark.xdist_group("tutorial")
def test_a_posted_item_is_a_row_of_the_table(gateway, table):
    expect(gateway.post_json("/items", PEN), 201, PEN)
    assert '"pen-1"' in table.ask(LIST)
    expect(gateway.get("/items/pen-1"), 200, PEN)


@pytest.mark.xdist_group("tutorial")
def test_an_item_can_be_replaced(gateway):
    expect(gateway.post_json("/items", {"id": "cup", "name": "Cup", "price": 3}), 201)
    expect(gateway.post_json("/items", {"id": "cup", "name": "Grüße 🚀", "price": 4}), 201)
    expect(gateway.get("/items/cup"), 200, {"id": "cup", "name": "Grüße 🚀", "price": 4})


@pytest.mark.xdist_group("tutorial")
def test_an_item_that_nobody_stored_is_404(gateway):
    expect(gateway.get("/items/nothing"), 404, {"message": "No such item"})


@pytest.mark.xdist_group("tutorial")
def test_a_wrong_body_never_reaches_the_table(gateway, table):
    expect(gateway.post_json("/items", {"id": "bad", "name": "", "price": 1}), 400)
    assert '"bad"' not in table.ask(LIST)
