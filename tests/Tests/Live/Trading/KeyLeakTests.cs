using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>
/// Keys that would be known anywhere go through whole runs, at a venue that repeats key and secret in the words of its refusals: they stand
/// in nothing that the program writes, says or answers.
/// </summary>
public sealed class KeyLeakTests : IDisposable
{
    private const string Key = "MARKERKEYhmac0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Secret = "MARKERSECREThmac0123456789abcdefghijklmnopqrstuvw";
    private const string OtherSecret = "MARKERSECRETwrong0123456789abcdefghijklmnopqrstu";
    private const string PemKey = "MARKERKEYpem0123456789abcdefghijklmnopqrstuvwxyz";

    // RFC 8032, section 7.1, TEST 1: a seed and its public key.
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    private const string PublicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    private static readonly string PemBody = Convert.ToBase64String(Convert.FromHexString("302e020100300506032b657004220420" + Seed));

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Keys_ThroughWholeRunsAndRefusals_StandNowhere()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "20", "echo-keys=90%", change: o => o with
        {
            Repeat = true,
            Accounts =
            [
                new AccountOptions { Keys = [new ApiKeyOptions { Key = Key, Secret = Secret }] },
                new AccountOptions { Keys = [new ApiKeyOptions { Key = PemKey, PublicKey = Convert.ToBase64String(Convert.FromHexString(PublicKey)) }] },
            ],
        });
        var pem = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(pem, $"-----BEGIN PRIVATE KEY-----\n{PemBody}\n-----END PRIVATE KEY-----\n");

        // Side by side, as processes: a run with each kind of key, and three refusals.
        var hmac = RunAsync(bench, "hmac", ("BINANCE_API_KEY", Key), ("BINANCE_API_SECRET", Secret));
        var ed25519 = RunAsync(bench, "ed25519", ("BINANCE_API_KEY", PemKey), ("BINANCE_API_SECRET_FILE", pem));
        var refused = RefuseAsync(bench, "live --mode testnet --json", ("BINANCE_API_KEY", Key), ("BINANCE_API_SECRET", OtherSecret));
        var guard = RefuseAsync(bench, "guard --now", ("BINANCE_API_KEY", Key), ("BINANCE_API_SECRET", OtherSecret));
        var halved = RefuseAsync(bench, "live --mode testnet", ("BINANCE_API_SECRET", OtherSecret));
        foreach (var said in (await Task.WhenAll(hmac, ed25519)).Concat(await Task.WhenAll(refused, guard, halved)))
        {
            AssertClean(said, "what a process said");
        }

        // Everything that the runs left behind; the word of the refusals does stand there.
        var files = Directory.GetFiles(Path.Combine(folder, "stores"), "*", SearchOption.AllDirectories);
        Assert.Contains(files, f => f.EndsWith(".mmj", StringComparison.Ordinal));
        var isKept = false;
        foreach (var file in files)
        {
            var bytes = await File.ReadAllBytesAsync(file);
            AssertClean(Encoding.Latin1.GetString(bytes), file);
            isKept |= bytes.AsSpan().IndexOf("The request of key [secret]"u8) >= 0;
        }

        Assert.True(isKept, "no refusal that repeats the keys was met: the test shows nothing");
    }

    private static void AssertClean(string text, string where)
    {
        foreach (var secret in (string[])["MARKER", Seed, Seed.ToUpperInvariant(), Convert.ToBase64String(Convert.FromHexString(Seed)), PemBody, PemBody[..24]])
        {
            Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{secret} stands in {where}: {Around(text, secret)}");
        }

        static string Around(string text, string secret)
        {
            var at = text.IndexOf(secret, StringComparison.Ordinal);
            return at < 0 ? "" : text[Math.Max(0, at - 100)..Math.Min(text.Length, at + 100)];
        }
    }

    private async Task<string> RunAsync(CaptureBench bench, string name, params (string Name, string Value)[] keys)
    {
        var port = FreePort();
        using var process = Start(bench, $"live --mode testnet --volatility-warmup 5 --volatility-lag 1 --json --health {port} --for 60s", name, keys);
        var lines = new StringBuilder();
        var asked = "";
        using var http = new HttpClient();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.AppendLine(line);
            if (line.StartsWith("{\"type\":\"status\"", StringComparison.Ordinal))
            {
                using var health = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health"));
                asked += await health.Content.ReadAsStringAsync() + await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
            }
        }

        var (code, text, error) = await LiveProcess.EndAsync(process);
        Assert.True(code == 0, $"exit code {code}: {lines}{text}{error}");
        Assert.Contains("\"healthy\"", asked, StringComparison.Ordinal);
        Assert.Contains("mm_", asked, StringComparison.Ordinal);
        return lines + asked + text + error;
    }

    private async Task<string> RefuseAsync(CaptureBench bench, string command, params (string Name, string Value)[] keys)
    {
        using var process = Start(bench, command, "refused", keys);
        var (code, text, error) = await LiveProcess.EndAsync(process);
        Assert.True(code == 2 && error.Length > 0, $"exit code {code}: {text}{error}");
        return text + error;
    }

    private Process Start(CaptureBench bench, string command, string store, (string Name, string Value)[] keys)
    {
        var isGuard = command.StartsWith("guard", StringComparison.Ordinal);
        string[] place = ["--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name];
        string[] words = [.. command.Split(' '), .. place, .. isGuard ? [] : (string[])["--store", Path.Combine(folder, "stores", store)]];
        return LiveProcess.StartWith(keys, words);
    }

    /// <summary>A port that nobody listens on.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
