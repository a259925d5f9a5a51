using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Archive;

/// <summary>A short list of levels as JSON, as the venue writes them: [["price","quantity"],…].</summary>
internal static class LevelText
{
    /// <summary>Writes a list.</summary>
    public static string Write(in LevelList levels, in ArchiveScales scales)
    {
        var text = new StringBuilder("[");
        foreach (ref readonly var level in levels.Span)
        {
            text.Append(text.Length > 1 ? "," : "")
                .Append("[\"").Append(FixedPoint.Format(level.Price, scales.Price))
                .Append("\",\"").Append(FixedPoint.Format(level.Quantity, scales.Quantity)).Append("\"]");
        }

        return text.Append(']').ToString();
    }

    /// <summary>Reads a list.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static LevelList Read(ReadOnlySpan<byte> json, int priceDecimals, int quantityDecimals, LevelArena arena)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray());
            var levels = arena.Take(document.RootElement.GetArrayLength(), out var room);
            var at = 0;
            foreach (var level in document.RootElement.EnumerateArray())
            {
                room[at++] = new Level(FixedPoint.Parse(level[0].GetString(), new Scale(priceDecimals)), FixedPoint.Parse(level[1].GetString(), new Scale(quantityDecimals)));
            }

            return levels.Count == 0 ? default : levels;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            throw new FormatException($"'{Encoding.UTF8.GetString(json)}' is not a list of levels: {e.Message}", e);
        }
    }
}
