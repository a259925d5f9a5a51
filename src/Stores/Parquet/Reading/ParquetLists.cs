namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// One level of lists of a nested column, as offsets: list i holds the elements from Offsets[i] to Offsets[i + 1] of the
/// next level (the lists inside, or at the innermost level the values).
/// </summary>
/// <param name="Offsets">One more than there are lists; ascending, beginning at 0.</param>
/// <param name="IsNull">One per list: null, as opposed to empty. A list inside something that is null counts as null.</param>
public sealed record ParquetListLevel(int[] Offsets, bool[] IsNull)
{
    /// <summary>How many lists there are.</summary>
    public int Count => IsNull.Length;
}

/// <summary>
/// The shape of a nested column: what its definition and repetition levels say, as offsets. For bids:
/// list&lt;struct&lt;price, qty&gt;&gt; each of the columns price and qty has one level of one list per row, and both have the
/// same; for list&lt;list&lt;T&gt;&gt; there are two. Lists that are written in two or three schema levels, or as a bare repeated
/// field, all come out alike.
/// </summary>
public sealed class ParquetLists
{
    private ParquetLists(ParquetListLevel[] levels, int[] valueIndices)
    {
        Levels = levels;
        ValueIndices = valueIndices;
    }

    /// <summary>From the rows' own lists inward; one for every repeated field on the way to the column.</summary>
    public IReadOnlyList<ParquetListLevel> Levels { get; }

    /// <summary>For every element of the innermost lists, its index among the column's values, or −1 where it is null.</summary>
    public IReadOnlyList<int> ValueIndices { get; }

    /// <summary>Derives the shape of a column that was read from the schema tree of the same file.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="column">A column of it with repetition levels.</param>
    /// <param name="data">What was read for the column: whole rows.</param>
    /// <exception cref="ArgumentException">The column does not repeat, or the data begins inside a row.</exception>
    /// <exception cref="ParquetFormatException">The levels contradict each other.</exception>
    public static ParquetLists Of(ParquetReader reader, ParquetColumn column, ParquetColumnData data)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(column);
        ArgumentNullException.ThrowIfNull(data);
        int[] elementLevels = RepeatedDefinitionLevels(reader.Schema, column);
        if (elementLevels.Length == 0)
        {
            throw new ArgumentException($"Column '{column.Path}' has no lists.", nameof(column));
        }

        if (data.EntryCount > 0 && data.RepetitionLevels[0] != 0)
        {
            throw new ArgumentException($"Column '{column.Path}': the entries begin inside a row; read whole rows.", nameof(data));
        }

        Builder[] builders = elementLevels.Select(level => new Builder(level)).ToArray();
        var indices = new List<int>(data.EntryCount);
        int value = 0;
        ReadOnlySpan<byte> definitions = data.DefinitionLevels;
        ReadOnlySpan<byte> repetitions = data.RepetitionLevels;
        for (int i = 0; i < definitions.Length; i++)
        {
            if (repetitions[i] > 0 && definitions[i] < elementLevels[repetitions[i] - 1])
            {
                throw reader.PlaceOf(column).Corrupt($"entry {i} continues a list without having an element for it");
            }

            if (AddEntry(builders, definitions[i], repetitions[i]))
            {
                indices.Add(definitions[i] == column.MaxDefinitionLevel ? value++ : -1);
            }
        }

        var levels = new ParquetListLevel[builders.Length];
        for (int l = 0; l < levels.Length; l++)
        {
            levels[l] = builders[l].Finish();
        }

        return new ParquetLists(levels, indices.ToArray());
    }

    // One entry of the column. It repeats at level r: that list gains an element, and every list further inward begins
    // anew in it. Returns whether the entry stands for an element of the innermost list.
    private static bool AddEntry(Builder[] builders, int definition, int repetition)
    {
        for (int l = 0; l < builders.Length; l++)
        {
            if (l + 1 < repetition)
            {
                continue; // an outer list, in the middle of an element
            }

            bool hasElement = definition >= builders[l].ElementLevel;
            if (l + 1 > repetition)
            {
                builders[l].BeginList(isNull: definition < builders[l].ElementLevel - 1);
            }

            if (!hasElement)
            {
                return false; // null or empty: nothing further inward
            }

            builders[l].AddElement();
        }

        return true;
    }

    // The definition level of each repeated field on the way to the column: an entry with a lower level has no element there.
    private static int[] RepeatedDefinitionLevels(ParquetSchema schema, ParquetColumn column)
    {
        var levels = new List<int>();
        IReadOnlyList<ParquetField> fields = schema.Fields;
        for (int depth = 0; depth < column.PathParts.Count; depth++)
        {
            ParquetField field = fields.First(f => f.Name == column.PathParts[depth] && Leads(f, column));
            if (field.Repetition == ParquetRepetition.Repeated)
            {
                levels.Add(field.MaxDefinitionLevel);
            }

            fields = (field as ParquetGroup)?.Fields ?? [];
        }

        return levels.ToArray();
    }

    private static bool Leads(ParquetField field, ParquetColumn column) =>
        ReferenceEquals(field, column) || (field is ParquetGroup group && group.Fields.Any(inner => Leads(inner, column)));

    /// <summary>Collects one level.</summary>
    private sealed class Builder(int elementLevel)
    {
        private readonly List<int> _offsets = [];
        private readonly List<bool> _isNull = [];
        private int _elements;

        public int ElementLevel => elementLevel;

        public void BeginList(bool isNull)
        {
            _offsets.Add(_elements);
            _isNull.Add(isNull);
        }

        public void AddElement() => _elements++;

        public ParquetListLevel Finish() => new([.. _offsets, _elements], _isNull.ToArray());
    }
}
