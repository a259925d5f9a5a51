namespace EventSourcedMM.Stores.Parquet;

/// <summary>A node of a schema: a <see cref="ParquetColumn"/> (leaf) or a <see cref="ParquetGroup"/>.</summary>
public abstract class ParquetField
{
    private protected ParquetField(IReadOnlyList<string> path, ParquetRepetition repetition, ParquetLogicalType? logicalType, int definitionLevel, int repetitionLevel)
    {
        PathParts = path;
        Repetition = repetition;
        LogicalType = logicalType;
        MaxDefinitionLevel = definitionLevel;
        MaxRepetitionLevel = repetitionLevel;
    }

    /// <summary>The field's own name.</summary>
    public string Name => PathParts[^1];

    /// <summary>Names from the root to this field.</summary>
    public IReadOnlyList<string> PathParts { get; }

    /// <summary>The dotted path, for messages and look-up.</summary>
    public string Path => string.Join('.', PathParts);

    public ParquetRepetition Repetition { get; }

    /// <summary>The annotation, or null for none.</summary>
    public ParquetLogicalType? LogicalType { get; }

    /// <summary>The definition level at which this field is there; one for every optional or repeated field on the way down, itself included.</summary>
    public int MaxDefinitionLevel { get; }

    /// <summary>How many repeated fields are on the way down, itself included.</summary>
    public int MaxRepetitionLevel { get; }
}

/// <summary>A field made of fields: a struct, a list's or map's outer or middle level.</summary>
public sealed class ParquetGroup : ParquetField
{
    internal ParquetGroup(IReadOnlyList<string> path, ParquetRepetition repetition, ParquetLogicalType? logicalType, int definitionLevel, int repetitionLevel, IReadOnlyList<ParquetField> fields)
        : base(path, repetition, logicalType, definitionLevel, repetitionLevel) => Fields = fields;

    /// <summary>The fields inside, in file order.</summary>
    public IReadOnlyList<ParquetField> Fields { get; }
}
