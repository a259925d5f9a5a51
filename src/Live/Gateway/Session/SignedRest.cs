using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Limits;

namespace EventSourcedMM.Live.Gateway.Session;

/// <summary>Signed REST requests. Everything that can happen to one is an answer; nothing is repeated here, and no message holds a key or a signature.</summary>
internal sealed class SignedRest : IDisposable
{
    private const int MostBody = 16 << 20;
    private static readonly TimeSpan UsualRefusal = TimeSpan.FromSeconds(30);

    private readonly ApiKeys keys;
    private readonly Clock clock;
    private readonly RequestBudget weight;
    private readonly OrderCountBudget? orders;
    private readonly HttpClient http;

    public SignedRest(VenueEndpoint endpoint, ApiKeys keys, Clock clock, RequestBudget weight, OrderCountBudget? orders)
    {
        this.keys = keys;
        this.clock = clock;
        this.weight = weight;
        this.orders = orders;
        Host = endpoint.Rest.Authority;
        http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip, PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
        {
            BaseAddress = endpoint.Rest,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MostBody,
        };
    }

    /// <summary>Host and port.</summary>
    public string Host { get; }

    /// <summary>Sends a request that has its timestamp.</summary>
    public async Task<VenueAnswer> SendAsync(VenueMethod method, RequestParameters parameters, TimeSpan timeOut, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(clock.Patience(timeOut), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        using var request = new HttpRequestMessage(method.Verb, $"{method.Path}?{parameters.SignedQuery(keys.Signer)}");
        if (method.Verb != HttpMethod.Get)
        {
            // A request without content is sent again by HttpClient itself when a kept connection turns out to be closed; one
            // with content, be it empty, never is. An order must not be.
            request.Content = new ByteArrayContent([]);
        }

        request.Headers.TryAddWithoutValidation("X-MBX-APIKEY", keys.Key.Reveal());
        request.Headers.TryAddWithoutValidation("X-MBX-TIME-UNIT", "MICROSECOND");
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            return Read(response, body);
        }
        catch (OperationCanceledException)
        {
            return VenueAnswer.Unknown(FormattableString.Invariant($"{Host} did not answer {method.Name} within {timeOut.TotalSeconds:0.#} s"));
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return VenueAnswer.NotSent($"{Host} cannot be reached: {Words(e)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return VenueAnswer.Unknown($"the connection to {Host} broke: {Words(e)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private string Words(Exception e) => keys.Redact((e.InnerException is SocketException inner ? inner.Message : e.Message).TrimEnd('.'));

    private VenueAnswer Read(HttpResponseMessage response, byte[] body)
    {
        var status = (int)response.StatusCode;
        var after = response.Headers.RetryAfter?.Delta ?? (status is 429 or 418 ? UsualRefusal : TimeSpan.Zero);
        if (Header(response, "x-mbx-used-weight-1m") is { } used)
        {
            weight.Observe(used, clock.Now);
        }

        if (orders is not null)
        {
            lock (orders)
            {
                Observe(response, "x-mbx-order-count-10s", 10 * Nanoseconds.PerSecond);
                Observe(response, "x-mbx-order-count-1d", Nanoseconds.PerDay);
            }
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            var answer = VenueAnswer.From(status, json.RootElement.Clone(), after);
            return answer with { Message = keys.Redact(answer.Message) };
        }
        catch (JsonException)
        {
            return VenueAnswer.From(status is >= 200 and < 300 ? 502 : status, default, after);
        }
    }

    private void Observe(HttpResponseMessage response, string header, long window)
    {
        if (Header(response, header) is { } count)
        {
            orders!.Observe(window, count, clock.Now);
        }
    }

    private static long? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
