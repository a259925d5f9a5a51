using System.Text.Json;

namespace EventSourcedMM.Stores.Json;

/// <summary>What is wrong with a text that should be JSON, in words for people; lines count from 1.</summary>
public static class JsonFault
{
    /// <summary>The words, without a full stop: "line 3: 'x' is an invalid start of a value".</summary>
    public static string Of(JsonException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        var line = (fault.LineNumber ?? 0) + 1;
        return fault.Message switch
        {
            var m when m.Contains("does not contain any JSON tokens", StringComparison.Ordinal) => "it is empty",
            var m when m.Contains("Expected depth to be zero", StringComparison.Ordinal) || m.Contains("end of data", StringComparison.Ordinal) || m.Contains("reached end", StringComparison.Ordinal) => FormattableString.Invariant($"it ends at line {line} before it is complete"),
            var m => FormattableString.Invariant($"line {line}: {Words(m)}"),
        };
    }

    // Without the reader's own count of lines and bytes, which begins at 0, and its path.
    private static string Words(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var path = message.IndexOf(" Path:", StringComparison.Ordinal);
        end = path >= 0 && (end < 0 || path < end) ? path : end;
        return (end >= 0 ? message[..end] : message).TrimEnd('.');
    }
}
