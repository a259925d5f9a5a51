"""Unpacks compacted segments of the embedded journal, as docs/events.md describes them.

Blocks are compressed with Brotli, which Python's standard library does not have: it is taken from the module brotli or
brotlicffi where one is installed, and from Node.js otherwise.
"""

import importlib
import shutil
import struct
import subprocess

from canonical import Bytes, FormatError, unzigzag

RECORDS, COLUMNS = 1, 2
HAS_VENUE_TIME, HAS_CAUSE = 1, 2
NO_VENUE_TIME = 2**64 - 1

# Reads length-prefixed Brotli streams to the end of its input and writes them back decompressed, length-prefixed too.
NODE = """
const input = require('fs').readFileSync(0), out = [];
for (let at = 0; at < input.length;) {
  const length = input.readUInt32LE(at);
  const plain = require('zlib').brotliDecompressSync(input.subarray(at + 4, at + 4 + length));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(plain.length);
  out.push(head, plain);
  at += 4 + length;
}
const all = Buffer.concat(out);
for (let at = 0; at < all.length;) at += require('fs').writeSync(1, all, at);
"""


def decompress(streams):
    """Each Brotli stream decompressed."""
    for module in ("brotli", "brotlicffi"):
        try:
            return [importlib.import_module(module).decompress(stream) for stream in streams]
        except ImportError:
            continue
    node = shutil.which("node")
    if node is None:
        raise FormatError("compacted segments are compressed with Brotli: install the Python module brotli, or Node.js")
    sent = b"".join(struct.pack("<I", len(stream)) + stream for stream in streams)
    result = subprocess.run([node, "-e", NODE], input=sent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode != 0:
        raise FormatError("a block does not decompress")
    source = Bytes(result.stdout)
    return [source.take(struct.unpack("<I", source.take(4))[0]) for _ in streams]


def blocks(data, at, path, crc32c, damage):
    """The blocks of a compacted segment as (first sequence, records)."""
    heads, streams = [], []
    while at < len(data):
        head = data[at : at + 48]
        if len(head) < 48 or head[:4] != b"MMZ1" or crc32c(head[:44]) != struct.unpack_from("<I", head, 44)[0]:
            raise damage(f"{path.name} at offset {at}: no block begins here")
        codec, _, first, count, body_length, packed_length, stored_length, stored_crc, body_crc = struct.unpack_from("<HHqIIIIII", head, 4)
        stored = data[at + 48 : at + 48 + stored_length]
        if len(stored) < stored_length or crc32c(stored) != stored_crc:
            raise damage(f"{path.name} at offset {at}: the block of events {first} to {first + count - 1} is cut or damaged")
        heads.append((codec, first, count, body_length, packed_length, body_crc))
        streams.append(stored)
        at += 48 + stored_length
    for (codec, first, count, body_length, packed_length, body_crc), packed in zip(heads, decompress(streams)):
        if len(packed) != packed_length or codec not in (RECORDS, COLUMNS):
            raise damage(f"{path.name}: the block of events {first} to {first + count - 1} has codec {codec} and {len(packed)} bytes")
        records = plain(packed, count) if codec == RECORDS else columns(packed, first, count)
        body = b"".join(records)
        if len(body) != body_length or crc32c(body) != body_crc:
            raise damage(f"{path.name}: the records of events {first} to {first + count - 1} do not have their checksum")
        yield first, records


def plain(packed, count):
    source = Bytes(packed[4 * count :])
    return [source.take(length) for length in struct.unpack(f"<{count}I", packed[: 4 * count])]


def columns(packed, first, count):
    source = Bytes(packed)
    plans = [Plan(source) for _ in range(source.varint())]
    plan_of, flags_of = source.take(count), source.take(count)
    for number in plan_of:
        plans[number].count += 1
    venues = sum(1 for flags in flags_of if flags & HAS_VENUE_TIME)
    causes = sum(1 for flags in flags_of if flags & HAS_CAUSE)
    receive, venue = Numbers(source, count), Numbers(source, venues)
    cause_stream, cause_sequence = Numbers(source, causes), Numbers(source, causes)
    for plan in plans:
        plan.find(source)
    if source.at != len(packed):
        raise FormatError("bytes are left behind the last column")
    receive_time = venue_time = cause = 0
    records = []
    for i in range(count):
        plan, flags = plans[plan_of[i]], flags_of[i]
        receive_time = wrap(receive_time + receive.difference())
        head = varint(plan.type) + varint(plan.version) + varint(first + i) + struct.pack("<q", receive_time)
        stamp = 0
        if flags & HAS_VENUE_TIME:
            stamp = venue_time = wrap(venue_time + venue.difference())
            head += varint(zigzag(wrap(stamp - receive_time)))
        else:
            head += varint(NO_VENUE_TIME)
        if flags & HAS_CAUSE:
            cause = wrap(cause + cause_sequence.difference())
            head += varint(cause_stream.difference() + 1) + varint(cause)
        else:
            head += b"\0"
        records.append(head + plan.payload(stamp, receive_time))
    return records


class Plan:
    """One type and version in a block: the kinds of its fields, one letter each, and where their columns are."""

    def __init__(self, source):
        self.type, self.version = source.varint(), source.varint()
        self.kinds = source.take(source.varint()).decode("ascii")
        self.slots = 2 + sum(1 for kind in self.kinds if kind in "vL")
        self.count = 0
        self.fields = []
        self.previous = self.current = [0] * self.slots

    def find(self, source):
        for kind in self.kinds:
            field = {"real": 0}
            if kind in "umtoL":
                field["lengths"] = Planes(source, self.count)
            if kind in "to":
                field["bytes"] = Bytes(source.take(sum(number for number in field["lengths"].all())))
            if kind in "bd":
                field["bytes"] = Bytes(source.take(self.count * (1 if kind == "b" else 32)))
            if kind == "L":
                filled = sum(1 for number in field["lengths"].all() if number)
                field["exponents"] = Bytes(source.take(filled)), Bytes(source.take(filled))
            if kind in "vL":
                field["numbers"] = Numbers(source, self.count)
            if kind == "L":
                field["prices"] = Bytes(source.take(source.varint()))
                field["quantities"] = Bytes(source.take(source.varint()))
            if kind == "r":
                field["planes"] = [Bytes(source.take(self.count)) for _ in range(8)]
            self.fields.append(field)

    def payload(self, venue_time, receive_time):
        self.previous, self.current = self.current, [venue_time, receive_time]
        return b"".join(self.field(kind, field) for kind, field in zip(self.kinds, self.fields))

    def field(self, kind, field):
        if kind == "v":
            return varint(zigzag(self.slot(field)))
        if kind in "um":
            return field["lengths"].next_bytes()
        if kind in "bd":
            return field["bytes"].take(1 if kind == "b" else 32)
        if kind == "t":
            length = field["lengths"].next()
            return varint(length) + field["bytes"].take(length)
        if kind == "o":
            return field["bytes"].take(field["lengths"].next())
        if kind == "r":
            field["real"] ^= int.from_bytes(b"".join(plane.take(1) for plane in field["planes"]), "big")
            return struct.pack("<Q", field["real"])
        if kind == "L":
            return self.levels(field)
        raise FormatError(f"'{kind}' is no kind of field")

    def slot(self, field):
        value = field["numbers"].value(self.previous, self.current, self.slots)
        self.current.append(value)
        return value

    def levels(self, field):
        count = field["lengths"].next()
        price = self.slot(field)
        if count == 0:
            return varint(0)
        exponents = [column.take(1) for column in field["exponents"]]
        unit = 10 ** exponents[0][0]
        parts = [varint(count), *exponents, varint(zigzag(price // unit)), raw_varint(field["quantities"])]
        for _ in range(count - 1):
            parts += raw_varint(field["prices"]), raw_varint(field["quantities"])
        return b"".join(parts)


class Planes:
    """Varints by planes: the first bytes of all, the second bytes of those that have one, and so on."""

    def __init__(self, source, count):
        self.planes = []
        while count:
            self.planes.append(Bytes(source.take(count)))
            count = sum(byte >> 7 for byte in self.planes[-1].data)

    def next_bytes(self):
        result = b""
        for plane in self.planes:
            result += plane.take(1)
            if result[-1] < 0x80:
                return result
        raise FormatError("a column ends inside an integer")

    def next(self):
        return Bytes(self.next_bytes()).varint(128)

    def all(self):
        """Every number, leaving the reader where it is."""
        marks = [plane.at for plane in self.planes]
        numbers = [self.next() for _ in range(len(self.planes[0].data))] if self.planes else []
        for plane, at in zip(self.planes, marks):
            plane.at = at
        return numbers


class Numbers:
    """A column of signed integers, as differences from a reference, divided by a power of ten."""

    def __init__(self, source, count):
        self.reference = source.varint()
        self.unit = 10 ** source.take(1)[0]
        self.planes = Planes(source, count)

    def difference(self):
        return wrap(unzigzag(self.planes.next()) * self.unit)

    def value(self, previous, current, slots):
        if self.reference == 0:
            base = 0
        elif self.reference <= slots:
            base = previous[self.reference - 1]
        else:
            base = current[self.reference - 1 - slots]
        return wrap(base + self.difference())


def wrap(value):
    """Sums are taken in 64 bits and may wrap on the way."""
    return (value + 2**63) % 2**64 - 2**63


def zigzag(value):
    return 2 * value if value >= 0 else -2 * value - 1


def varint(value):
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def raw_varint(source):
    start = source.at
    while source.take(1)[0] >= 0x80:
        pass
    return source.data[start : source.at]
