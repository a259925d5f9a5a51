using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Cli.Commands;

/// <summary>The output of <c>mm article</c>, as a table for a terminal and as JSON.</summary>
internal static class ArticleReport
{
    /// <summary>One JSON object on one line. Fields are documented in docs/article.md.</summary>
    public static string Json(IReadOnlyList<ArticleRow> rows, int paths, ulong seed)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("paths", paths);
            json.WriteNumber("seed", seed);
            json.WriteStartArray("rows");
            foreach (ArticleRow row in rows)
            {
                WriteRow(json, row);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteRow(Utf8JsonWriter json, ArticleRow row)
    {
        SampleMoments profit = row.Sampled.Profit;
        SampleMoments inventory = row.Sampled.FinalInventory;
        json.WriteStartObject();
        json.WriteNumber("gamma", row.Experiment.Gamma);
        json.WriteString("strategy", NameOf(row.Experiment.Strategy));
        json.WriteNumber("spread", row.Sampled.AverageSpread);
        json.WriteNumber("profit", profit.Mean);
        json.WriteNumber("profitError", profit.MeanError);
        json.WriteNumber("profitStd", profit.StandardDeviation);
        json.WriteNumber("profitStdError", profit.StandardDeviationError);
        json.WriteNumber("finalInventory", inventory.Mean);
        json.WriteNumber("finalInventoryError", inventory.MeanError);
        json.WriteNumber("finalInventoryStd", inventory.StandardDeviation);
        json.WriteNumber("finalInventoryStdError", inventory.StandardDeviationError);
        json.WriteStartObject("exact");
        json.WriteNumber("spread", row.Exact.AverageSpread);
        json.WriteNumber("profit", row.Exact.ProfitMean);
        json.WriteNumber("profitStd", row.Exact.ProfitStandardDeviation);
        json.WriteNumber("profitKurtosis", row.Exact.ProfitKurtosis);
        json.WriteNumber("finalInventory", row.Exact.InventoryMean);
        json.WriteNumber("finalInventoryStd", row.Exact.InventoryStandardDeviation);
        json.WriteEndObject();
        if (row.Published is { } published)
        {
            json.WriteStartObject("published");
            json.WriteNumber("spread", published.Spread);
            json.WriteNumber("profit", published.Profit);
            json.WriteNumber("profitStd", published.ProfitStandardDeviation);
            json.WriteNumber("finalInventory", published.FinalInventory);
            json.WriteNumber("finalInventoryStd", published.FinalInventoryStandardDeviation);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("published");
        }
        json.WriteEndObject();
    }

    /// <summary>Three lines a row: as printed in the article, Monte Carlo with one standard error, exact.</summary>
    public static string Table(IReadOnlyList<ArticleRow> rows, int paths, ulong seed)
    {
        var text = new StringBuilder();
        text.AppendLine("Avellaneda and Stoikov (2008), tables 1 to 3: s=100 T=1 σ=2 dt=0.005 q=0 k=1.5 A=140");
        text.AppendLine(string.Create(
            CultureInfo.InvariantCulture, $"Monte Carlo: {paths} paths a row, seed {seed}, ± one standard error; published: {PublishedRow.Paths} paths."));
        text.AppendLine();
        Line(text, "gamma", "strategy", "source", "spread", "profit", "std(profit)", "final q", "std(final q)");
        foreach (ArticleRow row in rows)
        {
            string gamma = row.Experiment.Gamma.ToString("R", CultureInfo.InvariantCulture);
            string strategy = NameOf(row.Experiment.Strategy);
            SampleMoments profit = row.Sampled.Profit;
            SampleMoments inventory = row.Sampled.FinalInventory;
            ExactMoments exact = row.Exact;
            text.AppendLine();
            if (row.Published is { } published)
            {
                Line(
                    text,
                    gamma,
                    strategy,
                    "published",
                    Number(published.Spread, "F2"),
                    Number(published.Profit, "F1"),
                    Number(published.ProfitStandardDeviation, "F1"),
                    Number(published.FinalInventory, "F2"),
                    Number(published.FinalInventoryStandardDeviation, "F1"));
            }
            Line(
                text,
                gamma,
                strategy,
                "Monte Carlo",
                Number(row.Sampled.AverageSpread, "F4"),
                WithError(profit.Mean, profit.MeanError),
                WithError(profit.StandardDeviation, profit.StandardDeviationError),
                WithError(inventory.Mean, inventory.MeanError),
                WithError(inventory.StandardDeviation, inventory.StandardDeviationError));
            Line(
                text,
                gamma,
                strategy,
                "exact",
                Number(exact.AverageSpread, "F4"),
                Number(exact.ProfitMean, "F3"),
                Number(exact.ProfitStandardDeviation, "F3"),
                Number(exact.InventoryMean, "F3"),
                Number(exact.InventoryStandardDeviation, "F3"));
        }
        return text.ToString().TrimEnd();
    }

    private static void Line(
        StringBuilder text,
        string gamma,
        string strategy,
        string source,
        string spread,
        string profit,
        string profitStd,
        string inventory,
        string inventoryStd)
    {
        string line = $"{gamma,-6} {strategy,-9} {source,-11} {spread,7} {profit,15} {profitStd,15} {inventory,15} {inventoryStd,15}";
        text.AppendLine(line.TrimEnd());
    }

    private static string WithError(double value, double error) => $"{Number(value, "F3")} ± {Number(error, "F3")}";

    private static string Number(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        // The exact mean of a symmetric inventory may be a rounding error below zero; "-0.000" says nothing.
        return text.StartsWith('-') && text.AsSpan(1).IndexOfAnyInRange('1', '9') < 0 ? text[1..] : text;
    }

    private static string NameOf(ArticleStrategy strategy) =>
        strategy == ArticleStrategy.Inventory ? "inventory" : "symmetric";
}
