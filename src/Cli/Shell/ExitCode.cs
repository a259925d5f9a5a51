namespace EventSourcedMM.Cli.Shell;

/// <summary>Exit codes of every command (docs/cli.md).</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A negative answer: it differs, it fails.</summary>
    public const int No = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;

    /// <summary>The venue or a server is out of reach.</summary>
    public const int OutOfReach = 3;

    /// <summary>The engine stopped itself: a broken invariant, a halt.</summary>
    public const int Stopped = 4;
}

/// <summary>Something the user gave cannot be used; the message names it and says what to do.</summary>
public sealed class UsageException(string what) : Exception(what);
