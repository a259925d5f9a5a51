using System.Text.Json;

namespace EventSourcedMM.Tests.Stores.Parquet;

/// <summary>DuckDB as an independent reader and writer of Parquet, run by node out of tests/duckdb.</summary>
public static class DuckDb
{
    private static readonly NodeTool Tool = new("duckdb");

    /// <summary>Runs statements in order in one new database; every value comes back as text or null. A failing statement fails the test.</summary>
    public static IReadOnlyList<string?[][]> Run(params IEnumerable<string> statements)
    {
        string[] list = statements.ToArray();
        DuckDbResult[] results = JsonSerializer.Deserialize<DuckDbResult[]>(Tool.Run("query.mjs", JsonSerializer.Serialize(list)), JsonSerializerOptions.Web)!;
        for (int i = 0; i < list.Length; i++)
        {
            Assert.True(results[i].Error is null, $"DuckDB: {results[i].Error}\nin: {list[i]}");
        }

        return results.Select(result => result.Rows!).ToArray();
    }

    /// <summary>A path as an SQL string.</summary>
    public static string Quote(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";

    private sealed record DuckDbResult(string?[][]? Rows, string? Error);
}
