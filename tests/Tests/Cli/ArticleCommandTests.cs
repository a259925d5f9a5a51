using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;

namespace EventSourcedMM.Tests.Cli;

public sealed class ArticleCommandTests
{
    [Fact]
    public void Json_Defaults_OneObjectWithSixRowsOfNumbers()
    {
        (int code, string output, string error) = Run("--paths", "50", "--json");
        Assert.Equal(0, code);
        Assert.Empty(error);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement[] rows = document.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal([0.1, 0.1, 0.01, 0.01, 1.0, 1.0], rows.Select(r => r.GetProperty("gamma").GetDouble()));
        Assert.Equal(
            ["inventory", "symmetric", "inventory", "symmetric", "inventory", "symmetric"],
            rows.Select(r => r.GetProperty("strategy").GetString()!));
        string[] numbers =
        [
            "spread", "profit", "profitError", "profitStd", "profitStdError", "finalInventory", "finalInventoryError",
            "finalInventoryStd", "finalInventoryStdError",
        ];
        string[] exactNumbers = ["spread", "profit", "profitStd", "finalInventory", "finalInventoryStd", "profitKurtosis"];
        foreach (JsonElement row in rows)
        {
            Assert.All(numbers, name => Assert.Equal(JsonValueKind.Number, row.GetProperty(name).ValueKind));
            JsonElement exact = row.GetProperty("exact");
            Assert.All(exactNumbers, name => Assert.Equal(JsonValueKind.Number, exact.GetProperty(name).ValueKind));
            Assert.Equal(JsonValueKind.Object, row.GetProperty("published").ValueKind);
        }
        Assert.Equal(65.0, rows[0].GetProperty("published").GetProperty("profit").GetDouble());
        Assert.Equal(64.8925, rows[0].GetProperty("exact").GetProperty("profit").GetDouble(), 1e-4);
    }

    [Fact]
    public void Json_SameSeedTwice_SameBytes()
    {
        string first = Run("--paths", "20", "--seed", "18446744073709551615", "--json").Output;
        Assert.Equal(first, Run("--paths", "20", "--seed", "18446744073709551615", "--json").Output);
        Assert.NotEqual(first, Run("--paths", "20", "--seed", "0", "--json").Output);
    }

    [Fact]
    public void Json_GammaNotPrinted_PublishedIsNull()
    {
        using JsonDocument document = JsonDocument.Parse(Run("--gamma", "0.5", "--paths", "10", "--json").Output);
        JsonElement rows = document.RootElement.GetProperty("rows");
        Assert.Equal(2, rows.GetArrayLength());
        Assert.Equal(JsonValueKind.Null, rows[0].GetProperty("published").ValueKind);
    }

    [Fact]
    public void Table_Defaults_ShowsPublishedMonteCarloAndExact()
    {
        (int code, string output, string error) = Run("--paths", "50");
        Assert.Equal(0, code);
        Assert.Empty(error);
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(6, lines.Count(l => l.Contains(" published ", StringComparison.Ordinal)));
        Assert.Equal(6, lines.Count(l => l.Contains(" Monte Carlo ", StringComparison.Ordinal) && l.Contains('±')));
        Assert.Contains("0.1    inventory exact        1.4918          64.893           6.543           0.000           2.927", lines);
        Assert.DoesNotContain("-0.000", output, StringComparison.Ordinal);
        Assert.All(lines, l => Assert.True(l.Length <= 100, l));
    }

    [Theory]
    [InlineData("--gamma", "-1", "'-1' is out of range")]
    [InlineData("--gamma", "0.1,,1", "'' is not a number")]
    [InlineData("--gamma", "0,1;2", "'1;2' is not a number")]
    [InlineData("--gamma", "NaN", "'NaN' is out of range")]
    [InlineData("--paths", "1", "from 2 to")]
    [InlineData("--paths", "-3", "from 2 to")]
    [InlineData("--paths", "1e3", "from 2 to")]
    [InlineData("--paths", "99999999999", "from 2 to")]
    [InlineData("--seed", "-1", "from 0 to")]
    [InlineData("--seed", "x", "from 0 to")]
    public void BadInput_NamedOnErrorStream_ExitsTwo(string option, string value, string words)
    {
        (int code, string output, string error) = Run(option, value, "--json");
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains($"{option} {value}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand { ArticleCommand.Create() };
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = root.Parse(["article", .. arguments])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
