using EventSourcedMM.Live.Import;

namespace EventSourcedMM.Cli.Shell;

/// <summary>The bundled sample recordings as a store that commands read behind the user's own.</summary>
public static class Samples
{
    /// <summary>The sample store's directory, made when it is not there yet; empty when this installation has no samples.</summary>
    public static IEnumerable<string> Root() => SampleStore.Ensure() is { } directory ? [directory] : [];
}
