// Runs SQL statements given as a JSON array on standard input, in order, in one in-memory DuckDB. Prints a JSON array:
// for each statement {"rows": [[...], ...]} with every value as text or null, or {"error": "..."}. The session is UTC.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const statements = JSON.parse(readFileSync(0, 'utf8'));
const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const results = [];
for (const statement of statements) {
  try {
    const reader = await connection.runAndReadAll(statement);
    const rows = reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
    results.push({ rows });
  } catch (error) {
    results.push({ error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(results));
connection.closeSync();
