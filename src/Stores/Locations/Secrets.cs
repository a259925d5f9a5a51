using System.Text.RegularExpressions;

namespace EventSourcedMM.Stores.Locations;

/// <summary>
/// The second line of defence: takes what looks like a password out of text that others composed (usage errors that repeat
/// the command line, a client library's messages). Locations themselves are shown as <see cref="StoreLocation.Redacted"/>.
/// </summary>
public static partial class Secrets
{
    /// <summary>The text with *** where a password stood.</summary>
    public static string Redact(string text) => UserInfo().Replace(Pair().Replace(text, "$1=***"), "//$1:***@");

    // A quoted value may hold semicolons.
    [GeneratedRegex("""\b(password|pwd|psw|passfile|ssl ?password|api ?secret|secret)\s*=\s*("[^"]*"|'[^']*'|[^;&\s]*)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pair();

    // Up to the last @: a password that should have been escaped may hold one.
    [GeneratedRegex(@"//([^:/@\s]*):(?!password@)\S*@", RegexOptions.CultureInvariant)]
    private static partial Regex UserInfo();
}
