"""Bodies made to take as long as they can be checked, and the schema that they are held against."""

KB = 1024


def nested(depth, inner):
    for _ in range(depth):
        inner = {"properties": {"n": inner}, "required": ["n"]}
    return inner


HOSTILE = {
    "properties": {
        "groups": {"pattern": "^(a+)+$"},
        "ahead": {"pattern": "(?=[a-z]*1)"},
        "search": {"pattern": "[a-z]+[0-9]"},
        "again": {"pattern": "^(a*)(?=\\1c)"},
        "length": {"minLength": 99999999},
        "number": {"minimum": 0.5},
        "deep": nested(60, {"type": "string", "minLength": 1}),
        "hosts": {"items": {"format": "hostname"}},
        "names": {"items": {"format": "idn-hostname"}},
        "rest": {"items": {"allOf": [{"properties": {"a": True}}] * 8, "unevaluatedProperties": False}},
        "tree": {"$ref": "#/$defs/tree"},
        "unique": {"uniqueItems": True},
        "some": {"contains": {"contains": {"const": 3}}},
        "end": False,
    },
    "$defs": {"tree": {"$dynamicAnchor": "tree", "oneOf": [{"items": {"$dynamicRef": "#tree"}}] * 2}},
    "additionalProperties": {"type": "string", "minLength": 1, "pattern": "^[a-z]*$"},
}


def text(name, size):
    return b'{"%s":"%s!"}' % (name, b"a" * size)


def members(size):
    """Many short members, all valid but the last one."""
    pieces = []
    while len(pieces) * 13 < size:
        pieces.append(b'"%x":"abc"' % len(pieces))
    return b"{" + b",".join(pieces) + b',"end":1}'


def exhausting():
    """Bodies that take all of their fuel."""
    bodies = {"groups-100B": text(b"groups", 100)}
    for name in (b"groups", b"ahead", b"search", b"again"):
        for size in (15, 60, 255, 1000):
            bodies[f"{name.decode()}-{size}K"] = text(name, size * KB - 100)
    # The formats only where they are checked: validation.formats.
    bodies["hosts-255K"] = elements(b"hosts", b'"xn--mxa.xn--mxa.xn--mxa"', 255)
    bodies["names-255K"] = elements(b"names", '"α.β.γ.δ"'.encode(), 255)
    bodies["rest-255K"] = elements(b"rest", b'{"a":1}', 255)
    bodies["tree"] = b'{"tree":' + b"[" * 60 + b"]" * 60 + b"}"
    return bodies


def elements(name, one, size):
    """An array of many that are the same, in so many KB."""
    return b'{"%s":[%s]}' % (name, b",".join([one] * (size * KB // (len(one) + 1))))


def long_ones():
    """Bodies that are long to read and to check, with what is wrong at their end."""
    values = b'{"x":[%s1],"end":1}'
    return {
        "members-15K": members(15 * KB),
        "members-60K": members(60 * KB),
        "members-255K": members(255 * KB),
        "members-1000K": members(1000 * KB),
        "arrays-15K": values % (b"[]," * (5 * KB - 10)),
        "arrays-60K": values % (b"[]," * (20 * KB - 10)),
        "arrays-255K": values % (b"[]," * (85 * KB - 10)),
        "digits-2000K": values % (b"1," * (999 * KB)),
        "unique-1000K": b'{"unique":[%s],"end":1}' % b",".join(b'"%x"' % i for i in range(110 * KB)),
        "some-1000K": elements(b"some", b"[1,2]", 1000)[:-1] + b',"end":1}',
        "length-5000K": text(b"length", 5000 * KB),
        "number-1000K": b'{"number":0.5%s,"end":1}' % (b"0" * 1000 * KB),
        "deep": b'{"deep":' + b'{"n":' * 60 + b"[" * 60 + b"]" * 60 + b"}" * 61,
    }


# Long to read and to check, and just short enough for a loop.
HARD_AT_A_GLANCE = members(15 * KB)


def write_to(folder):
    """Each as a file of its own, for flood.py."""
    for name, body in {**exhausting(), **long_ones()}.items():
        (folder / name).write_bytes(body)
