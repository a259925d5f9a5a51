using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm days</c>: what is stored, with counts, holes, trust, size and hash.</summary>
public static class DaysCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("days", "List the stored days.");
        var symbol = new Option<string?>("--symbol") { Description = "Only this symbol.", HelpName = "S" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Options.Add(symbol);
        command.Options.Add(json);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var stores = store.OpenToRead(parsed, terminal);
            var days = new MarketDays(stores);
            var wanted = parsed.GetValue(symbol)?.ToUpperInvariant();
            var damaged = new List<DamagedDay>();
            var stored = (wanted is null ? days.Symbols() : [wanted]).SelectMany(s => days.Of(s, damaged)).ToArray();
            terminal.Output.WriteLine(parsed.GetValue(json) ? Json(stored, damaged) : Text(stored, damaged, wanted));
            return damaged.Count == 0 ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static string Text(StoredDay[] days, List<DamagedDay> damaged, string? symbol)
    {
        if (days.Length + damaged.Count == 0)
        {
            return $"Nothing is stored{(symbol is null ? "" : $" for {symbol}")}. mm import FILE… --symbol S stores a recording.";
        }

        var lines = new List<string> { $"{"symbol",-12}{"UTC day",-12}{"from",-10}{"to",-10}{"events",11}{"diffs",10}{"trades",10}{"holes",7}{"lost trades",13}{"trusted",12}{"untrusted",11}{"bytes",13}{"archive",13}  recording, content hash" };
        foreach (var day in days)
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{day.Symbol,-12}{day.Day,-12}{Moments.Text(day.Info.FirstTime)[11..19],-10}{Moments.Text(day.Info.LastTime)[11..19],-10}{day.Info.Version,11:N0}{Count(day, EventType.DepthDiff),10}{Count(day, EventType.Trade),10}{day.Manifest?.Note(MarketNotes.Gaps) ?? "?",7}{day.Manifest?.Note(MarketNotes.MissingTrades) ?? "?",13}{Seconds(Trusted(day, days)),12}{Seconds(day.UntrustedSeconds),11}{Size(day),13}{Archived(day),13}  {day.Recording} {Hash(day)}"));
        }

        lines.AddRange(damaged.Select(d => $"{d.Name.Parts[1],-12}{d.Name.Parts[2],-12}damaged: {d.Damage}"));
        return string.Join('\n', lines);
    }

    // The size of the archive; in brackets where it is all there is.
    private static string Archived(StoredDay day) => day.Archive?.Bytes.ToString(day.HasJournal ? "N0" : "'('#,0')'", CultureInfo.InvariantCulture) ?? "-";

    private static string Size(StoredDay day) => day.SizeOnDisk() is { } bytes ? bytes.ToString("N0", CultureInfo.InvariantCulture) : "(server)";

    private static double? Trusted(StoredDay day, StoredDay[] all) =>
        day.TrustedSeconds(!all.Any(d => d.Symbol == day.Symbol && d.Recording == day.Recording && string.CompareOrdinal(d.Day, day.Day) < 0));

    private static string Seconds(double? seconds) => seconds is { } s ? s.ToString("0.0 's'", CultureInfo.InvariantCulture) : "?";

    private static string Hash(StoredDay day) => day.Info.ContentHash is { } hash ? hash.ToString()[..12] : "(growing)";

    // Counts are known once a day is sealed.
    private static string Count(StoredDay day, EventType type)
    {
        foreach (var (counted, count) in day.Manifest?.Counts ?? [])
        {
            if (counted == type)
            {
                return count.ToString("N0", CultureInfo.InvariantCulture);
            }
        }

        return day.Manifest is null ? "?" : "0";
    }

    private static string Json(StoredDay[] days, List<DamagedDay> damaged)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteStartArray("days");
            foreach (var day in days)
            {
                Write(json, day, Trusted(day, days));
            }

            json.WriteEndArray();
            json.WriteStartArray("damaged");
            foreach (var day in damaged)
            {
                json.WriteStartObject();
                json.WriteString("symbol", day.Name.Parts[1]);
                json.WriteString("day", day.Name.Parts[2]);
                json.WriteString("recording", day.Name.Parts[3]);
                json.WriteString("stream", day.Name.Value);
                json.WriteString("damage", day.Damage);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void Write(Utf8JsonWriter json, StoredDay day, double? trusted)
    {
        json.WriteStartObject();
        json.WriteString("symbol", day.Symbol);
        json.WriteString("day", day.Day);
        json.WriteString("recording", day.Recording);
        json.WriteString("stream", day.Name.Value);
        json.WriteString("firstTime", Moments.Text(day.Info.FirstTime));
        json.WriteString("lastTime", Moments.Text(day.Info.LastTime));
        json.WriteBoolean("sealed", day.Info.Sealed);
        json.WriteNumber("events", day.Info.Version);
        json.WriteStartObject("counts");
        foreach (var (type, count) in day.Manifest?.Counts ?? [])
        {
            json.WriteNumber(CodeNames<EventType>.Name((int)type), count);
        }

        json.WriteEndObject();
        Note(json, "gaps", day.Manifest?.Note(MarketNotes.Gaps));
        Note(json, "missingTrades", day.Manifest?.Note(MarketNotes.MissingTrades));
        if (trusted is { } seconds)
        {
            json.WriteNumber("trustedSeconds", seconds);
        }
        else
        {
            json.WriteNull("trustedSeconds");
        }

        if (day.UntrustedSeconds is { } untrusted)
        {
            json.WriteNumber("untrustedSeconds", untrusted);
        }
        else
        {
            json.WriteNull("untrustedSeconds");
        }

        if (day.SizeOnDisk() is { } bytes)
        {
            json.WriteNumber("bytes", bytes);
        }
        else
        {
            json.WriteNull("bytes");
        }

        json.WriteBoolean("journal", day.HasJournal);
        if (day.Archive is { } archive)
        {
            json.WriteNumber("archiveBytes", archive.Bytes);
        }
        else
        {
            json.WriteNull("archiveBytes");
        }

        if (day.Info.ContentHash is { } hash)
        {
            json.WriteString("contentHash", hash.ToString());
        }
        else
        {
            json.WriteNull("contentHash");
        }

        json.WriteEndObject();
    }

    // A number that whoever recorded the day noted; null where nobody did.
    private static void Note(Utf8JsonWriter json, string name, string? note)
    {
        if (long.TryParse(note, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
