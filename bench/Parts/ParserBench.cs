using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EventSourcedMM.Live.Binance;

namespace EventSourcedMM.Bench.Parts;

/// <summary>The recording's messages parsed, beside System.Text.Json and beside reading the same bytes and doing nothing.</summary>
[MemoryDiagnoser]
public class ParserBench
{
    private readonly byte[] copy = new byte[4 * 1024 * 1024];
    private readonly StreamParser parser = new(Recording.Instrument);
    private Recording recording = null!;

    /// <summary>Lines to take; fewer in the small run.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>Reads the recording.</summary>
    [GlobalSetup]
    public void Setup() => recording = Recording.Read(Most);

    /// <summary>The floor: the bytes copied.</summary>
    [Benchmark(Description = "bytes copied")]
    public long Copied()
    {
        var sum = 0L;
        foreach (var (_, message) in recording.Lines)
        {
            message.CopyTo(copy, 0);
            sum += message.Length;
        }

        return sum;
    }

    /// <summary>The bytes read once and nothing done with them.</summary>
    [Benchmark(Description = "bytes read")]
    public long Read()
    {
        var sum = 0L;
        foreach (var (_, message) in recording.Lines)
        {
            sum += message.AsSpan().Count((byte)',');
        }

        return sum;
    }

    /// <summary>Every token read by System.Text.Json, its numbers left as text.</summary>
    [Benchmark(Baseline = true, Description = "System.Text.Json tokens")]
    public long Tokens()
    {
        var tokens = 0L;
        foreach (var (_, message) in recording.Lines)
        {
            var reader = new Utf8JsonReader(message);
            while (reader.Read())
            {
                tokens++;
            }
        }

        return tokens;
    }

    /// <summary>Events, with prices and quantities as integers.</summary>
    [Benchmark(Description = "our parser")]
    public long Ours()
    {
        var sum = 0L;
        foreach (var (_, message) in recording.Lines)
        {
            sum += (long)parser.Parse(message);
        }

        return sum;
    }
}
