"""Writes Tests/NeedletailIndexTests/Fixtures/filters.json: which documents MongoDB's operators match, by mongomock.

Documents and filters are random over a few keys and values. What Needletail does otherwise, as docs/filters.md says,
does not occur: null, and arrays directly in arrays. Booleans have a key of their own, as Python takes True for 1. Objects
in arrays get one operator at a time and no $exists: there mongomock departs from MongoDB's manual, in which each operator
may hold for another element.
"""

import json
import random

import mongomock

from provenance import REPOSITORY, metadata

TARGET = REPOSITORY / "Tests/NeedletailIndexTests/Fixtures/filters.json"
STRINGS = ["", "a", "ab", "b", "Z", "é", "\U00010000", "\uffff"]
NUMBERS = [0, 1, 2, -1, 0.5, 1.5, -0.5, 2.0, 9007199254740992, 9007199254740993, -9007199254740993, 1e300]
KEYS = ["a", "b", "deep.x", "deep.y", "list.x", "deep", "flag", "missing"]
ORDERS = ["$gt", "$gte", "$lt", "$lte"]

random.seed(6)


def scalar():
    return random.choice([random.choice(STRINGS), random.choice(NUMBERS), random.choice(NUMBERS)])


def value():
    return [scalar() for _ in range(random.randrange(4))] if random.random() < 0.3 else scalar()


def document():
    made = {key: value() for key in ("a", "b") if random.random() < 0.7}
    if random.random() < 0.7:
        made["deep"] = {key: value() for key in ("x", "y") if random.random() < 0.7}
    if random.random() < 0.6:
        made["list"] = [{"x": scalar()} if random.random() < 0.8 else {} for _ in range(random.randrange(4))]
    if random.random() < 0.7:
        made["flag"] = random.choice([True, False, [True, False], [False], []])
    return made


def condition(key):
    if key == "flag":
        return random.choice([True, {"$ne": True}, {"$in": [False]}, {"$nin": [True, False]}, {"$exists": False}])
    kind = random.randrange(6 if key == "list.x" else 8)
    if kind == 0:
        return scalar()
    if kind < 3:
        return {random.choice(["$eq", "$ne"]): scalar()}
    if kind < 5:
        bound = random.choice(STRINGS) if random.random() < 0.3 else random.choice(NUMBERS)
        return {random.choice(ORDERS): bound}
    if kind == 5:
        return {random.choice(["$in", "$nin"]): [scalar() for _ in range(random.randrange(4))]}
    if kind == 6:
        return {"$gte": random.choice(NUMBERS), "$lt": random.choice(NUMBERS)}
    return {"$exists": random.random() < 0.5}


def query(depth):
    if depth == 0 or random.random() < 0.5:
        return {key: condition(key) for key in random.sample(KEYS, random.choice([1, 1, 2]))}
    return {random.choice(["$and", "$or"]): [query(depth - 1) for _ in range(random.randrange(1, 4))]}


documents = [document() for _ in range(200)]
collection = mongomock.MongoClient().db.collection
collection.insert_many([{**made, "_id": number} for number, made in enumerate(documents)])
cases = []
while len(cases) < 400:
    filter = query(2)
    matches = sorted(found["_id"] for found in collection.find(filter))
    # Most random filters match all documents or none.
    if 0 < len(matches) < len(documents) or len(cases) % 10 == 0:
        cases.append({"filter": filter, "matches": matches})

TARGET.parent.mkdir(parents=True, exist_ok=True)
lines = ["{", f' "metadata": {json.dumps(metadata(__file__, "mongomock"))},']
for name, items in (("documents", documents), ("cases", cases)):
    lines.append(f' "{name}": [')
    lines += [f"  {json.dumps(item)}" + ("," if number < len(items) - 1 else "") for number, item in enumerate(items)]
    lines.append(" ]" + ("," if name == "documents" else ""))
TARGET.write_text("\n".join(lines + ["}", ""]))
