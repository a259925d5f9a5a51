using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>How a server is.</summary>
internal enum Mood
{
    Well,
    Away,
    Refusing,
    Broken,
    Stumbling,
    Full,
    Damaged,
}

/// <summary>A server that is as a test wants it, and tells of what it is asked.</summary>
internal sealed class Moody() : WatchedStore("a moody server")
{
    private volatile Mood mood;
    private volatile int asked;

    public Mood Mood
    {
        get => mood;
        set => mood = value;
    }

    /// <summary>Called before it seals.</summary>
    public Action? Sealing { get; set; }

    /// <summary>Called when it has taken events.</summary>
    public Func<Task>? Taken { get; set; }

    /// <summary>How often it was asked what it has.</summary>
    public int Asked => asked;

    public override ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        Interlocked.Increment(ref asked);
        Ask(stream, writing: false);
        return base.FindAsync(stream, ct);
    }

    public override async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
    {
        Ask(stream, writing: true);
        var result = await base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        await (Taken?.Invoke() ?? Task.CompletedTask);
        return result;
    }

    public override ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default)
    {
        Ask(stream, writing: true);
        Sealing?.Invoke();
        return base.SealAsync(stream, engineVersion, notes, ct);
    }

    private void Ask(StreamName stream, bool writing)
    {
        switch (Mood)
        {
            case Mood.Away: throw new StoreUnreachableException(Place, "nobody answers.");
            case Mood.Broken: throw new InvalidOperationException("a mistake; Password=s3cr3t");
            case Mood.Full when writing: throw new StoreUnreachableException(Place, "no space left.");
            case Mood.Damaged: throw new StreamDamagedException(stream, 1, "an event is missing.");
            case Mood.Stumbling: throw new IOException("too many open files");
            case Mood.Refusing: throw new StoreRefusedException(Place, "no such database.");
            default: return;
        }
    }
}
