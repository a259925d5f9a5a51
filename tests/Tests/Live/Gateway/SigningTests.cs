using System.Text;
using EventSourcedMM.Live.Gateway.Keys;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>Signatures against published examples: Binance's documentation (rest-api.md, web-socket-api.md, fix-api.md) and RFC 8032.</summary>
public sealed class SigningTests
{
    // The documentation's own example keys, which open nothing.
    private const string DocumentedKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
    private const string DocumentedSecret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
    private const string DocumentedPem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n-----END PRIVATE KEY-----\n";

    [Theory]
    [InlineData("LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71")]
    [InlineData("１２３４５６", "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3")]
    public void Hmac_RestExampleOfTheDocumentation_HasItsSignature(string symbol, string signature)
    {
        var parameters = new RequestParameters()
            .Add("symbol", symbol).Add("side", "BUY").Add("type", "LIMIT").Add("timeInForce", "GTC")
            .Add("quantity", 1).Add("price", "0.1").Add("recvWindow", 5_000).Add("timestamp", 1_499_827_319_559);
        Assert.EndsWith("&timestamp=1499827319559&signature=" + signature, parameters.SignedQuery(Documented().Signer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BTCUSDT", "SELL", "0.01000000", "52000.00", 100, "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24")]
    [InlineData("１２３４５６", "BUY", "1.00000000", "0.10000000", 5_000, "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd")]
    public void Hmac_WebSocketExampleOfTheDocumentation_HasItsSignature(string symbol, string side, string quantity, string price, long window, string signature)
    {
        var parameters = new RequestParameters()
            .Add("symbol", symbol).Add("side", side).Add("type", "LIMIT").Add("timeInForce", "GTC").Add("quantity", quantity)
            .Add("price", price).Add("recvWindow", window).Add("timestamp", 1_645_423_376_532).Add("apiKey", DocumentedKey);
        using var request = System.Text.Json.JsonDocument.Parse(parameters.SignedRequest("1", "order.place", Documented().Signer));
        Assert.Equal(signature, request.RootElement.GetProperty("params").GetProperty("signature").GetString());
        Assert.Equal(symbol, request.RootElement.GetProperty("params").GetProperty("symbol").GetString());
        Assert.Equal(1_645_423_376_532, request.RootElement.GetProperty("params").GetProperty("timestamp").GetInt64());
    }

    [Fact]
    public void Ed25519_LogonExampleOfTheDocumentation_HasItsSignature()
    {
        var keys = ApiKeys.Of("key", DocumentedPem);
        Assert.Equal("Ed25519", keys.Kind);
        Assert.Equal(
            "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==",
            keys.Signer.Sign("A\u0001EXAMPLE\u0001SPOT\u00011\u000120240627-11:17:25.223"u8));
    }

    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Ed25519_VectorsOfRfc8032_HaveTheirSignatures(string seed, string message, string signature) =>
        Assert.Equal(signature, Convert.ToHexStringLower(OpenSslEd25519.Load().Sign(Convert.FromHexString(seed), Convert.FromHexString(message))));

    [Fact]
    public void Keys_Shown_ShowNothing()
    {
        var keys = Documented();
        Assert.Equal("HMAC-SHA256 keys", keys.ToString());
        Assert.Equal("[secret]", $"{keys.Key}");
        Assert.Equal("\"[secret]\"", System.Text.Json.JsonSerializer.Serialize(keys.Key));
        Assert.DoesNotContain(DocumentedSecret[..16], System.Text.Json.JsonSerializer.Serialize(keys), StringComparison.Ordinal);
        Assert.Equal("the key [secret] and [secret] are refused", keys.Redact($"the key {DocumentedKey} and {DocumentedSecret} are refused"));
    }

    [Fact]
    public void Keys_OfEd25519Repeated_ShowNeitherTheFileNorTheSeedNorASignature()
    {
        var keys = ApiKeys.Of(DocumentedKey, DocumentedPem);
        var seed = PemKey.Ed25519Seed(DocumentedPem);
        string[] forms = [DocumentedPem.Split('\n')[1], Convert.ToBase64String(seed), Convert.ToHexString(seed), Convert.ToHexStringLower(seed)];
        var signed = new RequestParameters().Add("symbol", "BTCUSDT").SignedQuery(keys.Signer);
        foreach (var said in forms.Select(f => keys.Redact($"who sent {f} is refused")))
        {
            Assert.Equal("who sent [secret] is refused", said);
        }

        Assert.Equal("GET ?symbol=BTCUSDT&signature=[signature] failed", keys.Redact($"GET ?{signed} failed"));
        Assert.Equal("""{"symbol":"BTCUSDT","signature":"[signature]"}""", keys.Redact($$"""{"symbol":"BTCUSDT","signature":"{{keys.Signer.Sign("x"u8)}}"}"""));
    }

    [Fact]
    public void Keys_FromFiles_AreReadAndTrimmed()
    {
        var folder = Directory.CreateTempSubdirectory("keys-");
        try
        {
            var (key, secret) = (Path.Combine(folder.FullName, "key"), Path.Combine(folder.FullName, "secret"));
            File.WriteAllText(key, DocumentedKey + "\n");
            File.WriteAllText(secret, DocumentedSecret + "\n");
            var keys = ApiKeys.FromEnvironment(new Dictionary<string, string> { ["BINANCE_API_KEY_FILE"] = key, ["BINANCE_API_SECRET_FILE"] = secret }.GetValueOrDefault)!;
            Assert.Equal(Documented().Signer.Sign("x"u8), keys.Signer.Sign("x"u8));
            Assert.Null(ApiKeys.FromEnvironment(_ => null));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("abcdefghij", null, null, "BINANCE_API_SECRET is not")]
    [InlineData(null, "abcdefghij", null, "BINANCE_API_KEY is not")]
    [InlineData("abcdefghij", "abcdefghij", "/nowhere", "both set")]
    [InlineData(null, "abcdefghij", "/nowhere", "cannot be read: /nowhere")]
    [InlineData("abcdefghij", "-----BEGIN PRIVATE KEY-----\nMC4CAQ", null, "not whole")]
    [InlineData("abcdefghij", "-----BEGIN RSA PRIVATE KEY-----\nMC4CAQ==\n-----END RSA PRIVATE KEY-----", null, "RSA PRIVATE KEY")]
    [InlineData("two words", "abcdefghij", null, "not an API key")]
    public void Keys_Wrong_AreNamedAndNotShown(string? key, string? secret, string? keyFile, string says)
    {
        var variables = new Dictionary<string, string?> { ["BINANCE_API_KEY"] = key, ["BINANCE_API_SECRET"] = secret, ["BINANCE_API_KEY_FILE"] = keyFile };
        var refused = Assert.Throws<EventSourcedMM.Live.Gateway.GatewayException>(() => ApiKeys.FromEnvironment(variables.GetValueOrDefault));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("abcdefghij", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MC4CAQ", refused.Message, StringComparison.Ordinal);
    }

    private static ApiKeys Documented() => ApiKeys.Of(DocumentedKey, DocumentedSecret);
}
