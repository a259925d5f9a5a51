// Reads a JSON request from standard input: {"write": [{path, version, compression, dictionary, encodings}], "read": [path]}.
// Writes the sample table to every path asked for, reads every file asked for, and prints
// {"sample": {column: [text or null]}, "read": [{column: [text or null]}]}. Reals are printed as their 64 bits in hex.
import { readFileSync, writeFileSync } from 'node:fs';
import { Bool, Field, Float64, Int32, Int64, List, Struct, Table, Utf8, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow';
import { Compression, Encoding, Table as WasmTable, WriterPropertiesBuilder, WriterVersion, readParquet, writeParquet } from 'parquet-wasm';

const rows = 3000;
const sample = (value) => Array.from({ length: rows }, (_, i) => value(i));
const table = new Table({
  id: vectorFromArray(sample((i) => BigInt(i) * 1000003n - 5n), new Int64()),
  holes: vectorFromArray(sample((i) => (i % 3 ? BigInt(i * i) * (i % 2 ? -1n : 1n) : null)), new Int64()),
  small: vectorFromArray(sample((i) => (i % 11) - 5), new Int32()),
  real: vectorFromArray(sample((i) => (i % 5 ? i / 7 : null)), new Float64()),
  flag: vectorFromArray(sample((i) => (i % 13 ? i % 900 < 450 : null)), new Bool()),
  text: vectorFromArray(sample((i) => (i % 7 ? `łan ${i} of ${i % 50}` : null)), new Utf8()),
  few: vectorFromArray(sample((i) => `kind${i % 4}`), new Utf8()),
  list: vectorFromArray(sample((i) => (i % 4 ? Array.from({ length: (i % 4) - 1 }, (_, k) => (k ? BigInt(i + k) : null)) : null)), new List(new Field('element', new Int64(), true))),
  bids: vectorFromArray(
    sample((i) => Array.from({ length: i % 3 }, (_, k) => ({ price: BigInt(60000 + i + k), qty: k ? null : BigInt(i) }))),
    new List(new Field('element', new Struct([new Field('price', new Int64(), false), new Field('qty', new Int64(), true)]), true)),
  ),
});

const bits = (value) => {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(value)) {
    return 'nan'; // JavaScript does not keep a NaN's bits
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16);
};
const show = (value, type) => {
  if (value === null || value === undefined) {
    return null;
  }
  if (List.prototype.isPrototypeOf(type)) {
    return `[${Array.from(value, (item) => show(item, type.children[0].type) ?? 'null').join(',')}]`;
  }
  if (Struct.prototype.isPrototypeOf(type)) {
    return `{${type.children.map((child) => show(value[child.name], child.type) ?? 'null').join(',')}}`;
  }
  return typeof value === 'number' && String(type).startsWith('Float') ? bits(value) : String(value);
};
const columns = (from) =>
  Object.fromEntries(from.schema.fields.map((field) => [field.name, Array.from(from.getChild(field.name), (value) => show(value, field.type))]));

const request = JSON.parse(readFileSync(0, 'utf8'));
const ipc = tableToIPC(table, 'stream');
for (const file of request.write ?? []) {
  let properties = new WriterPropertiesBuilder()
    .setWriterVersion(WriterVersion[file.version])
    .setCompression(Compression[file.compression])
    .setDictionaryEnabled(file.dictionary)
    .setMaxRowGroupSize(2048);
  for (const [column, encoding] of Object.entries(file.encodings ?? {})) {
    properties = properties.setColumnEncoding(column, Encoding[encoding]);
  }
  writeFileSync(file.path, writeParquet(WasmTable.fromIPCStream(ipc), properties.build()));
}
const read = (request.read ?? []).map((path) => columns(tableFromIPC(readParquet(readFileSync(path)).intoIPCStream())));
process.stdout.write(JSON.stringify({ sample: columns(table), read }));
