using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// A configuration file that is looked at once a second: what is in it applies to the running symbols from then on. What cannot be
/// used is said, and the run goes on as it was.
/// </summary>
public sealed class ConfigurationWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string path;
    private readonly Func<IReadOnlyDictionary<string, StrategyConfiguration>> read;
    private readonly string portfolio;
    private byte[] last;

    /// <summary>A watch over a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads the configuration of each symbol from it, flags applied, and refuses what may not run.</param>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public ConfigurationWatch(string path, Func<IReadOnlyDictionary<string, StrategyConfiguration>> read)
    {
        this.path = path;
        this.read = read;
        last = Bytes() ?? throw new UsageException($"--watch-config: {path} cannot be read.");
        portfolio = ConfigurationFile.LoadPortfolio(path).ToJson();
    }

    /// <summary>Watches until stopped.</summary>
    /// <param name="session">The run.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="say">Is told what changed, and what could not.</param>
    /// <param name="ct">Stops it.</param>
    public async Task RunAsync(LiveSession session, Clock clock, Action<string> say, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, WallClock.Timers, ct);
                Look(session, clock, say);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the run.
        }
    }

    private void Look(LiveSession session, Clock clock, Action<string> say)
    {
        // An editor may have it away for a moment, or half of it written: then it is looked at again.
        if (Bytes() is not { Length: > 0 } now || now.AsSpan().SequenceEqual(last))
        {
            return;
        }

        last = now;
        try
        {
            if (ConfigurationFile.LoadPortfolio(path).ToJson() != portfolio)
            {
                throw new ConfigurationException($"{path}: the limits of \"portfolio\" cannot change while the run goes on.");
            }

            var changed = LiveReconfiguration.Apply(session, read(), path, clock);
            say(changed.Count == 0 ? $"{path} was written anew and says the same" : $"configuration changed: {string.Join("; ", changed)}");
        }
        catch (Exception e) when (e is ConfigurationException or UsageException or IOException or UnauthorizedAccessException)
        {
            say($"the configuration was NOT changed: {e.Message}");
        }
    }

    private byte[]? Bytes()
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
