namespace EventSourcedMM.Stores.Schemas;

/// <summary>What a field is: the call of <see cref="Domain.Canonical.IFieldVisitor"/> that describes it. It fixes the field's bytes, its JSON and its unit.</summary>
public enum FieldKind
{
    /// <summary>An identifier or ordinal.</summary>
    Id = 0,

    /// <summary>A plain integer.</summary>
    Count = 1,

    /// <summary>Nanoseconds since the epoch, or a span of nanoseconds.</summary>
    Time = 2,

    /// <summary>Price units.</summary>
    Price = 3,

    /// <summary>Quantity units.</summary>
    Quantity = 4,

    /// <summary>Money units, 128 bits.</summary>
    Money = 5,

    /// <summary>An IEEE 754 double.</summary>
    Real = 6,

    /// <summary>A yes or no.</summary>
    Flag = 7,

    /// <summary>Text.</summary>
    Text = 8,

    /// <summary>One of a closed list.</summary>
    Code = 9,

    /// <summary>Price levels.</summary>
    Levels = 10,

    /// <summary>A SHA-256 digest.</summary>
    Digest = 11,
}
