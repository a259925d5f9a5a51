namespace EventSourcedMM.Stores.Schemas;

/// <summary>The unit of each kind of field, in the words that stand in schemas and documents.</summary>
public static class FieldUnits
{
    /// <summary>The unit; empty where a field has none, or where its description must say it.</summary>
    public static string Of(FieldKind kind) => kind switch
    {
        FieldKind.Time => "nanoseconds since 1970-01-01T00:00:00Z, or a span of nanoseconds",
        FieldKind.Price => "10^-priceDecimals quote per base (instrumentDefined of the stream)",
        FieldKind.Quantity => "10^-quantityDecimals base (instrumentDefined of the stream)",
        FieldKind.Money => "10^-(priceDecimals + quantityDecimals) quote (instrumentDefined of the stream)",
        FieldKind.Levels => "[price, quantity] in price and quantity units",
        _ => "",
    };
}
