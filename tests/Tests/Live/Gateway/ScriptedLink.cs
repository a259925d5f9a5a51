using System.Text.Json;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Gateway.Session;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>A link whose every answer a test gives by hand: what no venue can be brought to say at the right moment.</summary>
internal sealed class ScriptedLink : IAccountLink
{
    private readonly List<(VenueMethod Method, CallOptions How)> calls = [];

    /// <summary>Requests about orders that were posted and not answered, oldest first.</summary>
    public List<(VenueMethod Method, string Text, Action<VenueAnswer> Answered)> Posted { get; } = [];

    /// <summary>Answers questions, by method and parameters; called on any thread.</summary>
    public Func<VenueMethod, string, CallOptions, VenueAnswer> Answer { get; set; } = (_, _, _) => Done("[]");

    public bool IsUp { get; set; } = true;

    public GatewayTraffic Traffic => default;

    public long Offset { get; set; }

    public long ReceiveWindow => 5 * Nanoseconds.PerSecond;

    public IReadOnlyList<(VenueMethod Method, CallOptions How)> Calls
    {
        get
        {
            lock (calls)
            {
                return [.. calls];
            }
        }
    }

    public static VenueAnswer Done(string json) => VenueAnswer.From(200, JsonDocument.Parse(json).RootElement.Clone(), TimeSpan.Zero);

    public static VenueAnswer Refused(int code, int status = 400) => VenueAnswer.From(status, JsonDocument.Parse($$"""{"code":{{code}},"msg":"no"}""").RootElement.Clone(), TimeSpan.Zero);

    /// <summary>Answers the oldest posted request.</summary>
    public void AnswerFirst(VenueAnswer answer)
    {
        var first = Posted[0];
        Posted.RemoveAt(0);
        first.Answered(answer);
    }

    public int CountOf(VenueMethod method) => Calls.Count(c => c.Method == method);

    public Task ConnectAsync(CancellationToken ct) => Task.CompletedTask;

    public Task RunAsync(CancellationToken ct) => Task.CompletedTask;

    public void Post(VenueMethod method, RequestParameters parameters, bool isPaid, Action<VenueAnswer> answered) => Posted.Add((method, parameters.Query(), answered));

    public async Task<VenueAnswer> CallAsync(VenueMethod method, RequestParameters parameters, CancellationToken ct, CallOptions how = default)
    {
        lock (calls)
        {
            calls.Add((method, how));
        }

        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        return Answer(method, parameters.Query(), how);
    }

    public string Describe() => "scripted";

    public Task CloseAsync() => Task.CompletedTask;

    public Task CutAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
