"""Decodes canonical event records by events-schema alone, as docs/events.md describes them. Standard library only.

It knows no event by name: x-order and x-kind of the published schemas say how a payload is written, codes.schema.json
says what its codes mean. So it reads every version that was ever released.
"""

import json
import struct
import sys
from pathlib import Path

NO_VENUE_TIME = 2**64 - 1


class FormatError(Exception):
    """Bytes that are no canonical record."""


class Bytes:
    """Reads from the front of a record."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise FormatError("the bytes end inside a field")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, bits=64):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if value >= 2**bits or shift > 7 * (bits // 7 + 1):
                raise FormatError(f"an integer is longer than {bits} bits")
            if byte < 0x80:
                return value

    def signed(self, bits=64):
        value = self.varint(bits)
        return value // 2 if value % 2 == 0 else -(value + 1) // 2


class Schemas:
    """The folder events-schema."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.types = {(e["number"], e["version"]): e for e in self._load("index.json")["events"]}
        definitions = self._load("codes.schema.json")["$defs"]
        self.codes = {name: {code["x-number"]: code["const"] for code in codes["oneOf"]} for name, codes in definitions.items()}
        self.known = {}

    def fields(self, number, version):
        """Name of the event, and name, kind and code list of each field in canonical order."""
        key = (number, version)
        if key not in self.known:
            if key not in self.types:
                raise FormatError(f"type {number} version {version} is not in events-schema")
            entry = self.types[key]
            payload = self._load(entry["schema"])["properties"]["payload"]
            fields = []
            for name in payload["x-order"]:
                schema = payload["properties"][name]
                codes = self.codes[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else None
                fields.append((name, schema["x-kind"], codes))
            self.known[key] = (entry["name"], fields)
        return self.known[key]

    def event(self, record):
        """The event of a record, as its JSON is."""
        source = Bytes(record)
        number, version, sequence = source.varint(), source.varint(), source.varint()
        (receive_time,) = struct.unpack("<q", source.take(8))
        difference = source.varint()
        cause = source.varint()
        name, fields = self.fields(number, version)
        event = {
            "sequence": sequence,
            "type": name,
            "version": version,
            "venueTime": None if difference == NO_VENUE_TIME else receive_time + unzigzag(difference),
            "receiveTime": receive_time,
            "cause": {"stream": cause - 1, "sequence": source.varint()} if cause else None,
            "payload": {},
        }
        for field, kind, codes in fields:
            event["payload"][field] = value(source, kind, codes)
        if source.at != len(record):
            raise FormatError(f"{len(record) - source.at} bytes are left after the last field of {name} at sequence {sequence}")
        return event

    def _load(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def unzigzag(value):
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


def value(source, kind, codes):
    if kind in ("id", "count", "time", "price", "quantity"):
        return source.signed()
    if kind == "money":
        return str(source.signed(128))
    if kind == "real":
        return real(source.take(8))
    if kind == "flag":
        return {0: False, 1: True}[source.take(1)[0]]
    if kind == "text":
        return source.take(source.varint()).decode("utf-8")
    if kind == "code":
        return codes[source.varint()]
    if kind == "digest":
        return source.take(32).hex()
    if kind == "levels":
        return levels(source)
    raise FormatError(f"no kind of field is called {kind}")


def real(data):
    (bits,) = struct.unpack("<Q", data)
    if bits == 0x8000_0000_0000_0000:
        return "-0"
    if bits & 0x7FF0_0000_0000_0000 == 0x7FF0_0000_0000_0000:
        names = {0x7FF0_0000_0000_0000: "Infinity", 0xFFF0_0000_0000_0000: "-Infinity", 0xFFF8_0000_0000_0000: "NaN"}
        return names.get(bits, f"NaN({bits:016x})")
    return struct.unpack("<d", data)[0]


def levels(source):
    count = source.varint()
    if count == 0:
        return []
    price_unit, quantity_unit = (10**exponent for exponent in source.take(2))
    result = []
    price = 0
    for _ in range(count):
        price += source.signed() * price_unit
        result.append([price, source.varint() * quantity_unit])
    return result


def records(data):
    """The records of a file in which each stands behind its length (4 bytes, little-endian): a golden sample."""
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def text(event):
    """One line of JSON."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


if __name__ == "__main__":
    # canonical.py SCHEMAS FILE…: the events of golden samples, one a line, an empty line behind each file.
    schemas = Schemas(sys.argv[1])
    for file in sys.argv[2:]:
        for sample in records(Path(file).read_bytes()):
            sys.stdout.buffer.write(text(schemas.event(sample)).encode("utf-8") + b"\n")
        sys.stdout.buffer.write(b"\n")
