namespace EventSourcedMM.Stores.Parquet;

/// <summary>Builds the schema's tree from the footer's flattened list, and the list from a flat schema.</summary>
internal static class SchemaTree
{
    private const int MaxDepth = 64;
    private const int MaxLevel = 255; // levels are held in bytes

    /// <summary>The tree that <paramref name="elements"/> describe.</summary>
    /// <exception cref="ParquetException">The list is not a tree, or deeper than this codec reads.</exception>
    public static ParquetSchema Build(IReadOnlyList<SchemaElement> elements, ParquetPlace place)
    {
        if (elements.Count == 0 || elements[0].ChildCount < 0)
        {
            throw place.Corrupt("the schema has no root");
        }

        int next = 1;
        var columns = new List<ParquetColumn>();
        ParquetField[] fields = Children(elements[0], [], 0, 0, 1);
        return next == elements.Count
            ? new ParquetSchema(elements[0].Name, fields, columns)
            : throw place.Corrupt($"the schema has {elements.Count - next} elements that hang on nothing");

        ParquetField[] Children(SchemaElement parent, IReadOnlyList<string> path, int definition, int repetition, int depth)
        {
            if (parent.ChildCount > elements.Count - next)
            {
                throw place.Corrupt($"schema group '{parent.Name}' declares {parent.ChildCount} fields, more than there are");
            }

            var children = new ParquetField[parent.ChildCount];
            for (int i = 0; i < children.Length; i++)
            {
                children[i] = Field(path, definition, repetition, depth);
            }

            return children;
        }

        ParquetField Field(IReadOnlyList<string> parentPath, int definition, int repetition, int depth)
        {
            if (next >= elements.Count)
            {
                throw place.Corrupt("the schema ends before its groups are complete");
            }

            if (depth > MaxDepth)
            {
                throw place.Unsupported($"a schema nested deeper than {MaxDepth} levels");
            }

            SchemaElement element = elements[next++];
            string[] path = [.. parentPath, element.Name];
            if (element.Repetition is null or < 0 or > 2)
            {
                throw place.Corrupt($"schema field '{string.Join('.', path)}' has no valid repetition");
            }

            var kind = (ParquetRepetition)element.Repetition.Value;
            definition += kind == ParquetRepetition.Required ? 0 : 1;
            repetition += kind == ParquetRepetition.Repeated ? 1 : 0;
            if (definition > MaxLevel)
            {
                throw place.Unsupported($"more than {MaxLevel} definition levels");
            }

            ParquetLogicalType? meaning = element.LogicalType ?? LogicalTypeCodec.FromConverted(element.ConvertedType, element.Precision, element.Scale);
            if (element.Type is null)
            {
                return element.ChildCount > 0
                    ? new ParquetGroup(path, kind, meaning, definition, repetition, Children(element, path, definition, repetition, depth + 1))
                    : throw place.Corrupt($"schema field '{string.Join('.', path)}' has neither a type nor fields");
            }

            ParquetColumn column = Leaf(element, path, kind, meaning, definition, repetition, columns.Count);
            columns.Add(column);
            return column;
        }

        ParquetColumn Leaf(SchemaElement element, string[] path, ParquetRepetition kind, ParquetLogicalType? meaning, int definition, int repetition, int index)
        {
            if (element.Type is < 0 or > 7 || element.ChildCount != 0)
            {
                throw place.Corrupt($"schema column '{string.Join('.', path)}' has type {element.Type} and {element.ChildCount} fields");
            }

            var type = (ParquetPhysicalType)element.Type!.Value;
            int length = type == ParquetPhysicalType.FixedLenByteArray ? element.TypeLength ?? 0 : 0;
            return type != ParquetPhysicalType.FixedLenByteArray || length > 0
                ? new ParquetColumn(path, kind, meaning, definition, repetition, type, length, index)
                : throw place.Corrupt($"schema column '{string.Join('.', path)}' has fixed-length values of length {length}");
        }
    }

    /// <summary>The footer's list for a flat schema.</summary>
    public static IReadOnlyList<SchemaElement> Flatten(ParquetSchema schema)
    {
        var elements = new List<SchemaElement> { new() { Name = schema.Name, ChildCount = schema.Columns.Count } };
        foreach (ParquetColumn column in schema.Columns)
        {
            var meaning = column.LogicalType as ParquetLogicalType.Decimal;
            elements.Add(new SchemaElement
            {
                Name = column.Name,
                Type = (int)column.PhysicalType,
                TypeLength = column.TypeLength > 0 ? column.TypeLength : null,
                Repetition = (int)column.Repetition,
                ConvertedType = column.LogicalType is null ? null : (int?)LogicalTypeCodec.ToConverted(column.LogicalType),
                Scale = meaning?.Scale,
                Precision = meaning?.Precision,
                LogicalType = column.LogicalType,
            });
        }

        return elements;
    }
}
