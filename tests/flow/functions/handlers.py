"""Handlers for the flow tests. Plain Lambda handlers: nothing here knows what runs them."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time

print("handlers are loaded")


def echo(event, context):
    return event


def echo_answer(event, context):
    """The event in an answer that every format of every kind understands."""
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}


def body_of(event):
    body = event.get("body", "")
    return base64.b64decode(body).decode() if event.get("isBase64Encoded") else body


def act(event, context):
    """Does what the body says: {"do": "...", ...}."""
    order = json.loads(body_of(event))
    return ACTIONS[order["do"]](order, context)


def gate(order, context):
    """Says that it runs, then waits until it is let through: {"name": ..., "gate": folder}."""
    folder, name = order["gate"], order["name"]
    started = os.path.join(folder, f"started-{name}")
    with open(f"{started}.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"{started}.new", started)  # whoever sees it finds all of it
    while not os.path.exists(os.path.join(folder, f"open-{name}")):
        time.sleep(0.005)
    return {"through": name, "pid": os.getpid()}


def describe(order, context):
    return {
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "descriptors": sorted(int(fd) for fd in os.listdir("/proc/self/fd")),
        "session": os.getsid(0),
        "stdin": os.readlink("/proc/self/fd/0"),
    }


def fail(order, context):
    raise ValueError(order["text"])


def leave(order, context):
    sys.stdout.write("leaving in the middle of a li")
    sys.stdout.flush()
    if "signal" in order:
        os.kill(os.getpid(), order["signal"])
    os._exit(order["status"])


def hang(order, context):
    with open(order["file"], "w") as file:
        file.write(str(os.getpid()))
    if order.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()


def say(order, context):
    for line in order["lines"]:
        print(line, file=sys.stderr if order.get("stderr") else sys.stdout)
    return len(order["lines"])


def large(order, context):
    return "x" * order["size"]


def breed(order, context):
    """Starts a child in a session of its own, and a grandchild whose parent is gone; both stay."""
    sleeper = [sys.executable, "-c", "import signal\nwhile True: signal.pause()"]
    child = subprocess.Popen(sleeper, start_new_session=True, stdin=subprocess.DEVNULL)
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        stray = subprocess.Popen(sleeper, start_new_session=True, stdin=subprocess.DEVNULL)
        os.write(writer, str(stray.pid).encode())
        os._exit(0)
    os.wait()
    stray = int(os.read(reader, 32))
    return {"child": child.pid, "stray": stray, "pid": os.getpid()}


def on_sigterm(order, context):
    """From here on the process leaves a file behind when it is asked to end."""

    def told(number, frame):
        open(order["file"], "w").close()
        os._exit(0)

    signal.signal(signal.SIGTERM, told)
    return "ready"


def run(order, context):
    """Output and status of a command of the shell: {"command": ...}."""
    done = subprocess.run(["sh", "-c", order["command"]], capture_output=True, text=True)
    return {"output": done.stdout + done.stderr, "status": done.returncode, "pid": os.getpid()}


KEPT = []


def hoard(order, context):
    """Takes so many MB and keeps them, itself or by a child: {"mb": ..., "child": false}."""
    if order.get("child"):
        code = f"import signal; x = bytearray({order['mb']} << 20)\nwhile True: signal.pause()"
        subprocess.run([sys.executable, "-c", code])
    if order.get("later"):  # while nobody calls
        threading.Timer(0.1, lambda: KEPT.append(bytearray(order["mb"] << 20))).start()
        return os.getpid()
    kept = bytearray(order["mb"] << 20)
    while order.get("stay", True):
        signal.pause()
    return len(kept)


def note(order, context):
    """Writes down that a number was run, before anybody hears of it."""
    with open(order["file"], "a") as file:
        file.write(f"{order['number']}\n")
    return {"number": order["number"]}


ACTIONS = {
    "note": note,
    "hoard": hoard,
    "run": run,
    "gate": gate,
    "describe": describe,
    "fail": fail,
    "leave": leave,
    "hang": hang,
    "say": say,
    "large": large,
    "breed": breed,
    "on_sigterm": on_sigterm,
    "return": lambda order, context: order["value"],
}
