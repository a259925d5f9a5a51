namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Decoded entries of one column: values without the nulls, and beside them the levels that say where nulls and lists
/// are. Reused from read to read, so that a long file is read without allocating.
/// </summary>
public abstract class ParquetColumnData
{
    private byte[] _definitionLevels = [];
    private byte[] _repetitionLevels = [];
    private bool _hasDefinitionLevels;
    private bool _hasRepetitionLevels;

    private protected ParquetColumnData()
    {
    }

    /// <summary>Entries: values, nulls and empty lists together. For a column without lists this is the number of rows.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Values, the nulls not counted.</summary>
    public abstract int ValueCount { get; }

    /// <summary>
    /// One byte an entry, where the column can be null or repeated: an entry has a value if its level is the column's
    /// <see cref="ParquetField.MaxDefinitionLevel"/>. Empty for a required column: every entry has a value.
    /// </summary>
    public ReadOnlySpan<byte> DefinitionLevels => _definitionLevels.AsSpan(0, _hasDefinitionLevels ? EntryCount : 0);

    /// <summary>One byte an entry, where the column repeats: 0 begins a row. Empty for a column without lists: every entry is a row.</summary>
    public ReadOnlySpan<byte> RepetitionLevels => _repetitionLevels.AsSpan(0, _hasRepetitionLevels ? EntryCount : 0);

    /// <summary>Forgets the entries; keeps the memory.</summary>
    public void Clear()
    {
        EntryCount = 0;
        _hasDefinitionLevels = false;
        _hasRepetitionLevels = false;
        ClearValues();
    }

    private protected abstract void ClearValues();

    /// <summary>Makes room for more entries of <paramref name="column"/>; the caller fills the levels.</summary>
    internal void AppendEntries(ParquetColumn column, int count, int expectedTotal, out Span<byte> definition, out Span<byte> repetition)
    {
        int total = EntryCount + count;
        definition = repetition = default;
        _hasDefinitionLevels = column.HasDefinitionLevels;
        _hasRepetitionLevels = column.HasRepetitionLevels;
        if (_hasDefinitionLevels)
        {
            Growth.Ensure(ref _definitionLevels, total, expectedTotal);
            definition = _definitionLevels.AsSpan(EntryCount, count);
        }

        if (_hasRepetitionLevels)
        {
            Growth.Ensure(ref _repetitionLevels, total, expectedTotal);
            repetition = _repetitionLevels.AsSpan(EntryCount, count);
        }

        EntryCount = total;
    }

    /// <summary>Takes over another object's levels, for values that are converted one by one.</summary>
    private protected void CopyLevels(ParquetColumn column, ParquetColumnData from)
    {
        AppendEntries(column, from.EntryCount, from.EntryCount, out Span<byte> definition, out Span<byte> repetition);
        from.DefinitionLevels.CopyTo(definition);
        from.RepetitionLevels.CopyTo(repetition);
    }
}

/// <summary>Decoded entries of a column of numbers or truth values.</summary>
/// <typeparam name="T">bool, int, long, float, double or <see cref="Int96Timestamp"/>, as the column's physical type; Int128 for decimals.</typeparam>
public sealed class ParquetColumnData<T> : ParquetColumnData
    where T : unmanaged
{
    private T[] _values = [];
    private int _count;

    /// <inheritdoc/>
    public override int ValueCount => _count;

    /// <summary>The values in order, without the nulls; valid until the next read into this object.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, _count);

    internal Span<T> Mutable => _values.AsSpan(0, _count);

    /// <summary>The array that holds the values, for one who reads them where they are until the next read.</summary>
    internal T[] Array => _values;

    private protected override void ClearValues() => _count = 0;

    /// <summary>Replaces the content by as many values, which the caller fills in, with the levels of <paramref name="from"/>.</summary>
    internal Span<T> ReplaceFrom(ParquetColumn column, ParquetColumnData from)
    {
        Clear();
        CopyLevels(column, from);
        return AppendValues(from.ValueCount, from.ValueCount);
    }

    internal Span<T> AppendValues(int count, int expectedTotal)
    {
        Growth.Ensure(ref _values, _count + count, expectedTotal);
        Span<T> added = _values.AsSpan(_count, count);
        _count += count;
        return added;
    }
}

/// <summary>Decoded entries of a column of byte strings, of any or of fixed length.</summary>
public sealed class ParquetByteColumnData : ParquetColumnData
{
    /// <summary>The values in order, without the nulls; valid until the next read into this object.</summary>
    public ParquetByteArrays Values { get; } = new();

    /// <inheritdoc/>
    public override int ValueCount => Values.Count;

    private protected override void ClearValues() => Values.Clear();
}
