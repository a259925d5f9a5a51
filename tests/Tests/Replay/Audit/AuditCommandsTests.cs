using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>The audit's commands where they succeed, their fields and exit codes; figures against decimals added up from the log alone.</summary>
public sealed partial class AuditCommandsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ForkAndDiff_Deltas_AreSecondLessFirstByTheLogs()
    {
        var parent = Backtest();
        var (code, output, _) = Run("fork", parent, "--seq", "600", "--set", "min-half-spread=0.006", "--json");
        Assert.Equal(0, code);
        var fork = JsonDocument.Parse(output).RootElement;
        var name = fork.GetProperty("second").GetString()!;
        Assert.Equal((parent, parent, 600L), (fork.GetProperty("first").GetString()!, fork.GetProperty("parent").GetString()!, fork.GetProperty("parentSequence").GetInt64()));

        var (a, b) = (AddUp(parent), AddUp(name));
        Assert.NotEqual(a["pnl"], b["pnl"]);
        Assert.NotEqual(a["fills"], b["fills"]);
        Check(fork, a, b);

        // The other way round every sign turns; two that differ are a negative answer.
        (code, output, _) = Run("diff", name, parent, "--json");
        Assert.Equal(1, code);
        var diff = JsonDocument.Parse(output).RootElement;
        Assert.False(diff.GetProperty("identical").GetBoolean());
        Check(diff, b, a);
        Assert.Equal(0, Run("diff", parent, parent, "--json").Code);

        // The same columns for people, to four decimals.
        var text = Run("diff", parent, name).Output;
        foreach (var (row, label) in (ValueTuple<string, string>[])[("pnl", "PnL USDT"), ("fees", "  fees"), ("fills", "fills"), ("position", "position NEXO"), ("maxDrawdown", "drawdown at most"), ("spreadCaptured", "spread captured"), ("meanInventory", "mean inventory"), ("inventoryDeviation", "its deviation"), ("realised", "  realised"), ("unrealised", "  unrealised"), ("orders", "orders"), ("turnover", "turnover")])
        {
            var cells = text.Split('\n').Single(l => l.StartsWith(label + " ", StringComparison.Ordinal))[label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            decimal[] expected = [a[row], b[row], b[row] - a[row]];
            Assert.Equal(expected.Select(e => decimal.Round(e, 4, row is "meanInventory" or "inventoryDeviation" ? MidpointRounding.AwayFromZero : MidpointRounding.ToZero)), cells.Select(c => decimal.Parse(c, CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public void Explain_AsACommand_AnswersInTextAndJson()
    {
        var run = Backtest();
        var (code, output, _) = Run("explain", run, "--fill", "1", "--json");
        var fill = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, code);
        Assert.Equal((run, "orderFilled", true), (fill.GetProperty("run").GetString()!, fill.GetProperty("type").GetString()!, fill.GetProperty("reproduced").GetBoolean()));
        Assert.Equal(["queue", "rule", "commission", "accounting"], fill.GetProperty("sections").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        var sequence = fill.GetProperty("sequence").GetInt64();
        Assert.Equal(sequence, fill.GetProperty("chain").EnumerateArray().Last().GetProperty("event").GetProperty("sequence").GetInt64());
        var terms = fill.GetProperty("sections").EnumerateArray().SelectMany(s => s.GetProperty("terms").EnumerateArray()).ToArray();
        Assert.Contains(terms, t => t.GetProperty("equal").ValueKind == JsonValueKind.True && t.GetProperty("value").GetString() == t.GetProperty("logged").GetString());
        Assert.Equal(output, Run("explain", run, "--seq", $"{sequence}", "--json").Output);
        Assert.Contains("= computed again and equal to what is logged, digit for digit", Run("explain", run, "--fill", "1").Output, StringComparison.Ordinal);

        // When not both sides were quoted: each stretch's refusal is explained at its own event, and the first begins with the first timer.
        (code, output, _) = Run("explain", run, "--why-not-quoting", "--json");
        Assert.Equal(0, code);
        var stretches = JsonDocument.Parse(output).RootElement.GetProperty("stretches").EnumerateArray().ToArray();
        Assert.Equal(("2024-07-24T02:30:01Z", "warmingUp"), (stretches[0].GetProperty("from").GetString(), stretches[0].GetProperty("stop").GetString()));
        Assert.All(stretches, s => Assert.False(s.GetProperty("bid").GetBoolean() && s.GetProperty("ask").GetBoolean()));
        Assert.Equal(0, Run("explain", run, "--why-not-quoting", "--seq", $"{stretches[^1].GetProperty("sequence").GetInt64()}").Code);

        // After the end nothing is in force, and no event is there.
        var end = fill.GetProperty("sequence").GetInt64() + 1_000_000;
        foreach (var (says, ask) in (ValueTuple<string, string[]>[])
        [
            ("Nothing is known of 2030-01-01T00:00:00Z", ["--at", "2030-01-01T00:00Z"]),
            ("Nothing is known of 2030-01-01T00:00:00Z", ["--why-not-quoting", "--at", "2030-01-01T00:00Z"]),
            ($"has no event {end}; it has events 1 to ", ["--seq", $"{end}"]),
            ($"has no event {end}; it has events 1 to ", ["--why-not-quoting", "--seq", $"{end}"]),
            ($"has no fill {end}; it has fills 1 to ", ["--fill", $"{end}"]),
        ])
        {
            (code, output, var error) = Run(["explain", run, .. ask, "--json"]);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains(says, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Explain_OfAChangedLog_ExitsWithOne()
    {
        using var audited = new AuditedDay();
        var run = audited.HalfHour("");
        var forged = new JournalStore(folder, TimeProvider.System);
        Forgery.Write(run, forged, (header, payload) =>
            [(header, header.Type == EventType.OrderFilled ? Forgery.Change<OrderFilled>(payload, f => f with { QueueAhead = f.QueueAhead + 1 }) : payload)]);
        var (code, output, _) = Run("explain", run.Name.Parts[1], "--fill", "1", "--json");
        Assert.Equal(1, code);
        Assert.False(JsonDocument.Parse(output).RootElement.GetProperty("reproduced").GetBoolean());

        // Its report has the figures of the execution, and says so.
        var (differs, page, warning) = Run("report", run.Name.Parts[1], "--out", Path.Combine(folder, "r.html"));
        Assert.Equal((1, Path.Combine(folder, "r.html")), (differs, page.Trim()));
        Assert.Contains("executed again, the run differs from what is stored at event ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_AsCommands_IsMadeHeldAndRefused()
    {
        var run = Backtest();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (pem, certificate, edited) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "c.json"), Path.Combine(folder, "edited.json"));
        File.WriteAllText(pem, key.ExportECPrivateKeyPem());
        var publicPem = Path.Combine(folder, "public.pem");
        File.WriteAllText(publicPem, key.ExportSubjectPublicKeyInfoPem());
        var (code, output, _) = Run("verify", run, "--certificate", certificate, "--key", pem, "--json");
        Assert.Equal(0, code);
        var verified = JsonDocument.Parse(output).RootElement;
        Assert.True(verified.GetProperty("identical").GetBoolean());
        Assert.Equal(run, verified.GetProperty("run").GetString());

        (code, output, _) = Run("certificate", "check", certificate, "--key", publicPem, "--json");
        Assert.Equal(0, code);
        var check = JsonDocument.Parse(output).RootElement;
        Assert.True(check.GetProperty("holds").GetBoolean());
        Assert.All(check.GetProperty("findings").EnumerateArray(), f => Assert.NotEqual(JsonValueKind.False, f.GetProperty("holds").ValueKind));

        File.WriteAllText(edited, File.ReadAllText(certificate).Replace("0.0036", "0.0037", StringComparison.Ordinal));
        (code, output, _) = Run("certificate", "check", edited, "--key", publicPem, "--json");
        Assert.Equal(1, code);
        check = JsonDocument.Parse(output).RootElement;
        Assert.False(check.GetProperty("holds").GetBoolean());
        Assert.Contains(check.GetProperty("findings").EnumerateArray(), f => f.GetProperty("name").GetString() == "signature" && f.GetProperty("holds").ValueKind == JsonValueKind.False);
    }

    // Before anything is executed, and nothing half-written is left.
    [Fact]
    public void WrongInput_OfTheAudit_IsSaidAndLeavesNothing()
    {
        var run = Backtest();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = Path.Combine(folder, "key.pem");
        File.WriteAllText(pem, key.ExportECPrivateKeyPem());
        var locked = Path.Combine(folder, "locked.pem");
        File.WriteAllText(locked, key.ExportEncryptedPkcs8PrivateKeyPem("s3cr3t", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)));
        var list = Path.Combine(folder, "list.json");
        File.WriteAllText(list, "[]");
        var link = Path.Combine(folder, "link.pem");
        File.CreateSymbolicLink(link, pem);
        var (here, nowhere) = (Path.GetFullPath(folder), Path.Combine(folder, "nowhere", "c.json"));
        foreach (var (says, arguments) in (ValueTuple<string, string[]>[])
        [
            ($"--out {here} is a directory; name a file in it.", ["report", run, "--out", here]),
            ($"--out {nowhere}: there is no directory ", ["report", run, "--out", nowhere]),
            ($"--certificate {nowhere}: there is no directory ", ["verify", run, "--certificate", nowhere, "--key", pem]),
            ($"--certificate {here} is a directory", ["verify", run, "--certificate", here, "--key", pem]),
            ($"--certificate {pem} would write over --key {pem}; name another file.", ["verify", run, "--certificate", pem, "--key", pem]),
            ($"--certificate {link} would write over --key {pem}; name another file.", ["verify", run, "--certificate", link, "--key", pem]),
            ($"--chart {list} would write over --config {list}; name another file.", ["backtest", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--chart", list, "--config", list]),
            ($"{here} is a directory; name the key file in it. ", ["verify", run, "--certificate", Path.Combine(folder, "c.json"), "--key", here]),
            ($"{locked} is an encrypted key, ", ["verify", run, "--certificate", Path.Combine(folder, "c.json"), "--key", locked]),
            ($"{list} is not an EC key in PEM. Make one with: ", ["verify", run, "--certificate", Path.Combine(folder, "c.json"), "--key", list]),
            ($"{here} is a directory; name the certificate in it.", ["certificate", "check", here]),
            ($"{list} is not a certificate of this program: a member is missing or of another kind. mm verify RUN", ["certificate", "check", list]),
            ($"--seq 9999999: run/{run}/NEXOUSDT has events 1 to ", ["events", run, "--seq", "9999999"]),
            ("--type OrderFilled is not a type of event; did you mean orderFilled?", ["events", run, "--type", "OrderFilled"]),
            ("--set names gamma twice; leave one.", ["fork", run, "--seq", "10", "--set", "gamma=0.2", "--set", "gamma=0.3"]),
            ($"--config {here} is a directory; name the file.", ["backtest", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--config", here]),
            ($"--data {here} is a directory without an archived day", ["backtest", "--data", here]),
            ($"--data {nowhere}: there is no such file.", ["backtest", "--data", nowhere]),
            ($"--chart {here} is a directory", ["backtest", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--chart", here]),
            ($"There is no key file {nowhere}. The signer has it: ", ["certificate", "check", pem, "--key", nowhere]),
            ($"There is no key file {nowhere}. Make one with: ", ["verify", run, "--certificate", Path.Combine(folder, "c.json"), "--key", nowhere]),
            ($"There is no certificate {nowhere}; mm verify RUN", ["certificate", "check", nowhere]),
            ($"{pem} is not a certificate: line 1 is not JSON.", ["certificate", "check", pem]),
            ($"There is no run 'NEXOUSDT/24-07-24'. Stored:\n  {run}\nA day is written as NEXOUSDT/2024-07-24", ["verify", "NEXOUSDT/24-07-24"]),
            ("Say where to fork once", ["fork", run, "--seq", "10", "--at", "2024-07-24T02:31Z", "--set", "gamma=0.2"]),
            ("Say where to fork: ", ["fork", run, "--set", "gamma=0.2"]),
        ])
        {
            var (code, output, error) = Run(arguments);
            Assert.Equal((2, ""), (code, output));
            Assert.StartsWith($"mm: {says}", error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories), p => p.EndsWith(".part", StringComparison.Ordinal));

        // A place that turns out to be none only when it is written to.
        using var taken = new TempFolder();
        var place = Path.Combine(taken, "r.html");
        Directory.CreateDirectory(place);
        Assert.ThrowsAny<IOException>(() => EventSourcedMM.Cli.Shell.WholeFile.Write(place, "a page"));
        Assert.Equal([place], Directory.EnumerateFileSystemEntries(taken));
    }

    [Fact]
    public void Report_Figures_AreTheRunsOwnAndReadWithoutColour()
    {
        var run = Backtest();
        var path = Path.Combine(folder, "r.html");
        Assert.Equal(0, Run("report", run, "--out", path).Code);
        var html = File.ReadAllText(path);
        var sums = AddUp(run);
        foreach (var (card, figure) in (ValueTuple<string, string>[])[("PnL after fees", "pnl"), ("largest drawdown", "maxDrawdown"), ("turnover", "turnover")])
        {
            Assert.Equal(Cut(sums[figure]), Number(Regex.Match(html, $"<div class=card><b>([^<]*)</b>{card}").Groups[1].Value.Split(' ')[0]));
        }

        // The split adds up to the total, by what the page itself prints: three numbers cut at four decimals.
        decimal Part(string name) => Number(Regex.Match(html, $"<tr><td>{name}</td><td>([^<]*)</td>").Groups[1].Value);
        Assert.Equal((Cut(sums["pnl"]), Cut(-sums["fees"])), (Part("Total"), Part("Fees")));
        Assert.InRange(Part("Spread captured") + Part("Inventory") + Part("Fees") - Part("Total"), -0.0003m, 0.0003m);

        // Fills, in their order. Everything else that a report prints is held to the naive twin by ReportFiguresTests.
        var rows = FillRow().Matches(html);
        var fills = FillsOf(run);
        Assert.Equal(fills.Select(f => (f.TradeId, f.Side == Side.Bid ? "▲ bought" : "▼ sold", Units(f.Quantity), Units(f.Price))),
            rows.Select(r => (long.Parse(r.Groups[1].Value, CultureInfo.InvariantCulture), r.Groups[2].Value, Number(r.Groups[3].Value), Number(r.Groups[4].Value))));

        // Without colour: sides differ by dash or mark, losses are hollow, and a book that was not trusted is hatched, as the caption says.
        Assert.Contains("Hatched: the book could not be trusted", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)yellow|in (red|green|blue|orange)", html);
        foreach (var rule in (string[])[".untrusted.hatch{fill:none;stroke:", ".bar.loss{fill:var(--page);stroke:", ".curve.ask{stroke:var(--orange);stroke-dasharray:", ".dot.ask{fill:var(--page);stroke:"])
        {
            Assert.Contains(rule, html, StringComparison.Ordinal);
        }
    }

    // A ledger of decimals from what the log says was filled, and nothing of the engine's accounting but how the marks part realised from unrealised.
    private Dictionary<string, decimal> AddUp(string run)
    {
        var (position, cash, fees, turnover, fills, orders) = (0m, 0m, 0m, 0m, 0m, 0m);
        var sums = new Dictionary<string, decimal>();
        var arena = new LevelArena();
        var stored = Find(run);
        using var source = stored.Store.OpenSource(stored.Name);
        while (source.Read(out var header, out var payload))
        {
            switch (header.Type)
            {
                case EventType.OrderSubmitted:
                    orders++;
                    break;
                case EventType.OrderFilled:
                    var fill = PayloadBytes.Read<OrderFilled>(payload, arena);
                    var (quantity, price) = (Units(fill.Quantity), Units(fill.Price));
                    var commission = Units(fill.Commission);
                    var sign = fill.Side == Side.Bid ? 1m : -1m;
                    position += (sign * quantity) - (fill.CommissionAsset == FeeAsset.Base ? commission : 0);
                    cash -= (sign * quantity * price) + (fill.CommissionAsset == FeeAsset.Quote ? commission : 0);
                    fees += fill.CommissionAsset == FeeAsset.Base ? commission * price : commission;
                    turnover += quantity * price;
                    fills++;
                    break;
                case EventType.Marked:
                    var mark = PayloadBytes.Read<Marked>(payload, arena);
                    (sums["realised"], sums["unrealised"]) = (Money(mark.Realised), Money(mark.Unrealised));
                    Assert.Equal(cash + (position * (Units(mark.BestBid) + Units(mark.BestAsk)) / 2), sums["realised"] + sums["unrealised"] - fees);
                    sums["pnl"] = cash + (position * (Units(mark.BestBid) + Units(mark.BestAsk)) / 2);
                    break;
                default:
                    break;
            }
        }

        foreach (var (name, value) in (ValueTuple<string, decimal>[])[("position", position), ("fees", fees), ("turnover", turnover), ("fills", fills), ("orders", orders), .. Held(stored)])
        {
            sums[name] = value;
        }

        return sums;
    }

    // From the recording, event by event, beside the log: the equity at every change of the best prices and at every fill, each fill's distance from
    // the mid then, and for how long what was held.
    private static IEnumerable<(string Name, decimal Value)> Held(StoredRun run)
    {
        var fills = new Dictionary<long, List<OrderFilled>>();
        var (end, arena) = (0L, new LevelArena());
        using (var log = run.Store.OpenSource(run.Name))
        {
            while (log.Read(out var header, out var payload))
            {
                end = header.ReceiveTime;
                if (header.Type == EventType.OrderFilled)
                {
                    Assert.Equal(1, header.Cause.Stream);
                    (fills.TryGetValue(header.Cause.Sequence, out var there) ? there : fills[header.Cause.Sequence] = []).Add(PayloadBytes.Read<OrderFilled>(payload, new LevelArena()));
                }
            }
        }

        var (cash, q, peak, drawdown, spread, since, weighed, squared) = (0m, 0m, 0m, 0m, 0m, run.Started.WindowStart, 0m, 0m);
        var book = new BookFold();
        var (input, _, _) = RunInputs.Find(new StoreSet(SampleRuns.Stores.Primary), run.Started.Inputs);
        using var source = input.OpenSource(StreamName.Parse(run.Started.Inputs.Split(' ')[0]));
        while (source.Read(out var header, out var payload) && header.ReceiveTime < run.Started.WindowEnd)
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref book);
            if (header.ReceiveTime < run.Started.WindowStart || book.Tracker.State != BookState.Synced)
            {
                continue;
            }

            var mid = (Units(book.Tracker.Book.Bids.BestPrice) + Units(book.Tracker.Book.Asks.BestPrice)) / 2;
            Observe();
            foreach (var fill in fills.GetValueOrDefault(header.Sequence) ?? [])
            {
                Pass(header.ReceiveTime);
                var sign = fill.Side == Side.Bid ? 1m : -1m;
                spread += sign * (mid - Units(fill.Price)) * Units(fill.Quantity);
                cash -= (sign * Units(fill.Quantity) * Units(fill.Price)) + (fill.CommissionAsset == FeeAsset.Quote ? Units(fill.Commission) : 0);
                q += (sign * Units(fill.Quantity)) - (fill.CommissionAsset == FeeAsset.Base ? Units(fill.Commission) : 0);
                Observe();
            }

            void Observe()
            {
                peak = Math.Max(peak, cash + (q * mid));
                drawdown = Math.Max(drawdown, peak - cash - (q * mid));
            }
        }

        Pass(end);
        var (whole, mean) = ((decimal)(end - run.Started.WindowStart), weighed / (end - run.Started.WindowStart));
        return [("maxDrawdown", drawdown), ("spreadCaptured", spread), ("meanInventory", mean), ("inventoryDeviation", (decimal)Math.Sqrt((double)((squared / whole) - (mean * mean))))];

        void Pass(long now)
        {
            weighed += q * (now - since);
            squared += q * q * (now - since);
            since = now;
        }
    }

    private static void Check(JsonElement diff, Dictionary<string, decimal> a, Dictionary<string, decimal> b)
    {
        foreach (var (name, first) in a)
        {
            // Means are rounded to eight decimals, all else is exact.
            var places = name is "meanInventory" or "inventoryDeviation" ? 6 : 18;
            decimal Said(string column)
            {
                // Counts are numbers, amounts decimal text.
                var figure = diff.GetProperty(column).GetProperty(name);
                return name is "fills" or "orders" ? figure.GetInt64() : decimal.Round(decimal.Parse(figure.GetString()!, CultureInfo.InvariantCulture), places);
            }

            Assert.Equal((name, decimal.Round(first, places)), (name, Said("firstFigures")));
            Assert.Equal((name, decimal.Round(b[name], places)), (name, Said("secondFigures")));
            Assert.Equal((name, decimal.Round(b[name] - first, places)), (name, Said("delta")));
        }
    }

    private OrderFilled[] FillsOf(string run)
    {
        var fills = new List<OrderFilled>();
        var stored = Find(run);
        using var source = stored.Store.OpenSource(stored.Name);
        while (source.Read(out var header, out var payload))
        {
            if (header.Type == EventType.OrderFilled)
            {
                fills.Add(PayloadBytes.Read<OrderFilled>(payload, new LevelArena()));
            }
        }

        return [.. fills];
    }

    private StoredRun Find(string run) => new RunFinder(new StoreSet(new JournalStore(folder, TimeProvider.System))).Find(run);

    private static decimal Money(Int128 value) => decimal.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) / 10_000_000_000_000_000m;

    // NEXOUSDT's prices, quantities and commissions all have 8 decimals.
    private static decimal Units(long value) => value / 100_000_000m;

    private static decimal Cut(decimal value) => decimal.Round(value, 4, MidpointRounding.ToZero);

    private static decimal Number(string text) => decimal.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture);

    private string Backtest()
    {
        using var json = JsonDocument.Parse(Run("backtest", "--symbol", "NEXOUSDT", "--from", "2024-07-24T02:30Z", "--to", "2024-07-24T03:00Z", "--json").Output);
        return json.RootElement.GetProperty("run").GetString()!;
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand
        {
            BacktestCommand.Create(), VerifyCommand.Create(), ExplainCommand.Create(), DiffCommand.Create(), ForkCommand.Create(), CertificateCommand.Create(), ReportCommand.Create(), EventsCommand.Create(),
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = root.Parse([.. arguments, "--store", folder]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    [GeneratedRegex("<tr><td>(\\d+)</td><td>[^<]*</td><td class=text>(▲ bought|▼ sold)</td><td>([^<]*)</td><td>([^<]*)</td>")]
    private static partial Regex FillRow();
}
