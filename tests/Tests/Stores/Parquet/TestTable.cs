using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>A table of sample cells that is written as Parquet and compared with what is read.</summary>
public sealed class TestTable
{
    private readonly List<(string Name, ColumnCase Case, bool Optional, ParquetEncoding? Encoding)> _columns = [];
    private readonly List<object?[][]> _groups = []; // per row group, per column, the cells

    /// <summary>Every case once required and once optional, each with the encoding at <paramref name="slot"/> of its list.</summary>
    public static TestTable OfAllCases(int seed, int slot, params int[] rowGroups)
    {
        var table = new TestTable();
        foreach (ColumnCase one in ColumnCases.All)
        {
            ParquetEncoding? encoding = one.Encodings[slot % one.Encodings.Length];
            table.Add(one.Name, one, false, encoding);
            table.Add(one.Name + "_null", one, true, encoding);
        }

        table.Fill(seed, rowGroups);
        return table;
    }

    public static TestTable Of(ColumnCase column, bool optional, ParquetEncoding? encoding, int seed, params int[] rowGroups)
    {
        var table = new TestTable();
        table.Add("value", column, optional, encoding);
        table.Fill(seed, rowGroups);
        return table;
    }

    public IEnumerable<(string Name, ColumnCase Case)> Columns => _columns.Select(c => (c.Name, c.Case));

    public int Rows => _groups.Sum(group => group[0].Length);

    public void Add(string name, ColumnCase column, bool optional, ParquetEncoding? encoding) => _columns.Add((name, column, optional, encoding));

    public void Fill(int seed, params int[] rowGroups)
    {
        var random = new Random(seed);
        foreach (int rows in rowGroups)
        {
            _groups.Add(_columns.Select(c => c.Case.Cells(random, rows, c.Optional)).ToArray());
        }
    }

    public object?[] Cells(int column) => _groups.SelectMany(group => group[column]).ToArray();

    public byte[] Write(ParquetWriterOptions options)
    {
        using var stream = new MemoryStream();
        Write(stream, options);
        return stream.ToArray();
    }

    public void Write(Stream stream, ParquetWriterOptions options)
    {
        var encodings = _columns.Where(c => c.Encoding is not null).ToDictionary(c => c.Name, c => c.Encoding!.Value);
        var schema = ParquetSchema.Flat(_columns.Select(c => c.Case.Column(c.Name, c.Optional)));
        using var writer = new ParquetWriter(stream, schema, options with { Encodings = encodings });
        foreach (object?[][] group in _groups)
        {
            writer.BeginRowGroup(group[0].Length);
            for (int c = 0; c < _columns.Count; c++)
            {
                _columns[c].Case.Write(writer, schema.Columns[c], group[c]);
            }

            writer.EndRowGroup();
        }

        writer.Finish();
    }

    /// <summary>Fails unless the reader gives the table's schema and every cell.</summary>
    public void AssertReadBy(ParquetReader reader, string what)
    {
        Assert.Equal(Rows, reader.RowCount);
        Assert.Equal(_groups.Count, reader.RowGroups.Count);
        Assert.Equal(_columns.Count, reader.Schema.Columns.Count);
        for (int c = 0; c < _columns.Count; c++)
        {
            ParquetColumn column = reader.Schema.Columns[c];
            ParquetColumn written = _columns[c].Case.Column(_columns[c].Name, _columns[c].Optional);
            Assert.Equal(
                (written.Path, written.PhysicalType, written.TypeLength, written.Repetition, written.LogicalType),
                (column.Path, column.PhysicalType, column.TypeLength, column.Repetition, column.LogicalType));
            for (int g = 0; g < _groups.Count; g++)
            {
                ColumnCase.AssertEqual(_groups[g][c], _columns[c].Case.Read(reader, g, column), $"{what}, row group {g}, column {column.Path}");
                if (_columns[c].Encoding is ParquetEncoding encoding && _groups[g][c].Any(cell => cell is not null))
                {
                    Assert.Contains(encoding, reader.RowGroups[g].Columns[c].Encodings);
                }
            }
        }
    }
}
