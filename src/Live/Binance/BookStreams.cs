namespace EventSourcedMM.Live.Binance;

/// <summary>Names of the streams that carry books.</summary>
internal static class BookStreams
{
    /// <summary>True for the part after the @ of a partial book stream: depth5, depth10 or depth20, with or without a speed.</summary>
    public static bool IsPartial(ReadOnlySpan<byte> afterAt)
    {
        var speed = afterAt.IndexOf((byte)'@');
        var name = speed < 0 ? afterAt : afterAt[..speed];
        return name.SequenceEqual("depth5"u8) || name.SequenceEqual("depth10"u8) || name.SequenceEqual("depth20"u8);
    }
}
