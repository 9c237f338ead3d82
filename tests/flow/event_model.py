"""What a function must be told of a request, said a second time: by Python, from the contract.

Knows nothing of the gateway's code. Takes a request as it is sent and returns the members of the
event that depend on it; ids, times and addresses are the caller's to check.
"""

import base64
from urllib.parse import unquote, unquote_to_bytes

HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
REST_DROPS = HOP_BY_HOP | {
    "content-length", "content-md5", "expect", "max-forwards", "server", "www-authenticate",
}  # fmt: skip
GATEWAYS = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
REST_NAMES = {"host": "Host", "user-agent": "User-Agent", "authorization": "Authorization"}
TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}


def text_of(raw):
    """Bytes as they stand in JSON: one U+FFFD for every byte that is no UTF-8."""
    text, at = "", 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            try:
                text += raw[at : at + size].decode()
                break
            except UnicodeDecodeError:
                continue
        else:
            size = 1
            text += "\ufffd"
        at += size
    return text


def decoded(part, plus=False):
    return text_of(unquote_to_bytes(part.replace("+", " ") if plus else part))


def query_pairs(query, semicolons):
    if semicolons:
        query = query.replace(";", "&")
    pairs = []
    for piece in query.split("&"):
        if not piece:
            continue
        name, _, value = piece.partition("=")
        try:
            shown = unquote(name.replace("+", " "), errors="strict")
        except UnicodeDecodeError:
            shown = name
        pairs.append((shown, decoded(value, plus=True)))
    return pairs


def kept_headers(headers, drops):
    for name, value in headers:
        low = name.lower()
        if low not in drops and low not in GATEWAYS and not low.startswith("proxy-"):
            yield name, text_of(value.encode("latin-1"))


def grouped(pairs):
    """name -> values, in order."""
    groups = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def last(groups):
    return {name: values[-1] for name, values in groups.items()} or None


def title(name):
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))


def header_groups(headers, kind):
    if kind == "http":
        return grouped((title(name), value) for name, value in kept_headers(headers, HOP_BY_HOP))
    spelling, pairs = dict(REST_NAMES), []
    for name, value in kept_headers(headers, REST_DROPS):
        pairs.append((spelling.setdefault(name.lower(), name), value))
    return grouped(pairs)


def media_type(headers):
    types = [value for name, value in headers if name.lower() == "content-type"]
    return types[0].split(";")[0].strip().lower() if types else ""


def http_body(headers, body):
    kind = media_type(headers)
    text = kind.startswith("text/") or kind in TEXT_TYPES
    try:
        if text:
            return body.decode(), False
    except UnicodeDecodeError:
        pass
    return base64.b64encode(body).decode(), True


def rest_body(headers, body, binary):
    kind = media_type(headers)
    if any(kind == entry or entry == "*/*" for entry in binary):
        return base64.b64encode(body).decode(), True
    return text_of(body), False


def event_1_0(kind, target, headers, body, stage=None, binary=()):
    """The members of an event 1.0 that the request decides; `stage` is the first segment, or None."""
    path, _, query = target.partition("?")
    groups = grouped(query_pairs(query, kind == "rest"))
    multi = header_groups(headers, kind)
    if kind == "rest":
        shown = "/" + path.removeprefix(f"/{stage}").lstrip("/")
        text, encoded = rest_body(headers, body, binary)
    else:
        shown = path
        text, encoded = http_body(headers, body)
    return {
        "path": shown,
        "headers": last(multi) or {},
        "multiValueHeaders": multi,
        "queryStringParameters": last(groups),
        "multiValueQueryStringParameters": groups or None,
        "body": text if body else None,
        "isBase64Encoded": encoded if body else False,
    }


def event_2_0(target, headers, body):
    path, _, query = target.partition("?")
    groups = grouped(query_pairs(query, False))
    cookies = [
        cookie.strip()
        for name, value in kept_headers(headers, HOP_BY_HOP)
        if name.lower() == "cookie"
        for cookie in value.split(";")
        if cookie.strip()
    ]
    others = [(n.lower(), v) for n, v in kept_headers(headers, HOP_BY_HOP) if n.lower() != "cookie"]
    text, encoded = http_body(headers, body)
    event = {
        "rawPath": text_of(unquote_to_bytes(path).partition(b"?")[0]),
        "rawQueryString": query,
        "headers": {name: ",".join(values) for name, values in grouped(others).items()},
        "isBase64Encoded": encoded if body else False,
    }
    if cookies:
        event["cookies"] = cookies
    if groups:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in groups.items()}
    if body:
        event["body"] = text
    return event
