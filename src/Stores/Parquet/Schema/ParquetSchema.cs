using System.Diagnostics.CodeAnalysis;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>The columns of a file: as a tree (<see cref="Fields"/>) and as its leaves in storage order (<see cref="Columns"/>).</summary>
public sealed class ParquetSchema
{
    internal ParquetSchema(string name, IReadOnlyList<ParquetField> fields, IReadOnlyList<ParquetColumn> columns)
    {
        Name = name;
        Fields = fields;
        Columns = columns;
    }

    /// <summary>Name of the root; writers choose it freely.</summary>
    public string Name { get; }

    /// <summary>The top-level fields.</summary>
    public IReadOnlyList<ParquetField> Fields { get; }

    /// <summary>The leaves, in the order in which a row group stores them.</summary>
    public IReadOnlyList<ParquetColumn> Columns { get; }

    /// <summary>A schema without nesting: every field is a column.</summary>
    /// <param name="columns">Columns from the factories of <see cref="ParquetColumn"/>; the schema holds copies that know their position.</param>
    /// <exception cref="ArgumentException">There is no column, or two have one name.</exception>
    public static ParquetSchema Flat(params IEnumerable<ParquetColumn> columns)
    {
        ParquetColumn[] placed = columns.Select((column, index) => column.At(index)).ToArray();
        if (placed.Length == 0)
        {
            throw new ArgumentException("A Parquet schema needs at least one column.", nameof(columns));
        }

        if (placed.Any(column => column.PathParts.Count != 1 || column.HasRepetitionLevels))
        {
            throw new ArgumentException("A flat Parquet schema takes columns without nesting.", nameof(columns));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        ParquetColumn? twice = placed.FirstOrDefault(column => !names.Add(column.Name));
        return twice is null
            ? new ParquetSchema("schema", placed, placed)
            : throw new ArgumentException($"Two Parquet columns have the name '{twice.Name}'.", nameof(columns));
    }

    /// <summary>The column with this dotted path.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists the columns there are.</exception>
    public ParquetColumn this[string path] => TryFind(path, out ParquetColumn? column)
        ? column
        : throw new KeyNotFoundException($"The Parquet schema has no column '{path}'; it has {string.Join(", ", Columns.Select(c => $"'{c.Path}'"))}.");

    /// <summary>Looks a column up by its dotted path; the first one where a file has several of one path.</summary>
    public bool TryFind(string path, [NotNullWhen(true)] out ParquetColumn? column)
    {
        column = Columns.FirstOrDefault(c => c.Path == path);
        return column is not null;
    }
}
