namespace EventSourcedMM.Live.Trading;

/// <summary>What a live run trades with.</summary>
public enum LiveMode
{
    /// <summary>The zero-latency venue of the model: no order leaves, no key is needed.</summary>
    Paper = 0,

    /// <summary>Binance's spot test network.</summary>
    Testnet = 1,

    /// <summary>Binance's demo mode: real market data, play money.</summary>
    Demo = 2,

    /// <summary>Real money.</summary>
    Real = 3,
}

/// <summary>Names of modes, as users write them and as a run's first event has them.</summary>
public static class LiveModes
{
    /// <summary>Every name.</summary>
    public static readonly string[] Names = ["paper", "testnet", "demo", "real"];

    /// <summary>The name of a mode.</summary>
    public static string Name(this LiveMode mode) => Names[(int)mode];

    /// <summary>The mode of a name; null for none.</summary>
    public static LiveMode? Parse(string name) => Array.IndexOf(Names, name) is >= 0 and var at ? (LiveMode)at : null;
}
