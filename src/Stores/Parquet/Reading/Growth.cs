namespace EventSourcedMM.Stores.Parquet;

/// <summary>How arrays that receive decoded values grow.</summary>
internal static class Growth
{
    // A damaged file may declare any total; beyond this many elements the array grows only with what is really decoded.
    private const int MostOnTrust = 1 << 22;

    /// <summary>Room for <paramref name="needed"/> elements, and at once for the declared total where that is not absurd.</summary>
    public static void Ensure<T>(ref T[] array, int needed, int expectedTotal)
    {
        if (needed <= array.Length)
        {
            return;
        }

        long size = Math.Max(needed, Math.Min(expectedTotal, MostOnTrust));
        if (array.Length > 0)
        {
            size = Math.Max(size, Math.Min(2L * array.Length, Math.Max(needed, expectedTotal)));
        }

        Array.Resize(ref array, (int)Math.Min(size, Array.MaxLength));
    }
}
