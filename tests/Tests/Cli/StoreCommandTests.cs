using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Stores.Archive;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm store verify|compact|stats</c> as a user and a script see them.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private static readonly StreamName Run1 = StreamName.Run("r1", "BTCUSDT");

    private readonly TempFolder folder = new();

    private string Segment => Path.Combine(folder, StoreEvents.Stream.Value, "00000000000000000001.mmj");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Verify_WholeStore_ExitsWithZeroAndChangesNoByte()
    {
        Make(StoreEvents.Stream, 5_000, seal: true);
        Make(Run1, 300, seal: false);
        var before = Bytes();
        var (code, json) = Json("verify");
        Assert.Equal((0, true), (code, json.GetProperty("whole").GetBoolean()));
        var streams = json.GetProperty("streams").EnumerateArray().ToArray();
        Assert.Equal([StoreEvents.Stream.Value, Run1.Value], streams.Select(s => s.GetProperty("stream").GetString()));
        Assert.Equal([(5_000, true), (300, false)], streams.Select(s => (s.GetProperty("events").GetInt32(), s.GetProperty("sealed").GetBoolean())));
        using var hash = StoreEvents.Hash(StoreEvents.Stream, 5_000);
        Assert.Equal(hash.Current.ToString(), streams[0].GetProperty("contentHash").GetString());
        Assert.EndsWith("2 streams, whole\n", Run("verify").Output, StringComparison.Ordinal);
        Assert.Equal(before, Bytes());
    }

    /// <summary>Most days of a capture are archived, and their journals are gone: they are read, too.</summary>
    [Fact]
    public void Verify_ArchivedStreams_AreReadWholeAndNamedWhenTheyAreDamaged()
    {
        Make(Run1, 300, seal: false);
        var store = new JournalStore(folder, TimeProvider.System);
        ArchiveSamples.Write(store, ArchiveSamples.Small, ArchiveSamples.SmallDay());
        var archived = new StreamArchiver(store).Archive(ArchiveSamples.Small);
        store.RemoveArchivedJournal(ArchiveSamples.Small, archived);
        var (code, json) = Json("verify");
        var archive = Assert.Single(json.GetProperty("archives").EnumerateArray());
        Assert.Equal((0, true, true), (code, json.GetProperty("whole").GetBoolean(), archive.GetProperty("whole").GetBoolean()));
        Assert.Equal((ArchiveSamples.Small.Value, archived.Manifest.Events), (archive.GetProperty("stream").GetString(), archive.GetProperty("events").GetInt64()));
        Assert.EndsWith("1 stream and 1 archived stream, whole\n", Run("verify").Output, StringComparison.Ordinal);
        Assert.EndsWith("\n1 archived stream, whole\n", Run("verify", "market").Output, StringComparison.Ordinal);

        var table = Path.Combine(archived.Path, ArchiveLayout.Depth);
        var bytes = File.ReadAllBytes(table);
        bytes[100] ^= 1;
        File.WriteAllBytes(table, bytes);
        (code, json) = Json("verify");
        Assert.Equal((1, false), (code, json.GetProperty("whole").GetBoolean()));
        Assert.NotNull(json.GetProperty("archives")[0].GetProperty("problem").GetString());
        Assert.Contains($"DAMAGED {ArchiveSamples.Small}: ", Run("verify").Output, StringComparison.Ordinal);

        var manifest = Path.Combine(archived.Path, ArchiveLayout.Manifest);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("events", "eventz", StringComparison.Ordinal));
        Assert.Equal(1, Run("verify").Code);
    }

    [Fact]
    public void Verify_DamagedRecord_IsNamedByStreamSequenceOffsetAndBlock()
    {
        Make(StoreEvents.Stream, 9_000, seal: true);
        var bytes = File.ReadAllBytes(Segment);
        var at = bytes.AsSpan().IndexOf(StoreEvents.Record(4_500));
        bytes[at + 20] ^= 1;
        File.WriteAllBytes(Segment, bytes);

        var (code, json) = Json("verify");
        Assert.Equal(1, code);
        var stream = Assert.Single(json.GetProperty("streams").EnumerateArray());
        Assert.False(stream.GetProperty("whole").GetBoolean());
        var finding = stream.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("kind").GetString() == "damagedRecord");
        Assert.Equal((4_500, 2, Path.GetFileName(Segment)), (finding.GetProperty("sequence").GetInt32(), finding.GetProperty("block").GetInt32(), finding.GetProperty("file").GetString()));
        Assert.InRange(at, finding.GetProperty("offset").GetInt64(), finding.GetProperty("offset").GetInt64() + 20_000);
        var text = Run("verify").Output;
        Assert.Contains($"DAMAGED {StoreEvents.Stream}", text, StringComparison.Ordinal);
        Assert.Contains("damaged record (event 4500, block 2, 00000000000000000001.mmj at offset ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_TornTail_IsReportedAndRepairedOnlyWhenAsked()
    {
        Make(StoreEvents.Stream, 300, seal: false);
        var whole = new FileInfo(Segment).Length;
        File.AppendAllText(Segment, "MMB1 and no more");
        var before = Bytes();

        var (code, output, _) = Run("verify");
        Assert.Equal(1, code);
        Assert.Contains($"torn tail (event 301, block 1, {Path.GetFileName(Segment)} at offset {whole})", output, StringComparison.Ordinal);
        Assert.Equal(before, Bytes());

        var (repaired, json) = Json("verify", "--repair");
        Assert.Equal(0, repaired);
        var stream = Assert.Single(json.GetProperty("streams").EnumerateArray());
        Assert.Contains("A torn tail of 16 bytes after event 300 was moved", stream.GetProperty("repaired")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("setAside", Assert.Single(stream.GetProperty("findings").EnumerateArray()).GetProperty("kind").GetString());
        Assert.Equal(whole, new FileInfo(Segment).Length);
        var kept = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Segment)!, "torn-after-*"));
        Assert.Equal("MMB1 and no more", File.ReadAllText(kept));
    }

    [Fact]
    public void Verify_RepairOfAcknowledgedDamage_NeedsItsOwnFlagAndTheStreamsFullName()
    {
        Make(StoreEvents.Stream, 300, seal: false);
        var bytes = File.ReadAllBytes(Segment);
        bytes[bytes.AsSpan().IndexOf(StoreEvents.Record(250)) + 20] ^= 1;
        File.WriteAllBytes(Segment, bytes);
        var before = Bytes();

        var (code, output, _) = Run("verify", "--repair");
        Assert.Equal(1, code);
        Assert.Contains("not repaired: acknowledged events are damaged", output, StringComparison.Ordinal);
        Assert.Equal(2, Run("verify", "--repair", "--cut-at-damage").Code);
        Assert.Equal(2, Run("verify", StoreEvents.Stream.Value, "--cut-at-damage").Code);
        Assert.Equal(before, Bytes());

        Assert.Equal(0, Run("verify", StoreEvents.Stream.Value, "--repair", "--cut-at-damage").Code);
        Assert.NotEmpty(Directory.GetFiles(Path.GetDirectoryName(Segment)!, "cut-after-*"));
    }

    [Fact]
    public void Verify_SealedStream_IsNeverMended()
    {
        Make(StoreEvents.Stream, 300, seal: true);
        File.AppendAllText(Segment, "more");
        var before = Bytes();
        var (code, output, _) = Run("verify", StoreEvents.Stream.Value, "--repair", "--cut-at-damage");
        Assert.Equal(1, code);
        Assert.Contains("not repaired: a sealed stream is restored from a copy", output, StringComparison.Ordinal);
        Assert.Equal(before, Bytes());
    }

    [Fact]
    public void Verify_StreamWhoseSegmentsAreGone_IsNotPassedOver()
    {
        Make(StoreEvents.Stream, 300, seal: false);
        File.Delete(Segment);
        var (code, output, _) = Run("verify");
        Assert.Equal(1, code);
        Assert.Contains("Events 1 to 300 were acknowledged and are missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WhileSomebodyWrites_NamesTheWriterAndFindsNoTornTail()
    {
        using var writer = new JournalStore(folder, TimeProvider.System, new JournalOptions { Program = "a capture" }).OpenWriter(StoreEvents.Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 20));
        writer.Flush();
        File.AppendAllText(Segment, "half a ba");
        var (code, json) = Json("verify");
        Assert.Equal(0, code);
        var stream = Assert.Single(json.GetProperty("streams").EnumerateArray());
        Assert.Equal($"process {Environment.ProcessId} on {Environment.MachineName} (a capture)", stream.GetProperty("writer").GetString());
    }

    [Fact]
    public void Compact_SealedStreams_GetSmallerWithTheSameHashAndOpenOnesStay()
    {
        Make(StoreEvents.Stream, 9_000, seal: true);
        Make(Run1, 300, seal: false);
        var size = new FileInfo(Segment).Length;
        var (code, json) = Json("compact");
        Assert.Equal(0, code);
        var stream = Assert.Single(json.GetProperty("streams").EnumerateArray());
        Assert.Equal((size, true), (stream.GetProperty("bytesBefore").GetInt64(), stream.GetProperty("unchanged").GetBoolean()));
        Assert.InRange(stream.GetProperty("bytesAfter").GetInt64(), 1, size / 2);
        Assert.Equal([Run1.Value], json.GetProperty("notSealed").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(0, Run("verify").Code);
        using var source = JournalSource.Open(folder, StoreEvents.Stream);
        Assert.Equal(9_000, StoreAssert.ReadsRight(source));
        Assert.Contains("compacted before", Run("compact").Output, StringComparison.Ordinal);
        Assert.Contains("is not sealed", Run("compact", Run1.Value).Error, StringComparison.Ordinal);
        Assert.Equal(2, Run("compact", Run1.Value).Code);
        Assert.Equal(2, Run("compact", "--quality", "12").Code);
    }

    [Fact]
    public void Compact_DamagedStream_IsLeftAsItIsAndTheOthersAreCompacted()
    {
        Make(StoreEvents.Stream, 9_000, seal: true);
        Make(Run1, 3_000, seal: true);
        var bytes = File.ReadAllBytes(Segment);
        bytes[^100] ^= 1;
        File.WriteAllBytes(Segment, bytes);
        var (code, _, error) = Run("compact");
        Assert.Equal(2, code);
        Assert.Contains("cannot be compacted", error, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Segment));
        var (again, text, _) = Run("compact", "--json");
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        Assert.Equal(2, again);
        Assert.Equal(StoreEvents.Stream.Value, Assert.Single(json.GetProperty("failed").EnumerateArray()).GetProperty("stream").GetString());
        var other = Assert.Single(json.GetProperty("streams").EnumerateArray());
        Assert.Equal((Run1.Value, true), (other.GetProperty("stream").GetString(), other.GetProperty("compactedBefore").GetBoolean()));
    }

    [Fact]
    public void Stats_CountsEventsBytesTypesAndWhatIsOnDisk()
    {
        Make(StoreEvents.Stream, 900, seal: false);
        using (var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            writer.Append(StoreEvents.Batch(901, 99));
            writer.WriteOut();
            var (code, json) = Json("stats");
            Assert.Equal(0, code);
            var stream = Assert.Single(json.GetProperty("streams").EnumerateArray());
            Assert.Equal((999, 900, false), (stream.GetProperty("events").GetInt32(), stream.GetProperty("durableVersion").GetInt32(), stream.GetProperty("sealed").GetBoolean()));
            Assert.Equal((4, 1), (stream.GetProperty("batches").GetInt32(), stream.GetProperty("segments").GetInt32()));
            var types = stream.GetProperty("types");
            Assert.Equal((666, 333), (types.GetProperty("trade").GetProperty("events").GetInt32(), types.GetProperty("depthDiff").GetProperty("events").GetInt32()));
            var records = Enumerable.Range(1, 999).Sum(s => (long)StoreEvents.Record(s).Length);
            Assert.Equal(records, stream.GetProperty("recordBytes").GetInt64());
            Assert.Equal(records, types.GetProperty("trade").GetProperty("recordBytes").GetInt64() + types.GetProperty("depthDiff").GetProperty("recordBytes").GetInt64());
            Assert.Equal(new FileInfo(Segment).Length, stream.GetProperty("segmentBytes").GetInt64());
            Assert.Contains("on disk up to event 900, 99 held by the operating system", Run("stats").Output, StringComparison.Ordinal);
        }

        Assert.Contains("open, all on disk", Run("stats").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("compact")]
    [InlineData("stats")]
    public void AnyOfThem_OnWhatIsNotThere_ExitsWithTwoAndOneLine(string command)
    {
        Make(Run1, 3, seal: false);
        var (code, output, error) = Run(command, "run/r");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("There is no stream run/r", error, StringComparison.Ordinal);
        Assert.Contains(Run1.Value, error, StringComparison.Ordinal);
        Assert.Equal(0, Run(command, "run/r1").Code + Run(command, "run").Code + Run(command, "run/").Code);

        var nowhere = Invoke(command, "--store", Path.Combine(folder, "nowhere"));
        Assert.Equal(2, nowhere.Code);
        Assert.Single(nowhere.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var server = Invoke(command, "--store", "postgres:Host=h;Password=secret");
        Assert.Equal(2, server.Code);
        Assert.DoesNotContain("secret", server.Error, StringComparison.Ordinal);
        var misspelt = Invoke(command, "--store", "Host=h;Pwd=secret");
        Assert.Equal(2, misspelt.Code);
        Assert.DoesNotContain("secret", misspelt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_WhereOneStreamCannotBe_CopiesTheOthersAndNamesIt()
    {
        Make(StoreEvents.Stream, 900, seal: true);
        Make(Run1, 300, seal: true);
        var to = Path.Combine(folder, "to");
        await using (var target = new JournalStore(to, TimeProvider.System))
        {
            // Other events, under the name that comes first.
            await target.AppendAsync(StoreEvents.Stream, 0, StoreEvents.Batch(1, 901), Durability.OnClose);
        }

        var (code, output, error) = Invoke("copy", "--from", folder, "--to", to, "--verify", "--json");
        Assert.Equal(2, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal([Run1.Value], json.RootElement.GetProperty("streams").EnumerateArray().Select(s => s.GetProperty("stream").GetString()));
        Assert.Equal([StoreEvents.Stream.Value], json.RootElement.GetProperty("failures").EnumerateArray().Select(s => s.GetProperty("stream").GetString()));
        Assert.Contains($"Stream {StoreEvents.Stream} is at version 901", error, StringComparison.Ordinal);
        Assert.True(new JournalStore(to, TimeProvider.System).ReadManifest(Run1) is { Events: 300 });
        Assert.Contains($"; 1 NOT copied: {StoreEvents.Stream}", Invoke("copy", "--from", folder, "--to", to).Output, StringComparison.Ordinal);

        Assert.Contains("name the same store", Invoke("copy", "--from", folder, "--to", folder.Path + "/.").Error, StringComparison.Ordinal);
        var file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "x");
        Assert.Contains("is a file", Invoke("copy", "--from", folder, "--to", file).Error, StringComparison.Ordinal);
        Assert.Equal("x", await File.ReadAllTextAsync(file));
    }

    private void Make(StreamName stream, int events, bool seal)
    {
        using var writer = new JournalStore(folder, TimeProvider.System).OpenWriter(stream, Durability.OnClose);
        for (var first = 1; first <= events; first += 300)
        {
            writer.Append(StoreEvents.Batch(first, Math.Min(300, events - first + 1)));
        }

        if (seal)
        {
            writer.Seal("test");
        }
    }

    private Dictionary<string, string> Bytes() => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal)
        .ToDictionary(path => path, path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))));

    private (int Code, JsonElement Json) Json(params string[] args)
    {
        var (code, output, error) = Run([.. args, "--json"]);
        Assert.Equal("", error);
        using var document = JsonDocument.Parse(output);
        return (code, document.RootElement.Clone());
    }

    private (int Code, string Output, string Error) Run(params string[] args) => Invoke([.. args, "--store", folder]);

    private static (int Code, string Output, string Error) Invoke(params string[] args)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = StoreCommand.Create().Parse(args).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
