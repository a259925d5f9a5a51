using System.Diagnostics;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Live.Telemetry;

/// <summary>
/// The account's link with every request measured and traced while somebody listens. Of its parameters only symbol and client order id
/// are told.
/// </summary>
internal sealed class TracedLink(IAccountLink inner) : IAccountLink
{
    private static readonly string[] Told = ["symbol", "newClientOrderId", "origClientOrderId", "cancelOrigClientOrderId"];
    private static readonly string[] Answers = ["done", "refused", "unknown", "notSent"];

    public bool IsUp => inner.IsUp;

    public GatewayTraffic Traffic => inner.Traffic;

    public long Offset
    {
        get => inner.Offset;
        set => inner.Offset = value;
    }

    public long ReceiveWindow => inner.ReceiveWindow;

    public Task ConnectAsync(CancellationToken ct) => inner.ConnectAsync(ct);

    public Task RunAsync(CancellationToken ct) => inner.RunAsync(ct);

    public void Post(VenueMethod method, RequestParameters parameters, bool isPaid, Action<VenueAnswer> answered)
    {
        if (!LiveTelemetry.WantsRequests)
        {
            inner.Post(method, parameters, isPaid, answered);
            return;
        }

        // The answer comes on another thread: what follows here is no child of the request.
        var around = Activity.Current;
        var activity = Start(method, parameters);
        Activity.Current = around;
        var began = Clock.Timers.GetTimestamp();
        inner.Post(method, parameters, isPaid, answer =>
        {
            End(activity, method, began, answer);
            answered(answer);
        });
    }

    public async Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct, CallOptions how = default)
    {
        if (!LiveTelemetry.WantsRequests)
        {
            return await inner.CallAsync(method, parameters, ct, how).ConfigureAwait(false);
        }

        using var activity = Start(method, parameters);
        var began = Clock.Timers.GetTimestamp();
        var answer = await inner.CallAsync(method, parameters, ct, how).ConfigureAwait(false);
        End(activity, method, began, answer);
        return answer;
    }

    public string Describe() => inner.Describe();

    public Task CloseAsync() => inner.CloseAsync();

    public Task CutAsync() => inner.CutAsync();

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static Activity? Start(VenueMethod method, RequestParameters parameters)
    {
        var activity = LiveTelemetry.Source.StartActivity(method.Name, ActivityKind.Client);
        if (activity is not null)
        {
            foreach (var name in Told)
            {
                if (parameters.Find(name) is { } value)
                {
                    activity.SetTag(name, value);
                }
            }
        }

        return activity;
    }

    private static void End(Activity? activity, VenueMethod method, long began, VenueAnswer answer)
    {
        var word = Answers[(int)answer.Kind];
        LiveTelemetry.Answered(Clock.Timers.GetElapsedTime(began), method.Name, word);
        if (activity is null)
        {
            return;
        }

        activity.SetTag("mm.answer", word);
        if (answer.Kind != AnswerKind.Done)
        {
            activity.SetTag("mm.code", answer.Code);
            activity.SetStatus(ActivityStatusCode.Error, word);
        }

        activity.Stop();
    }
}
