"""Random schemas of the five drafts, and values that come near them; the same for the same seed.

What is rare in published suites is common here: keywords that depend on what others looked at
(`unevaluated...` behind references, `if`, `contains`), references beside keywords, dynamic ones across
resources. A reference never leads back to where it stands for the same value.
"""

import random
from typing import NamedTuple

DRAFTS = ["4", "6", "7", "2019-09", "2020-12"]
NAMES = ["a", "b", "c", "foo"]
TEXTS = ["", "a", "b", "ab", "foo", "é", "😀", "aé😀"]
NUMBERS = [0, 1, -1, 1.0, 1.5, 2, 3, 10, -0.5, 100, 0.25]
PATTERNS = ["^a", "b$", "^[a-c]+$", "o", "^.$", "^.{2,3}$", "^(a|foo)$", "x*"]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
URI = "http://schemas.test/"
META = {
    "4": "http://json-schema.org/draft-04/schema#",
    "6": "http://json-schema.org/draft-06/schema#",
    "7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}


class Value:
    """Values; small ones of few names, so that they meet schemas of the same few names."""

    def __init__(self, chance):
        self.chance = chance

    def make(self, depth=3):
        pick = self.chance.random()
        if depth > 0 and pick < 0.4:
            return self.object(depth - 1)
        if depth > 0 and pick < 0.65:
            return self.array(depth - 1)
        return self.scalar()

    def scalar(self):
        return self.chance.choice([self.chance.choice(NUMBERS), self.chance.choice(TEXTS), True, False, None])

    def object(self, depth):
        names = self.chance.sample([*NAMES, "é"], self.chance.randint(0, 4))
        return {name: self.make(depth) for name in names}

    def array(self, depth):
        items = [self.make(depth) for _ in range(self.chance.randint(0, 4))]
        if items and self.chance.random() < 0.3:
            items.append(self.chance.choice(items))
        return items


class Place(NamedTuple):
    """What may be referred to: definitions from `least` on; all of the schema where the value is a
    member or an element of what the schema is about."""

    least: int
    deeper: bool


class Schema:
    """One schema: root() makes it."""

    def __init__(self, chance, draft):
        self.chance, self.draft, self.number = chance, draft, DRAFTS.index(draft)
        self.value = Value(chance)
        self.count = chance.randint(0, 4)  # of definitions
        self.defs = "$defs" if self.number >= 3 else "definitions"
        self.resources = self.number >= 1 and chance.random() < 0.4  # definitions with addresses of their own
        self.dynamic = self.number >= 3 and chance.random() < 0.4

    # --- references ---------------------------------------------------------------------------------

    def refer(self, place):
        """{} when there is nothing to refer to."""
        base = URI + "root" if self.resources else ""
        found = [f"{base}#/{self.defs}/d{i}" for i in range(place.least, self.count)]
        if self.resources:
            found += [f"{URI}d{i}" for i in range(place.least, self.count)]
        elif self.number >= 3:
            found += [f"#anchor{i}" for i in range(place.least, self.count)]
        if place.deeper:
            found.append(base + "#")
        if place.deeper and self.dynamic and self.chance.random() < 0.6:
            return {"$dynamicRef": "#node"} if self.number == 4 else {"$recursiveRef": "#"}
        return {"$ref": self.chance.choice(found)} if found else {}

    # --- schemas ------------------------------------------------------------------------------------

    def root(self):
        schema = self.make(3, Place(0, False))
        if isinstance(schema, bool) or (self.number <= 2 and "$ref" in schema):
            schema = {"allOf": [schema]}  # beside a reference the definitions would not be seen
        schema["$schema"] = META[self.draft]
        if self.resources or self.dynamic:
            schema["$id"] = URI + "root"
        if self.dynamic:
            self.mark(schema)
        if self.count:
            schema[self.defs] = {f"d{i}": self.definition(i) for i in range(self.count)}
        return schema

    def mark(self, schema):
        if self.number == 4:
            schema["$dynamicAnchor"] = "node"
        else:
            schema["$recursiveAnchor"] = True

    def definition(self, i):
        schema = self.make(2, Place(i + 1, False))
        if isinstance(schema, bool) or (self.number <= 2 and "$ref" in schema):
            schema = {"allOf": [schema]}
        if not self.resources:
            return schema | ({"$anchor": f"anchor{i}"} if self.number >= 3 else {})
        schema["$id"] = f"{URI}d{i}"
        if self.dynamic and self.chance.random() < 0.6:
            self.mark(schema)
        elif self.dynamic and self.number == 4:
            schema["$anchor"] = "node"  # what a dynamic reference from here leads to, and no further
        return schema

    def make(self, depth, place):
        if self.number >= 1 and self.chance.random() < 0.08:
            return self.chance.random() < 0.6
        schema = {}
        groups = [self.scalars, self.objects, self.arrays, self.logic, self.refer_in_depth]
        weights = [3, 4, 3, 3 if depth > 0 else 0, 2]
        for group in self.chance.choices(groups, weights, k=self.chance.randint(1, 3)):
            schema.update(group(depth - 1, place))
        if self.number >= 3 and depth > 0 and self.chance.random() < 0.35:
            schema.update(self.unevaluated(depth - 1))
        return schema

    def refer_in_depth(self, _, place):
        return self.refer(place)

    def below(self, depth):
        """For a member or an element."""
        return self.make(depth, Place(0, True)) if depth >= 0 else self.scalars()

    def same(self, depth, place):
        """For the same value."""
        return self.make(depth, place) if depth >= 0 else self.scalars()

    def scalars(self, *_):
        chance = self.chance
        pick = chance.randrange(9)
        if pick <= 1:
            kinds = chance.sample(TYPES, chance.randint(1, 3))
            return {"type": kinds if len(kinds) > 1 or chance.random() < 0.2 else kinds[0]}
        if pick == 2:
            values = []
            for _ in range(chance.randint(1, 4)):
                value = self.value.make(1)
                if not any(same(value, other) for other in values):
                    values.append(value)
            return {"enum": values}
        if pick == 3 and self.number >= 1:
            return {"const": self.value.make(1)}
        if pick == 4:
            return {"minLength": chance.randint(0, 3), "maxLength": chance.randint(0, 4)}
        if pick == 5:
            return {"pattern": chance.choice(PATTERNS)}
        if pick == 6:
            return {"multipleOf": chance.choice([1, 2, 0.5, 1.5, 0.25, 3])}
        return self.bounds()

    def bounds(self):
        low, high = self.chance.choice(NUMBERS), self.chance.choice(NUMBERS)
        if self.draft == "4":
            found = {"minimum": low, "maximum": high}
            if self.chance.random() < 0.5:
                found[self.chance.choice(["exclusiveMinimum", "exclusiveMaximum"])] = self.chance.random() < 0.7
            return found
        names = self.chance.sample(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], 2)
        return {names[0]: low, names[1]: high}

    def objects(self, depth, place):
        chance, found = self.chance, {}
        for pick in chance.sample(range(8), chance.randint(1, 3)):
            if pick <= 1:
                found["properties"] = {name: self.below(depth) for name in chance.sample(NAMES, chance.randint(1, 3))}
            elif pick == 2:
                found["patternProperties"] = {p: self.below(depth) for p in chance.sample(PATTERNS, chance.randint(1, 2))}
            elif pick == 3:
                found["additionalProperties"] = chance.choice([False, self.below(depth), self.below(depth)])
            elif pick == 4:
                found["required"] = chance.sample(NAMES, chance.randint(1, 2))
            elif pick == 5:
                found.update({"minProperties": chance.randint(0, 2), "maxProperties": chance.randint(1, 4)})
            elif pick == 6 and self.number >= 1:
                found["propertyNames"] = self.scalars()
            elif pick == 7:
                found.update(self.dependencies(depth, place))
        return found

    def dependencies(self, depth, place):
        names = lambda: self.chance.sample(NAMES, self.chance.randint(1, 2))  # noqa: E731
        if self.number < 3:
            return {"dependencies": {name: self.chance.choice([names(), self.same(depth, place)]) for name in names()}}
        if self.chance.random() < 0.5:
            return {"dependentRequired": {name: names() for name in names()}}
        return {"dependentSchemas": {name: self.same(depth, place) for name in names()}}

    def arrays(self, depth, _):
        chance, found = self.chance, {}
        for pick in chance.sample(range(5), chance.randint(1, 2)):
            if pick == 0:
                found.update(self.items(depth))
            elif pick == 1:
                found["uniqueItems"] = chance.random() < 0.8
            elif pick == 2:
                found.update({"minItems": chance.randint(0, 2), "maxItems": chance.randint(1, 4)})
            elif self.number >= 1:
                found["contains"] = self.below(depth)
                if self.number >= 3 and chance.random() < 0.6:
                    found["minContains"] = chance.randint(0, 2)
                if self.number >= 3 and chance.random() < 0.4:
                    found["maxContains"] = chance.randint(0, 3)
        return found

    def items(self, depth):
        several = [self.below(depth) for _ in range(self.chance.randint(1, 3))]
        rest = self.chance.choice([self.below(depth), {"not": {}} if self.number == 0 else False])
        if self.number == 4:
            found = {"prefixItems": several} if self.chance.random() < 0.7 else {}
            return found | ({"items": rest} if not found or self.chance.random() < 0.4 else {})
        if self.chance.random() < 0.4:
            return {"items": several[0]}
        return {"items": several} | ({"additionalItems": rest} if self.chance.random() < 0.6 else {})

    def logic(self, depth, place):
        chance = self.chance
        some = lambda: [self.same(depth, place) for _ in range(chance.randint(1, 3))]  # noqa: E731
        pick = chance.randrange(7 if self.number >= 2 else 4)
        if pick < 3:
            return {["allOf", "anyOf", "oneOf"][pick]: some()}
        if pick == 3:
            return {"not": self.same(depth, place)}
        found = {"if": self.same(depth, place)}
        if chance.random() < 0.8:
            found["then"] = self.same(depth, place)
        if chance.random() < 0.8:
            found["else"] = self.same(depth, place)
        return found

    def unevaluated(self, depth):
        rest = lambda: self.chance.choice([False, False, self.below(depth)])  # noqa: E731
        found = {}
        if self.chance.random() < 0.7:
            found["unevaluatedProperties"] = rest()
        if not found or self.chance.random() < 0.5:
            found["unevaluatedItems"] = rest()
        return found


def same(one, other):
    """As JSON Schema has it: numbers by value, and no boolean is a number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return type(one) in (int, float) and type(other) in (int, float) and one == other or (
        type(one) is type(other) and one == other)  # fmt: skip


def lines(seed, count, values):
    """`count` schemas of each draft with `values` values each."""
    for draft in DRAFTS:
        for number in range(count):
            chance = random.Random(f"{seed} {draft} {number}")
            schema = Schema(chance, draft).root()
            value = Value(chance)
            yield {"draft": draft, "schema": schema, "values": [value.make() for _ in range(values)]}
