namespace EventSourcedMM.Stores.Schemas;

/// <summary>One field of a payload, without a value.</summary>
/// <param name="Name">camelCase name, the one in JSON.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Codes">The closed list of a <see cref="FieldKind.Code"/>; null otherwise.</param>
public sealed record FieldDescription(string Name, FieldKind Kind, CodeList? Codes);
