using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Live.Connections;

/// <summary>
/// Public REST requests of a venue within its weight budget. A request waits for the budget, has a time-out by the clock,
/// and ends in a body, a <see cref="VenueRefusedException"/> or a <see cref="VenueOutOfReachException"/>. Nothing is
/// repeated here: whoever asks knows whether it is worth it.
/// </summary>
public sealed class RestClient : IDisposable
{
    private const int MostBody = 64 << 20;

    // Bytes of an answer that is an error: a page of a server in between may be long.
    private const int MostKept = 4_096;

    // What the venue is believed to mean when it refuses without saying for how long.
    private static readonly TimeSpan UsualRefusal = TimeSpan.FromSeconds(30);

    private readonly Clock clock;
    private readonly HttpClient http;
    private long refusals;
    private long waited;

    /// <summary>A client.</summary>
    public RestClient(VenueEndpoint endpoint, Clock clock)
    {
        Endpoint = endpoint;
        this.clock = clock;
        http = new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.GZip,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            BaseAddress = endpoint.Rest,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostBody,
        };
    }

    /// <summary>The venue.</summary>
    public VenueEndpoint Endpoint { get; }

    /// <summary>The weight budget.</summary>
    public RequestBudget Budget { get; init; } = new();

    /// <summary>How long an answer may take.</summary>
    public TimeSpan TimeOut { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests that waited for the budget, each counted once.</summary>
    public long Waited => Volatile.Read(ref waited);

    /// <summary>Answers with status 429 or 418.</summary>
    public long Refusals => Volatile.Read(ref refusals);

    /// <summary>Gets a resource.</summary>
    /// <param name="path">Path and query, such as /api/v3/depth?symbol=BTCUSDT.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <param name="held">Told once when the request has to wait for the budget; null for nobody.</param>
    /// <param name="sending">Told right before the request leaves, after any wait; null for nobody.</param>
    /// <exception cref="VenueRefusedException">The venue answered with an error.</exception>
    /// <exception cref="VenueOutOfReachException">There was no answer.</exception>
    public async Task<byte[]> GetAsync(string path, int weight, CancellationToken ct, Action<HeldRequest>? held = null, Action? sending = null)
    {
        var isHeld = false;
        while (Budget.Take(weight, clock.Now) is var wait && wait > TimeSpan.Zero)
        {
            if (!isHeld)
            {
                isHeld = true;
                Interlocked.Increment(ref waited);
                held?.Invoke(new HeldRequest(wait, Budget.BlockedUntil > clock.Now, Budget.Used, Budget.Limit));
            }

            await Task.Delay(wait, clock, ct).ConfigureAwait(false);
        }

        sending?.Invoke();
        using var patience = new CancellationTokenSource(clock.Patience(TimeOut), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.Headers.TryGetValues("x-mbx-used-weight-1m", out var values)
                && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var used))
            {
                Budget.Observe(used, clock.Now);
            }

            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK ? body : throw Refused(path, response, body);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new VenueOutOfReachException($"{Endpoint.Rest.Authority} did not answer {path} within {TimeOut.TotalSeconds:0.#} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            throw new VenueOutOfReachException($"{Endpoint.Rest.Authority} cannot be reached: {Cause(e).TrimEnd('.')}.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static string Cause(Exception e) => e.InnerException is SocketException inner ? inner.Message : e.Message;

    private VenueRefusedException Refused(string path, HttpResponseMessage response, byte[] body)
    {
        var status = (int)response.StatusCode;
        var after = response.Headers.RetryAfter?.Delta ?? (status is 429 or 418 ? UsualRefusal : TimeSpan.Zero);
        if (status is 429 or 418)
        {
            Interlocked.Increment(ref refusals);
            Budget.Block(after, clock.Now);
        }

        var (code, message) = Read(body);
        return new VenueRefusedException(status, code, $"{Endpoint.Rest.Authority} answered {path} with {status}{(message.Length > 0 ? $": {message}" : "")}{(code != 0 ? $" ({code})" : "")}.")
        {
            RetryAfter = after,
            Body = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MostKept))),
        };
    }

    // {"code":-1121,"msg":"Invalid symbol."}, or a page of a server in between.
    private static (int Code, string Message) Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("code", out var code) && code.TryGetInt32(out var number)
                ? (number, root.TryGetProperty("msg", out var text) ? (text.GetString() ?? "").TrimEnd('.') : "")
                : (0, "");
        }
        catch (JsonException)
        {
            return (0, "");
        }
    }
}

/// <summary>A request that waits because of the weight budget.</summary>
/// <param name="Wait">How long.</param>
/// <param name="IsBan">True when the venue refuses everything until then; false when the minute is used up.</param>
/// <param name="Used">Weight used in the current minute.</param>
/// <param name="Limit">Weight that the venue allows in a minute.</param>
public readonly record struct HeldRequest(TimeSpan Wait, bool IsBan, long Used, long Limit);
