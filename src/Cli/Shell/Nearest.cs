namespace EventSourcedMM.Cli.Shell;

/// <summary>What somebody may have meant.</summary>
public static class Nearest
{
    /// <summary>The known word that a mistyped one is nearest to: the fewest letters changed, at most a third of them; null when none is near.</summary>
    public static string? Of(string text, IEnumerable<string> known)
    {
        var (best, fewest) = ((string?)null, (text.TrimStart('-').Length + 2) / 3 + 1);
        foreach (var word in known.Order(StringComparer.Ordinal))
        {
            var distance = Distance(text.ToUpperInvariant(), word.ToUpperInvariant());
            (best, fewest) = distance < fewest ? (word, distance) : (best, fewest);
        }

        return best;
    }

    // Letters left out, put in, replaced, or two that changed places.
    private static int Distance(string a, string b)
    {
        var (before, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            (before, last, row) = (last, row, before);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }
        }

        return row[b.Length];
    }
}
