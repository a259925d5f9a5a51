using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component quotes: the functions that trade, against published vectors and the article's tables.</summary>
public static class QuoteChecks
{
    private const string Advice = "the formulas are broken: do not trade with this build; ./build.sh names the test that fails";

    // mid, q, γ, σ, k, T−t, and by hand from equations 29 and 30: r, spread, bid, ask.
    private static readonly double[][] Vectors =
    [
        [100, 5, 0.1, 2, 1.5, 1, 98, 1.6907704228, 97.1546147886, 98.8453852114],
        [100, -3, 0.1, 2, 1.5, 0.25, 100.3, 1.3907704228, 99.6046147886, 100.9953852114],
    ];

    /// <summary>Runs them.</summary>
    public static void Run(Action<CheckResult> add)
    {
        var largest = 0.0;
        foreach (var v in Vectors)
        {
            var quote = AvellanedaStoikov.Quotes(v[0], v[1], v[2], v[3] * v[3], v[5], ModelConstants.Create(v[2], v[4]).LogTerm);
            largest = new[] { largest, Math.Abs(quote.ReservationPrice - v[6]), Math.Abs(quote.Spread - v[7]), Math.Abs(quote.Bid - v[8]), Math.Abs(quote.Ask - v[9]) }.Max();
        }

        add(new CheckResult("quotes", "equations 29 and 30", largest < 1e-9, FormattableString.Invariant($"{Vectors.Length} vectors, largest error {largest:0.0e0}"), Advice));

        // The article printed the result of a thousand paths: its figures scatter around the exact ones by their errors.
        var furthest = 0.0;
        foreach (var row in PublishedRow.All)
        {
            var exact = ExactMoments.Compute(new ArticleExperiment(row.Gamma, row.Strategy));
            var error = exact.ProfitStandardDeviation / Math.Sqrt(PublishedRow.Paths);
            furthest = Math.Max(furthest, Math.Max(0, Math.Abs(row.Profit - exact.ProfitMean) - 0.05) / error);
        }

        add(new CheckResult("quotes", "the article's six rows", furthest < 4, FormattableString.Invariant($"profit within {furthest:0.0} standard errors of the exact mean"), Advice));
    }
}
