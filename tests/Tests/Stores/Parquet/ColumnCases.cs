using System.Globalization;
using EventSourcedMM.Stores.Parquet;
using static EventSourcedMM.Stores.Parquet.ParquetEncoding;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>Every physical and logical type that the writer writes, with sample values inside what DuckDB's types hold.</summary>
public static class ColumnCases
{
    private static readonly ParquetEncoding[] Integers = [Plain, RleDictionary, DeltaBinaryPacked];
    private static readonly ParquetEncoding[] Reals = [Plain, RleDictionary, ByteStreamSplit];
    private static readonly ParquetEncoding[] Strings = [Plain, RleDictionary, DeltaLengthByteArray, DeltaByteArray];
    private static readonly ParquetEncoding[] FixedStrings = [Plain, RleDictionary, DeltaByteArray];
    private static readonly string[] Names = ["BUY", "SELL", "NEW", "FILLED", "CANCELED"];

    public static IReadOnlyList<ColumnCase> All { get; } =
    [
        Long("int64", null, r => r.Next(4) switch { 0 => r.NextInt64(long.MinValue, long.MaxValue), 1 => long.MinValue, 2 => long.MaxValue, _ => r.Next(-100, 100) }),
        Long("uint64", new ParquetLogicalType.Integer(64, false), r => r.Next(3) switch { 0 => -1, 1 => r.NextInt64(long.MinValue, long.MaxValue), _ => r.Next(100) }, t => unchecked((long)ulong.Parse(t, CultureInfo.InvariantCulture))),
        Long("int64_annotated", new ParquetLogicalType.Integer(64, true), r => r.NextInt64(-1_000_000, 1_000_000)),
        Long("decimal_18_8", new ParquetLogicalType.Decimal(18, 8), r => r.Next(3) switch { 0 => 999_999_999_999_999_999, 1 => -999_999_999_999_999_999, _ => r.NextInt64(5_900_000_000_000, 6_100_000_000_000) }, t => Unscale(t, 8)),
        Long("decimal_5_0", new ParquetLogicalType.Decimal(5, 0), r => r.Next(-99_999, 100_000)),
        Long("timestamp_ns", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds), r => r.Next(3) == 0 ? r.NextInt64(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000) : 1_723_161_253_000_000_000 + r.Next(), null, c => $"epoch_ns({c})::VARCHAR"),
        Long("timestamp_ns_local", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Nanoseconds, IsUtc: false), r => r.Next(3) == 0 ? r.NextInt64(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000) : 1_723_161_253_000_000_000 + r.Next(), null, c => $"epoch_ns({c})::VARCHAR"),
        Long("timestamp_us", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds), r => r.Next(3) == 0 ? r.NextInt64(-60_000_000_000_000_000, 200_000_000_000_000_000) : 1_723_161_253_000_000 + r.Next(), null, c => $"epoch_us({c})::VARCHAR"),
        Long("timestamp_ms", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Milliseconds), r => 1_723_161_253_000 + r.Next(), null, c => $"epoch_ms({c})::VARCHAR"),
        Long("timestamp_us_local", new ParquetLogicalType.Timestamp(ParquetTimeUnit.Microseconds, IsUtc: false), r => 1_723_161_253_000_000 + r.Next(), null, c => $"epoch_us({c})::VARCHAR"),
        Int("int32", null, r => r.Next(3) switch { 0 => int.MinValue, 1 => int.MaxValue, _ => r.Next(int.MinValue, int.MaxValue) }),
        Int("int8", new ParquetLogicalType.Integer(8, true), r => r.Next(-128, 128)),
        Int("uint8", new ParquetLogicalType.Integer(8, false), r => r.Next(256)),
        Int("int16", new ParquetLogicalType.Integer(16, true), r => r.Next(-32768, 32768)),
        Int("uint16", new ParquetLogicalType.Integer(16, false), r => r.Next(65536)),
        Int("uint32", new ParquetLogicalType.Integer(32, false), r => r.Next(2) == 0 ? -1 : r.Next(int.MinValue, int.MaxValue), t => unchecked((int)uint.Parse(t, CultureInfo.InvariantCulture))),
        Int("decimal_9_2", new ParquetLogicalType.Decimal(9, 2), r => r.Next(-999_999_999, 1_000_000_000), t => checked((int)Unscale(t, 2))),
        Int("date", new ParquetLogicalType.Date(), r => r.Next(-100_000, 100_000), null, c => $"({c} - DATE '1970-01-01')::VARCHAR"),
        new NumberCase<double>("double", Reals, ParquetColumn.Double, r => Real(r, double.NaN, double.NegativeZero, double.PositiveInfinity, double.Epsilon, () => BitConverter.Int64BitsToDouble(r.NextInt64() & 0x7FEF_FFFF_FFFF_FFFF)), c => $"{c}::VARCHAR", t => double.Parse(Spelled(t), CultureInfo.InvariantCulture)),
        new NumberCase<float>("float", Reals, ParquetColumn.Float, r => Real(r, float.NaN, float.NegativeZero, float.NegativeInfinity, float.Epsilon, () => r.NextSingle()), c => $"{c}::VARCHAR", t => float.Parse(Spelled(t), CultureInfo.InvariantCulture)),
        new NumberCase<bool>("boolean", [Plain, Rle], ParquetColumn.Boolean, r => r.Next(2) == 0, c => $"{c}::VARCHAR", t => t == "true"),
        Text("text", n => new ParquetLogicalType.Text(), r => r.Next(4) switch { 0 => "", 1 => "łóżko 🛏 " + r.Next(10), 2 => "BTCUSDT@depth" + r.Next(1000), _ => new string('x', r.Next(60)) }),
        Text("json", n => new ParquetLogicalType.Json(), r => $"{{\"e\":\"trade\",\"t\":{r.Next(100_000)}}}"),
        Text("enum", n => new ParquetLogicalType.Enumeration(), r => Names[r.Next(Names.Length)], c => $"{c}::BLOB::VARCHAR"),
        new BytesCase("blob", Strings, (n, o) => ParquetColumn.Bytes(n, null, o), r => Bytes(r, r.Next(20)), c => $"hex({c})", Convert.FromHexString),
        new BytesCase("fixed7", FixedStrings, (n, o) => ParquetColumn.FixedBytes(n, 7, null, o), r => Bytes(r, 7), c => $"hex({c})", Convert.FromHexString),
        new BytesCase("uuid", FixedStrings, (n, o) => ParquetColumn.FixedBytes(n, 16, new ParquetLogicalType.Uuid(), o), r => Bytes(r, 16), c => $"replace({c}::VARCHAR, '-', '')", Convert.FromHexString),
    ];

    public static ColumnCase Named(string name) => All.First(c => c.Name == name);

    private static NumberCase<long> Long(string name, ParquetLogicalType? meaning, Func<Random, long> value, Func<string, long>? fromText = null, Func<string, string>? toText = null) =>
        new(name, Integers, (n, o) => ParquetColumn.Int64(n, meaning, o), value, toText ?? (c => $"{c}::VARCHAR"), fromText ?? (t => long.Parse(t, CultureInfo.InvariantCulture)));

    private static NumberCase<int> Int(string name, ParquetLogicalType? meaning, Func<Random, int> value, Func<string, int>? fromText = null, Func<string, string>? toText = null) =>
        new(name, Integers, (n, o) => ParquetColumn.Int32(n, meaning, o), value, toText ?? (c => $"{c}::VARCHAR"), fromText ?? (t => int.Parse(t, CultureInfo.InvariantCulture)));

    private static BytesCase Text(string name, Func<string, ParquetLogicalType> meaning, Func<Random, object> value, Func<string, string>? toText = null) =>
        new(name, Strings, (n, o) => ParquetColumn.Bytes(n, meaning(n), o), value, toText ?? (c => $"{c}::VARCHAR"), t => t);

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Real<T>(Random random, T a, T b, T c, T d, Func<T> other) => random.Next(8) switch { 0 => a, 1 => b, 2 => c, 3 => d, _ => other() };

    private static string Spelled(string text) => text switch { "nan" => "NaN", "inf" => "Infinity", "-inf" => "-Infinity", _ => text };

    private static long Unscale(string text, int scale)
    {
        string[] parts = text.Split('.');
        Assert.Equal(scale, parts[1].Length);
        return long.Parse(parts[0] + parts[1], CultureInfo.InvariantCulture);
    }
}
