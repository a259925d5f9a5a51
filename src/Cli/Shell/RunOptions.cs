using System.Globalization;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Reads the flags that several commands give a run.</summary>
public static class RunOptions
{
    /// <summary>A queue model by its name.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static QueueModel Queue(string text) => text switch
    {
        "fifo" => QueueModel.Fifo,
        "optimistic" => QueueModel.Optimistic,
        "pessimistic" => QueueModel.Pessimistic,
        _ => throw new UsageException($"--queue {text} is not a queue model; it is optimistic, pessimistic or fifo."),
    };

    /// <summary>A commission in millionths.</summary>
    /// <exception cref="UsageException">It is no whole number of them in range.</exception>
    public static long Fee(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ppm) && ppm <= 100_000
            ? ppm
            : throw new UsageException($"--fee-ppm {text} must be a whole number of millionths from 0 to 100000 (1000 is 0.1 %).");
}
