using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim.Accounts;

namespace EventSourcedMM.Tests.Simulation.Orders;

/// <summary>Signatures: Binance's worked examples, REST with percent signs, Ed25519 as OpenSSL makes it.</summary>
public sealed class SigningTests : IDisposable
{
    private const string ExampleKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    private const string ExampleSecret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    private readonly HttpClient http = new();

    public void Dispose() => http.Dispose();

    // web-socket-api.md and rest-api.md, "SIGNED request example (HMAC)".
    [Theory]
    [InlineData("apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT&timeInForce=GTC&timestamp=1645423376532&type=LIMIT", "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24")]
    [InlineData("apiKey=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A&price=0.10000000&quantity=1.00000000&recvWindow=5000&side=BUY&symbol=１２３４５６&timeInForce=GTC&timestamp=1645423376532&type=LIMIT", "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd")]
    [InlineData("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559", "C8DB56825AE71D6D79447849E617115F4A920FA2ACDCAB2B053C4B2838BD6B71")]
    public void Hmac_DocumentedExample_Holds(string payload, string signature)
    {
        var account = new Account(new AccountOptions { Keys = [new ApiKeyOptions { Key = ExampleKey, Secret = ExampleSecret }] }, 1, new UnfilledOrders(100, 1_000));
        Assert.True(account.Keys[0].Signed(payload, signature));
        Assert.False(account.Keys[0].Signed(payload + " ", signature));
        Assert.False(account.Keys[0].Signed(payload, signature[1..] + "0"));
    }

