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
        "end": False,
    },
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
    return bodies


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
