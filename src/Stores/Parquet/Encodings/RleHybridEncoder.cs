namespace EventSourcedMM.Stores.Parquet;

/// <summary>Encodes levels, dictionary indices and booleans as runs and packed groups (Encodings.md, "RLE").</summary>
internal static class RleHybridEncoder
{
    /// <summary>Appends values of <paramref name="width"/> bits (1 to 32), without a length before them.</summary>
    public static void Encode(ReadOnlySpan<int> values, int width, ByteSink sink)
    {
        int start = 0; // of the values not yet written, which will be packed
        int i = 0;
        while (i < values.Length)
        {
            int run = values[i..].IndexOfAnyExcept(values[i]);
            run = run < 0 ? values.Length - i : run;

            // Packed groups hold eight: the run first completes the open group, and pays off if eight values are left.
            int missing = (8 - ((i - start) & 7)) & 7;
            if (run - missing >= 8)
            {
                WritePacked(values[start..(i + missing)], width, sink);
                EncodeRun(values[i], run - missing, width, sink);
                start = i + run;
            }

            i += run;
        }

        WritePacked(values[start..], width, sink);
    }

    /// <summary>Appends one run of a repeated value.</summary>
    public static void EncodeRun(int value, int count, int width, ByteSink sink)
    {
        sink.WriteVarint((ulong)count << 1);
        for (int shift = 0; shift < width; shift += 8)
        {
            sink.WriteByte(unchecked((byte)(value >> shift)));
        }
    }

    private static void WritePacked(ReadOnlySpan<int> values, int width, ByteSink sink)
    {
        if (values.IsEmpty)
        {
            return;
        }

        int groups = (values.Length + 7) / 8;
        sink.WriteVarint(((ulong)groups << 1) | 1);
        BitPack.Write(values, width, groups * 8, sink);
    }
}
