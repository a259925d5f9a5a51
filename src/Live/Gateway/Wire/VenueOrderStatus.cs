namespace EventSourcedMM.Live.Gateway.Wire;

/// <summary>Where the venue says an order stands (enums.md, "Order status").</summary>
internal enum VenueOrderStatus
{
    /// <summary>In the book, nothing filled; or waiting to be.</summary>
    New,

    /// <summary>In the book, partly filled.</summary>
    PartiallyFilled,

    /// <summary>Over, filled whole.</summary>
    Filled,

    /// <summary>Over by a cancel.</summary>
    Cancelled,

    /// <summary>Never was in the book.</summary>
    Rejected,

    /// <summary>Over by the venue's own doing.</summary>
    Expired,
}
