#!/usr/bin/env python3
"""Reads a stream of the embedded journal without the program that wrote it, from docs/events.md. Standard library only.

    read_journal.py STREAM_FOLDER [--schemas events-schema] [--quiet]

Walks the segments, checks every checksum, the sequence numbers and the block chain (against manifest.json and
blocks.sha256 where the stream is sealed), and prints each event as one line of JSON. Without --quiet the last line on
standard error, with it the only one on standard output, is a summary: stream, events, contentHash, blockRoot, sealed, tornTail.
Exit codes: 0 all is well, 1 damage or a hash that differs, 2 usage.
"""

import argparse
import hashlib
import json
import struct
import sys
from pathlib import Path

import canonical
import compacted

BLOCK_RECORDS = 4096
APPENDED, COMPACTED = 1, 2


class Damage(Exception):
    """Stored bytes are not what their checksums, their neighbours or the manifest say."""


def crc_table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


CRC_TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def segments(folder):
    """First sequence and path of each segment in order; a compacted one hides the appended one of the same number."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in (".mmj", ".mmz") and path.stem.isdecimal():
            found[int(path.stem)] = path
    return sorted(found.items())


def header(data, path, first):
    """The stream's name, the kind, and where the segment's content begins."""
    if data[:8] != b"MMJOURNL":
        raise Damage(f"{path.name} does not begin as a segment")
    version, kind, length, sequence, name_length, crc = struct.unpack_from("<HHIqII", data, 8)
    if crc32c(data[:28] + bytes(4) + data[32:length]) != crc:
        raise Damage(f"{path.name}: the checksum of the header is wrong")
    if version != 1 or kind not in (APPENDED, COMPACTED) or sequence != first:
        raise Damage(f"{path.name}: format {version}, kind {kind}, first sequence {sequence}")
    return data[32 : 32 + name_length].decode("utf-8"), kind, length


def batch(data, at):
    """The batch that begins at an offset: first sequence, records, end; or None and why it is none."""
    head = data[at : at + 32]
    if len(head) < 32:
        return None, f"the file ends {len(head)} bytes into a batch's head"
    magic, length, first, count, table_crc, _, head_crc = struct.unpack("<4sIqIIII", head)
    if magic != b"MMB1" or crc32c(head[:28]) != head_crc:
        return None, "no batch begins here"
    table = data[at + 32 : at + 32 + 8 * count]
    start = at + 32 + 8 * count
    if len(data) < start + length:
        return None, f"the file ends inside the batch of events {first} to {first + count - 1}"
    if crc32c(table) != table_crc:
        return None, f"the table of the batch of events {first} to {first + count - 1} is damaged"
    result = []
    for i, (size, crc) in enumerate(struct.iter_unpack("<II", table)):
        record = data[start : start + size]
        if crc32c(record) != crc:
            return None, f"the checksum of event {first + i} is wrong"
        result.append(record)
        start += size
    return (first, result, start), ""


def appended(data, at, path, may_be_torn):
    """The batches of an appended segment as (first sequence, records); a torn tail, where one may be, as (None, its length)."""
    while at < len(data):
        found, problem = batch(data, at)
        if found is None:
            later = data.find(b"MMB1", at + 1)
            while later >= 0 and batch(data, later)[0] is None:
                later = data.find(b"MMB1", later + 1)
            if later >= 0 or not may_be_torn:
                raise Damage(f"{path.name} at offset {at}: {problem}")
            yield None, len(data) - at
            return
        first, records, at = found
        yield first, records


def durable(folder):
    """Last sequence that the commit mark promises; 0 where there is no mark."""
    path = folder / "commit.mark"
    data = path.read_bytes() if path.exists() else b""
    slots = [data[at : at + 48] for at in (0, 48)]
    whole = [slot for slot in slots if len(slot) == 48 and slot[:4] == b"MMCK" and crc32c(slot[:44]) == struct.unpack_from("<I", slot, 44)[0]]
    if data and not whole:
        raise Damage("commit.mark: neither slot is whole")
    return max((struct.unpack_from("<qq", slot, 4) for slot in whole), default=(0, 0))[1]


class Stream:
    """One stream: its records in order, then what its hashes are."""

    def __init__(self, folder):
        self.folder = folder
        self.name = None
        self.events = 0
        self.torn_tail = 0
        self.blocks = []
        self.block = None

    def records(self):
        """Every record, hashed and in sequence."""
        sealed = (self.folder / "manifest.json").exists()
        promised = durable(self.folder)
        parts = segments(self.folder)
        for first, path in parts:
            data = path.read_bytes()
            name, kind, at = header(data, path, first)
            self.name = self.name or name
            if name != self.name or first != self.events + 1:
                raise Damage(f"{path.name} is stream {name} from event {first}, expected {self.name} from event {self.events + 1}")
            last = path == parts[-1][1] and not sealed
            batches = appended(data, at, path, last) if kind == APPENDED else compacted.blocks(data, at, path, crc32c, Damage)
            for sequence, records in batches:
                if sequence is None:
                    self.torn_tail = records
                    break
                if sequence != self.events + 1:
                    raise Damage(f"{path.name}: event {sequence} stands where event {self.events + 1} belongs")
                for record in records:
                    self.add(record)
                    yield record
        if self.events < promised:
            raise Damage(f"events up to {promised} were acknowledged as durable, {self.events} are there")

    def add(self, record):
        if self.block is None:
            seed = b"EventSourcedMM content hash 1\0" + self.name.encode("utf-8")
            self.block = hashlib.sha256(self.blocks[-1] if self.blocks else hashlib.sha256(seed).digest())
        self.block.update(struct.pack("<I", len(record)) + record)
        self.events += 1
        if self.events % BLOCK_RECORDS == 0:
            self.blocks.append(self.block.digest())
            self.block = None

    def check(self):
        """Holds what was read against manifest and list of block digests, and says what it was."""
        if self.block is not None:
            self.blocks.append(self.block.digest())
            self.block = None
        manifest = self.manifest()
        if self.name is None:
            self.name = manifest["stream"] if manifest else "/".join(self.folder.parts[-4:])
        content = self.blocks[-1] if self.blocks else hashlib.sha256(b"EventSourcedMM content hash 1\0" + self.name.encode("utf-8")).digest()
        root = hashlib.sha256(b"".join(self.blocks)).hexdigest()
        if manifest is not None:
            listed = (self.folder / "blocks.sha256").read_text().split()
            for number, (here, there) in enumerate(zip(listed, self.blocks), 1):
                if here != there.hex():
                    first = (number - 1) * BLOCK_RECORDS + 1
                    raise Damage(f"block {number} (events {first} to {first + BLOCK_RECORDS - 1}) has digest {there.hex()}, blocks.sha256 says {here}")
            actual = {"stream": self.name, "events": self.events, "contentHash": content.hex(), "blockRoot": root, "blockRecords": BLOCK_RECORDS}
            for key, here in actual.items():
                if manifest[key] != here:
                    raise Damage(f"manifest.json: {key} is {manifest[key]}, the records give {here}")
            if len(listed) != len(self.blocks):
                raise Damage(f"blocks.sha256 lists {len(listed)} blocks, there are {len(self.blocks)}")
        return {"stream": self.name, "events": self.events, "contentHash": content.hex(), "blockRoot": root, "sealed": manifest is not None, "tornTail": self.torn_tail}

    def manifest(self):
        path = self.folder / "manifest.json"
        if not path.exists():
            return None
        text = path.read_bytes()
        manifest = json.loads(text)
        digest = manifest["digest"].encode("ascii")
        head, _, tail = text.rpartition(digest)
        if hashlib.sha256(head + b"0" * 64 + tail).hexdigest().encode("ascii") != digest:
            raise Damage("manifest.json was changed after it was written")
        return manifest


def main():
    options = argparse.ArgumentParser(description="Reads a stream of the embedded journal.")
    options.add_argument("folder", type=Path, help="the stream's folder")
    options.add_argument("--schemas", type=Path, default=Path(__file__).resolve().parents[2] / "events-schema", help="the folder events-schema")
    options.add_argument("--quiet", action="store_true", help="check only, print no events")
    arguments = options.parse_args()
    if not arguments.folder.is_dir():
        options.error(f"{arguments.folder} is no folder")
    output = sys.stdout.buffer
    schemas = canonical.Schemas(arguments.schemas)
    stream = Stream(arguments.folder)
    try:
        for record in stream.records():
            event = schemas.event(record)
            if event["sequence"] != stream.events:
                raise Damage(f"the record of event {event['sequence']} stands in the place of event {stream.events}")
            if not arguments.quiet:
                output.write(canonical.text(event).encode("utf-8") + b"\n")
        summary = stream.check()
    except (Damage, canonical.FormatError) as problem:
        output.flush()
        print(f"read_journal: {problem}", file=sys.stderr)
        return 1
    output.flush()
    print(json.dumps(summary), file=sys.stdout if arguments.quiet else sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
