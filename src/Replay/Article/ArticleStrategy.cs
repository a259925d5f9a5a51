namespace EventSourcedMM.Replay.Article;

/// <summary>The two strategies the article compares.</summary>
public enum ArticleStrategy
{
    /// <summary>Quotes centred on the reservation price (equations 29 and 30), so they follow inventory and time.</summary>
    Inventory,

    /// <summary>
    /// Quotes centred on the mid with one constant spread, the inventory strategy's spread averaged over
    /// continuous time: γσ²T/2 + (2/γ)·ln(1 + γ/k).
    /// </summary>
    Symmetric,
}
