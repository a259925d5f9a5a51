using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Replay.Audit;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm state</c> as a user runs it.</summary>
public sealed class StateCommandTests(AuditedDay audited) : IClassFixture<AuditedDay>
{
    [Fact]
    public void State_AtAnEventAndAtItsTime_IsTheRunsOwnHashAndAccounts()
    {
        var run = audited.HalfHour("");
        var (code, output, error) = Run("--seq", "900", "--json", "--store", audited.Store.Root, run.Started.Run);
        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        var state = json.RootElement;
        Assert.True(state.GetProperty("sequence").GetInt64() >= 900);
        Assert.True(state.GetProperty("equal").GetBoolean());
        Assert.Equal(state.GetProperty("sequence").GetInt64(), state.GetProperty("executed").GetInt64() + state.GetProperty("fromSnapshot").GetInt64());
        Assert.Equal(("none", "quoted"), (state.GetProperty("stop").GetString(), state.GetProperty("bidReason").GetString()));
        Assert.All(state.GetProperty("orders").EnumerateArray(), o => Assert.Contains(o.GetProperty("side").GetString(), (string[])["bid", "ask"]));
        Assert.All(state.GetProperty("orders").EnumerateArray(), o => Assert.Equal("resting", o.GetProperty("status").GetString()));

        // The whole run's end has the hash that the run wrote there.
        var last = audited.Store.ReadManifest(run.Name)!.Events;
        var end = JsonDocument.Parse(Run("--seq", last.ToString(CultureInfo.InvariantCulture), "--json", "--store", audited.Store.Root, run.Started.Run).Output).RootElement;
        var at = JsonDocument.Parse(Run("--at", Moments.Text(audited.Store.ReadManifest(run.Name)!.LastTime), "--json", "--store", audited.Store.Root, run.Started.Run).Output).RootElement;
        Assert.Equal(end.GetProperty("stateHash").GetString(), at.GetProperty("stateHash").GetString());
        Assert.Contains(end.GetProperty("stateHash").GetString()!, Ended(run), StringComparison.Ordinal);
        Assert.Contains(" ahead", Run("--seq", "900", "--store", audited.Store.Root, run.Started.Run).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void State_OfARunThatWasChanged_ExitsWithOneAndSaysWhere()
    {
        using var folder = new TempFolder();
        var run = audited.HalfHour("");
        var forged = new JournalStore(folder, TimeProvider.System);
        Forgery.Write(run, forged, (header, payload) => [(header, header.Sequence == 500 ? [.. payload[..^1], (byte)(payload[^1] ^ 1)] : payload)]);
        var (code, output, _) = Run("--seq", "900", "--store", folder, run.Started.Run);
        Assert.Equal(1, code);
        Assert.Contains("up to event 500, WHICH IS STORED OTHERWISE", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say when")]
    [InlineData("Say when", "--seq", "5", "--at", "2024-07-24T02:40Z")]
    [InlineData("must be the number of an event", "--seq", "999999")]
    [InlineData("must be the number of an event", "--seq", "x")]
    [InlineData("lies before the run", "--at", "2024-07-24T02:00Z")]
    [InlineData("lies behind the run's last event, which is of 2024-07-24T0", "--at", "2024-07-25T02:00Z")]
    public void State_WrongInput_ExitsWithTwoAndSaysWhy(string reason, params string[] arguments)
    {
        var run = audited.HalfHour("");
        var (code, _, error) = Run([.. arguments, "--store", audited.Store.Root, run.Started.Run]);
        Assert.Equal(2, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    // The payload of the run's last event, as hexadecimal text.
    private string Ended(EventSourcedMM.Replay.Runs.StoredRun run)
    {
        using var source = audited.Store.OpenSource(run.Name);
        var text = "";
        while (source.Read(out var header, out var payload))
        {
            text = header.Type == EventType.RunEnded ? Convert.ToHexStringLower(payload) : text;
        }

        return text;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = new RootCommand { StateCommand.Create() }.Parse(["state", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
