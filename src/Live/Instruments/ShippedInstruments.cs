using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Live.Instruments;

/// <summary>The list that ships with the program (instruments.json, inside this assembly).</summary>
public static class ShippedInstruments
{
    /// <summary>A symbol's instrument; null when it is not in the list.</summary>
    public static Instrument? Find(string symbol)
    {
        using var resource = typeof(ShippedInstruments).Assembly.GetManifestResourceStream("instruments.json")!;
        var json = new byte[resource.Length];
        resource.ReadExactly(json);
        return InstrumentJson.Read(json, symbol, "the shipped list of instruments", InstrumentSource.Shipped);
    }
}