    [Fact]
    public async Task Rest_EveryOrderCall_IsAsTheWebSocketApis()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true });
        var bid = (await SendAsync(bench, HttpMethod.Get, "ticker/bookTicker", "symbol=NEXOUSDT", signed: false)).Body.GetProperty("bidPrice").GetString();
        var order = $"symbol=NEXOUSDT&side=BUY&type=LIMIT_MAKER&quantity=20&price={bid}&newOrderRespType=RESULT";
        var (status, body, headers) = await SendAsync(bench, HttpMethod.Post, "order", order + "&newClientOrderId=a");
        Assert.Equal((200, "NEW", "a"), ((int)status, body.GetProperty("status").GetString(), body.GetProperty("clientOrderId").GetString()));
        Assert.Equal(("1", "1"), (headers["x-mbx-order-count-10s"], headers["x-mbx-order-count-1d"]));

        // Parameters may come in the body, and in both; what is signed is the one behind the other.
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(bench, HttpMethod.Post, "order", "symbol=NEXOUSDT&side=BUY", body: $"type=LIMIT_MAKER&quantity=20&price={bid}&newClientOrderId=b")).Status);
        Assert.Equal(2, (await SendAsync(bench, HttpMethod.Get, "openOrders", "symbol=NEXOUSDT")).Body.GetArrayLength());
        Assert.Equal(15m, OrderBench.Number((await SendAsync(bench, HttpMethod.Put, "order/amend/keepPriority", "symbol=NEXOUSDT&origClientOrderId=a&newClientOrderId=a&newQty=15")).Body.GetProperty("amendedOrder").GetProperty("qty")));
        Assert.Equal("SUCCESS", (await SendAsync(bench, HttpMethod.Post, "order/cancelReplace", order + "&cancelReplaceMode=STOP_ON_FAILURE&cancelOrigClientOrderId=a&newClientOrderId=c")).Body.GetProperty("newOrderResult").GetString());
        Assert.Equal("CANCELED", (await SendAsync(bench, HttpMethod.Delete, "order", "symbol=NEXOUSDT&origClientOrderId=b")).Body.GetProperty("status").GetString());
        Assert.Equal("NEW", (await SendAsync(bench, HttpMethod.Get, "order", "symbol=NEXOUSDT&origClientOrderId=c")).Body.GetProperty("status").GetString());
        Assert.Equal(1, (await SendAsync(bench, HttpMethod.Delete, "openOrders", "symbol=NEXOUSDT")).Body.GetArrayLength());
        Assert.Equal(3, (await SendAsync(bench, HttpMethod.Get, "allOrders", "symbol=NEXOUSDT")).Body.GetArrayLength());
        Assert.Equal(0, (await SendAsync(bench, HttpMethod.Get, "myTrades", "symbol=NEXOUSDT")).Body.GetArrayLength());
        Assert.Equal(2, (await SendAsync(bench, HttpMethod.Get, "account", "omitZeroBalances=true")).Body.GetProperty("balances").GetArrayLength());
        Assert.Equal(2, (await SendAsync(bench, HttpMethod.Get, "rateLimit/order", "")).Body.GetArrayLength());
        Assert.Equal(0, (await SendAsync(bench, HttpMethod.Get, "myFilters", "symbol=NEXOUSDT")).Body.GetProperty("assetFilters").GetArrayLength());
        Assert.Equal((400, -2043), Code(await SendAsync(bench, HttpMethod.Get, "referencePrice", "symbol=NEXOUSDT", signed: false)));
        Assert.Equal(-1013, (await SendAsync(bench, HttpMethod.Post, "order/test", "symbol=NEXOUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=1")).Body.GetProperty("code").GetInt32());

        // Escapes are signed as they were sent; without a key, or with a letter changed, nothing goes.
        Assert.Equal((400, -1100), Code(await SendAsync(bench, HttpMethod.Get, "order", "symbol=NEXOUSDT&orderId=%C3%A4")));
        Assert.Equal((401, -2014), Code(await SendAsync(bench, HttpMethod.Get, "account", "", key: "")));
        Assert.Equal((400, -1022), Code(await SendAsync(bench, HttpMethod.Get, "account", "omitZeroBalances=true", tamper: true)));
        Assert.Equal((400, -2011), Code(await SendAsync(bench, HttpMethod.Delete, "openOrders", "symbol=NEXOUSDT")));
    }

    [Fact]
    public async Task Ed25519_SignedByOpenSsl_LogsOnAndTrades()
    {
        if (!Ed25519.IsAvailable)
        {
            Assert.Throws<FormatException>(() => new Ed25519(Convert.ToBase64String(new byte[32])));
            return;
        }

        using var folder = new TempFolder();
        var secret = Path.Combine(folder, "key.pem");
        await OpenSslAsync("genpkey", "-algorithm", "ed25519", "-out", secret);
        var publicKey = Encoding.UTF8.GetString(await OpenSslAsync("pkey", "-in", secret, "-pubout"));
        var account = new AccountOptions { Keys = [new ApiKeyOptions { Key = "curve", PublicKey = publicKey }] };
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1", change: o => o with { Paused = true, Accounts = [account] });
        await using var client = await ApiClient.OpenAsync(bench.Venue, subscribe: false);
        var stamp = (await client.Now()).ToString(CultureInfo.InvariantCulture);
        var payload = Path.Combine(folder, "payload");
        await File.WriteAllTextAsync(payload, $"apiKey=curve&timestamp={stamp}");
        var signature = Convert.ToBase64String(await OpenSslAsync("pkeyutl", "-sign", "-inkey", secret, "-rawin", "-in", payload));
        var logon = await client.AskAsync("session.logon", new Dictionary<string, string> { ["apiKey"] = "curve", ["timestamp"] = stamp, ["signature"] = signature });
        Assert.True(logon.GetProperty("status").GetInt32() == 200, logon.ToString());
        Assert.Equal("curve", logon.GetProperty("result").GetProperty("apiKey").GetString());

        // From now on a time is enough.
        Assert.Equal(200, (await client.AskAsync("userDataStream.subscribe")).GetProperty("status").GetInt32());
        var placed = await client.AskAsync("order.place", new Dictionary<string, string> { ["symbol"] = "NEXOUSDT", ["side"] = "BUY", ["type"] = "LIMIT_MAKER", ["price"] = "1.1", ["quantity"] = "20", ["timestamp"] = stamp });
        Assert.True(placed.GetProperty("status").GetInt32() == 200, placed.ToString());
        await client.AskAsync("session.logout");
        Assert.Equal("eventStreamTerminated", client.Events[^1].GetProperty("e").GetString());
        Assert.Equal(-1102, (await client.AskAsync("account.status", new Dictionary<string, string> { ["timestamp"] = stamp })).GetProperty("error").GetProperty("code").GetInt32());
        var tampered = await client.AskAsync("session.logon", new Dictionary<string, string> { ["apiKey"] = "curve", ["timestamp"] = (long.Parse(stamp, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture), ["signature"] = signature });
        Assert.Equal(-1022, tampered.GetProperty("error").GetProperty("code").GetInt32());
    }

    private static (int Status, int Code) Code((HttpStatusCode Status, JsonElement Body, IReadOnlyDictionary<string, string> Headers) answer) =>
        ((int)answer.Status, answer.Body.GetProperty("code").GetInt32());

    private static async Task<byte[]> OpenSslAsync(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var output = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return output.ToArray();
    }

    private async Task<(HttpStatusCode Status, JsonElement Body, IReadOnlyDictionary<string, string> Headers)> SendAsync(
        CaptureBench bench, HttpMethod method, string path, string query, bool signed = true, string? body = null, string key = "simulated", bool tamper = false)
    {
        if (signed)
        {
            var now = JsonDocument.Parse(await http.GetStringAsync(new Uri(bench.Venue.HttpUri, "/api/v3/time"))).RootElement.GetProperty("serverTime").GetInt64();
            query += (query.Length > 0 ? "&" : "") + "timestamp=" + now.ToString(CultureInfo.InvariantCulture);
            var signature = Convert.ToHexStringLower(HMACSHA256.HashData("simulated"u8, Encoding.UTF8.GetBytes(query + body)));
            query = (tamper ? query.Replace("true", "false") : query) + "&signature=" + signature;
        }

        using var request = new HttpRequestMessage(method, new Uri(bench.Venue.HttpUri, $"/api/v3/{path}?{query}"));
        if (key.Length > 0)
        {
            request.Headers.Add("X-MBX-APIKEY", key);
        }

        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, JsonDocument.Parse(text).RootElement.Clone(), answer.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.First()));
    }
}
