using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Python;
using EventSourcedMM.Tests.Stores.Schemas;

namespace EventSourcedMM.Tests.Replay.Runs;

/// <summary>
/// A journal that engine 1 wrote (fixtures/engine-1, see its SOURCE.txt): it verifies, and this engine does on its events what
/// that one did, byte for byte but for what names the program and for state hashes, which were made by other rules.
/// </summary>
public sealed class EarlierVersionTests : IDisposable
{
    private const int Events = 3_282;
    internal static readonly StreamName Run = StreamName.Run("backtest-nexousdt-20240723-f5e9ed2821", "NEXOUSDT");
    private static readonly StreamName Market = StreamName.Market("NEXOUSDT", "2024-07-23", "20240723T153942Z-6fb7ea0e");

    private readonly TempFolder folder = new();

    private static string Fixture => Path.Combine(EventsSchemaFolder.RepositoryRoot(), "tests", "Tests", "fixtures", "engine-1");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("market/NEXOUSDT/2024-07-23/20240723T153942Z-6fb7ea0e", 13_978, "4c8ca5f7c3c6a7802ad68253e152b13d7af8e949bce4b8bb4af2f591f3b64d42")]
    [InlineData("run/backtest-nexousdt-20240723-f5e9ed2821/NEXOUSDT", Events, "1de34ce599aaa6a2d3731a5077e173a056821d5c32d69a223c9698290973a18e")]
    public void OldStream_HasTheContentHashOfTheDayItWasSealed(string stream, int events, string hash)
    {
        var report = JournalVerifier.Verify(Fixture, StreamName.Parse(stream));
        Assert.Empty(report.Findings);
        Assert.Equal((events, hash), ((int)report.Events, report.ContentHash.ToString()));
    }

    [Fact]
    public void OldRun_BeginsInVersion1AndIsReadInTheCurrentOne()
    {
        using var source = JournalSource.Open(Fixture, Run);
        Assert.True(source.Read(out var header, out var payload));
        Assert.Equal((EventType.RunStarted, 1), (header.Type, header.Version));
        var first = PayloadBytes.Read<RunStartedVersion1>(payload, new LevelArena());
        Assert.Equal(Run.Parts[1], RunName.Of(header, payload));

        var started = RunFinder.ReadStart(new JournalStore(Fixture, TimeProvider.System), Run);
        Assert.Equal((first.Run, first.Configuration, first.Inputs, first.LogTerm, first.ParentSequence), (started.Run, started.Configuration, started.Inputs, started.LogTerm, started.ParentSequence));
        Assert.Equal(("1", 0L, 1L, "", 0L), (started.Engine, started.Schema, started.StateHash, started.Instrument, started.SimulatedLatency));
        Assert.Null(RunInstrument.Of(started));
    }

    [Fact]
    public void OldRun_ExecutedAgain_IsIdenticalButForWhatIsSaid()
    {
        var (code, json) = Verify(Fixture, Run);
        Assert.Equal((0, true, Events), (code, json.GetProperty("identical").GetBoolean(), json.GetProperty("eventsCompared").GetInt32()));
        var notes = json.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!).ToArray();
        Assert.Equal(3, notes.Length);
        Assert.Contains("the run was made by engine 1 before event schemas were counted", notes[0], StringComparison.Ordinal);
        Assert.Contains("did not record its instrument", notes[1], StringComparison.Ordinal);
        Assert.Equal("state is hashed by rules 2 now and was by rules 1 then: 1 hashes were not compared", notes[2]);
    }

    [Fact]
    public void OldRun_Certified_SaysWhatWasNotComparedAndHoldsWithAndWithoutTheEvents()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stores = Stores();
        var text = Certificate.Issue(stores, new RunVerifier(stores).Verify((stores.Primary, Run)), key);
        var notes = JsonNode.Parse(text)!["certificate"]!["result"]!["notes"]!.AsArray().Select(n => (string)n!).ToArray();
        Assert.Equal(3, notes.Length);
        Assert.Contains("made by engine 1", notes[0], StringComparison.Ordinal);
        var check = CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", key, stores);
        Assert.Equal(("the certificate holds", true), (check.Summary, check.Executed));
        Assert.Equal(notes, check.Findings.Where(f => f is { Name: "execution", Holds: null }).Select(f => f.Text));
        Assert.Equal("the signature holds, nothing was executed", CertificateCheck.Run(Encoding.UTF8.GetBytes(text), "c.json", key, null).Summary);

        // A note that the certificate leaves out is missed.
        Assert.Contains(Check(stores, text, key, c => c["result"]!["notes"]!.AsArray().RemoveAt(2)).Findings, f => f.Holds == false && f.Text.StartsWith("result.notes: ", StringComparison.Ordinal));
    }

    [Fact]
    public void OldRun_CertifiedByAnotherBuild_HoldsForWhatFollowsFromItsRulesOnly()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stores = Stores();
        var verified = new RunVerifier(stores).Verify((stores.Primary, Run));
        var text = Certificate.Issue(stores, verified, key);
        using var made = JsonDocument.Parse(Certificate.Body(stores, verified));
        var state = End().State.ToString();

        // Engine 1 itself compared everything, and stated the hash that the run's last event has. One that stated no notes yet may have had either rules.
        Holds(c => { Notes(c); State(c, state); }, "result.notes", "result.stateHash");
        Holds(c => { c["result"]!.AsObject().Remove("notes"); State(c, state); }, "result.notes", "result.stateHash");
        Holds(c => c["result"]!.AsObject().Remove("notes"), "result.notes");

        // A later engine of the same rules names itself; one of the run's rules stated the run's hash.
        Holds(c => c["result"]!["notes"]![0] = Note(c).Replace("this is engine 2 with ", "this is engine 3 with 9", StringComparison.Ordinal), "result.notes");
        Holds(c => { c["result"]!["notes"]!.AsArray().RemoveAt(2); State(c, state); }, "result.notes", "result.stateHash");

        // No program of any rules says so: other rules than the notes tell, figures that are not the run's, words of its own.
        Fails(c => Notes(c), "result.notes");
        Fails(c => State(c, state), "result.stateHash");
        Fails(c => { c["result"]!["notes"]![2] = "state is hashed by rules 7 now and was by rules 1 then: 1 hashes were not compared"; State(c, new string('7', 64)); }, "result.notes", "result.stateHash");
        Fails(c => c["result"]!["notes"]![2] = "state is hashed by rules 2 now and was by rules 1 then: 2 hashes were not compared", "result.notes");
        Fails(c => c["result"]!["notes"]![0] = Note(c).Replace("by engine 1 ", "by engine 4 ", StringComparison.Ordinal), "result.notes");
        Fails(c => c["result"]!["notes"]!.AsArray().Add("and nothing else"), "result.notes");
        Fails(c => c["result"]!["notes"] = "none", "result.notes");

        // The same through the check itself, once each.
        var holds = Check(stores, CertificateForgery.Renamed(text), key, c => { Notes(c); State(c, state); });
        Assert.Equal("the certificate holds", holds.Summary);
        Assert.Equal(["result.notes", "result.stateHash"], holds.Findings.Where(f => f is { Name: "result", Holds: null }).Select(f => f.Text.Split(':')[0]).Order(StringComparer.Ordinal));
        Assert.Equal("the certificate DOES NOT HOLD", Check(stores, CertificateForgery.Renamed(text), key, c => Notes(c)).Summary);

        void Holds(Action<JsonNode> edit, params string[] noted)
        {
            var (explained, unexplained) = Others(edit);
            Assert.Equal(noted, explained);
            Assert.Empty(unexplained);
        }

        void Fails(Action<JsonNode> edit, params string[] named) => Assert.Equal(named, Others(edit).Unexplained);

        (IEnumerable<string> Explained, IEnumerable<string> Unexplained) Others(Action<JsonNode> edit)
        {
            using var stated = JsonDocument.Parse(JsonNode.Parse(CertificateForgery.Edit(text, edit))!["certificate"]!.ToJsonString());
            var other = new OtherResult(stated.RootElement.GetProperty("result"), verified.Executed!);
            var members = CertificateComparison.Of(stated.RootElement, made.RootElement).ToLookup(m => other.Explain(m) is not null, m => m.Member);
            return (members[true].Order(StringComparer.Ordinal), members[false].Order(StringComparer.Ordinal));
        }

        static void Notes(JsonNode c) => c["result"]!["notes"] = new JsonArray();
        static void State(JsonNode c, string hash) => c["result"]!["stateHash"] = hash;
        static string Note(JsonNode c) => (string)c["result"]!["notes"]![0]!;
    }

    [Theory]
    [InlineData(EventType.OrderFilled)]
    [InlineData(EventType.QuoteDecided)]
    [InlineData(EventType.OrderSubmitted)]
    [InlineData(EventType.Marked)]
    [InlineData(EventType.RunEnded)]
    public void OldRun_WithOneOtherByte_IsDifferentThere(EventType type)
    {
        var changed = Copy(Fixture, Run, (header, payload) =>
        {
            // A byte of its first field: of the text's length where that is a text, one further on.
            payload[type == EventType.RunEnded ? 1 : 0] ^= 2;
            return header.Type == type;
        });
        var (code, json) = Verify(folder, Run);
        Assert.Equal((1, changed), (code, json.GetProperty("firstDifference").GetProperty("sequence").GetInt64()));
        Assert.Equal(3, json.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public void OldRun_WithAnotherFirstEvent_DoesNotFitItsName()
    {
        Copy(Fixture, Run, (header, payload) =>
        {
            payload[^1] ^= 2;
            return header.Type == EventType.RunStarted;
        });
        var (code, json) = Verify(folder, Run);
        Assert.Equal(1, code);
        Assert.Contains("is not the run that its first event starts", Assert.Single(json.GetProperty("damage").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NewRun_OnOldMarketEvents_RecordsItsProgramAndIsComparedToTheLastByte()
    {
        var stream = Backtest();
        var started = RunFinder.ReadStart(new JournalStore(folder, TimeProvider.System), stream);
        Assert.Equal((RunHeader.EngineVersion, (long)Upcasters.BuiltIn.SchemaCount, (long)EventSourcedMM.Projections.StateHash.Rules), (started.Engine, started.Schema, started.StateHash));
        var instrument = RunInstrument.Of(started)!;
        Assert.Equal(("NEXOUSDT", "NEXO", "USDT", 100_000L, 1_000_000L), (instrument.Symbol, instrument.BaseAsset, instrument.QuoteAsset, instrument.Tick, instrument.Lot));

        var (code, json) = Verify(folder, stream);
        Assert.Equal((0, 0), (code, json.GetProperty("notes").GetArrayLength()));
        var old = RunFinder.ReadStart(new JournalStore(Fixture, TimeProvider.System), Run);
        Assert.Equal((old.Configuration, old.Inputs, old.LogTerm, old.Horizon), (started.Configuration, started.Inputs, started.LogTerm, started.Horizon));
    }

    [Fact]
    public void NewRun_ByAProgramThatKnewOneEventLess_HasTheSameNameAndIsFoundAgain()
    {
        var stream = Backtest();
        using var second = new TempFolder();
        Copy(folder, stream, (_, _) => false, second, started => started with { Schema = started.Schema - 1 });
        var (code, json) = Verify(second, stream);
        Assert.Equal((0, true, 1), (code, json.GetProperty("identical").GetBoolean(), json.GetProperty("notes").GetArrayLength()));
    }

    [Fact]
    public void OldRun_ReadByAnotherLanguage_IsTheEventsOfItsVersion()
    {
        var reading = PythonReader.Read(Path.Combine(Fixture, Run.Value));
        Assert.True(reading.Code == 0, reading.Error);
        Assert.Equal(Events, reading.Events.Length);
        Assert.Equal("1de34ce599aaa6a2d3731a5077e173a056821d5c32d69a223c9698290973a18e", reading.Summary.GetProperty("contentHash").GetString());
        using var first = JsonDocument.Parse(reading.Events[0]);
        Assert.Equal(("runStarted", 1), (first.RootElement.GetProperty("type").GetString(), first.RootElement.GetProperty("version").GetInt32()));
        Assert.Equal(0, PythonReader.Read(Path.Combine(Fixture, Market.Value), "--quiet").Code);
    }

    [Fact]
    public void OldRun_CompactedToday_KeepsItsHashAndItsVersion()
    {
        Copy(Fixture, Run, (_, _) => false);
        EventSourcedMM.Stores.Journal.Compaction.JournalCompactor.Run(folder, Run);
        Assert.Equal("1de34ce599aaa6a2d3731a5077e173a056821d5c32d69a223c9698290973a18e", JournalVerifier.Verify(folder, Run).ContentHash.ToString());
        Assert.Equal(0, Verify(folder, Run).Code);
    }

    [Fact]
    public void NewRun_WithAnotherStateHash_IsDifferent()
    {
        var stream = Backtest();
        using var second = new TempFolder();
        var changed = Copy(folder, stream, (header, payload) =>
        {
            payload[^1] ^= 1;
            return header.Type == EventType.RunEnded;
        }, second);
        var (code, json) = Verify(second, stream);
        Assert.Equal((1, changed), (code, json.GetProperty("firstDifference").GetProperty("sequence").GetInt64()));
    }

    /// <summary>The store that engine 1 wrote.</summary>
    internal static StoreSet Stores() => new(new JournalStore(Fixture, TimeProvider.System));

    private static CheckedCertificate Check(StoreSet stores, string text, ECDsa key, Action<JsonNode> edit) =>
        CertificateCheck.Run(Encoding.UTF8.GetBytes(CertificateForgery.Sign(CertificateForgery.Edit(text, edit), key)), "c.json", key, stores);

    private static RunEnded End()
    {
        using var source = new UpcastSource(JournalSource.Open(Fixture, Run));
        var end = default(RunEnded);
        while (source.Read(out var header, out var payload))
        {
            end = header.Type == EventType.RunEnded ? PayloadBytes.Read<RunEnded>(payload, new LevelArena()) : end;
        }

        return end;
    }

    // The old run's market events, configuration and window, in a store of its own.
    private StreamName Backtest()
    {
        var old = new JournalStore(Fixture, TimeProvider.System);
        CopyStream(Market, folder);
        var started = RunFinder.ReadStart(old, Run);
        var store = new JournalStore(folder, TimeProvider.System);
        var days = new MarketDays(new StoreSet(store)).Select("NEXOUSDT", started.WindowStart, started.WindowEnd, null);
        var request = new BacktestRequest
        {
            Symbol = "NEXOUSDT",
            From = started.WindowStart,
            To = started.WindowEnd,
            Configuration = EventSourcedMM.Domain.Configuration.StrategyConfiguration.FromJson(started.Configuration),
            Queue = started.Queue,
            FeePartsPerMillion = started.FeePartsPerMillion,
        };
        using var recorder = new RunRecorder(store);
        new Backtester(request, [.. days.Days.Select(d => d.ToInput())], recorder).Run();
        recorder.Finish(RunHeader.EngineVersion, []);
        return recorder.Stream;
    }

    private static void CopyStream(StreamName stream, string target)
    {
        Directory.CreateDirectory(Path.Combine(target, stream.Value));
        foreach (var file in Directory.GetFiles(Path.Combine(Fixture, stream.Value)))
        {
            File.Copy(file, Path.Combine(target, stream.Value, Path.GetFileName(file)));
        }
    }

    /// <summary>Writes a run anew with one event changed, sealed as if it had always been so: the first one the change accepts. Returns its sequence.</summary>
    private long Copy(string from, StreamName run, Func<EventHeader, byte[], bool> change, string? to = null, Func<RunStarted, RunStarted>? start = null)
    {
        var target = to ?? folder;
        if (!Directory.Exists(Path.Combine(target, Market.Value)))
        {
            CopyStream(Market, target);
        }

        var changed = 0L;
        var batch = new EventBatch();
        using (var source = JournalSource.Open(from, run))
        {
            while (source.Read(out var header, out var payload))
            {
                var copy = payload.ToArray();
                if (start is not null && header.Type == EventType.RunStarted)
                {
                    batch.Add(header, start(PayloadBytes.Read<RunStarted>(payload, new LevelArena())));
                }
                else if (changed == 0 && change(header, copy))
                {
                    changed = header.Sequence;
                    batch.Add(header, copy);
                }
                else
                {
                    batch.Add(header, payload);
                }
            }
        }

        using var writer = new JournalStore(target, TimeProvider.System).OpenWriter(run, Durability.OnClose);
        writer.Append(batch);
        writer.Seal("1");
        return changed;
    }

    private static (int Code, JsonElement Json) Verify(string store, StreamName run)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = VerifyCommand.Create().Parse([run.Parts[1], "--store", store, "--json"]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        Assert.Equal("", error.ToString());
        using var json = JsonDocument.Parse(output.ToString());
        return (code, json.RootElement.Clone());
    }
}
