using System.CommandLine;
using System.Globalization;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A command in this process, as a user runs it.</summary>
internal static class CommandRun
{
    public static Task<(int Code, string Output, string Error)> Async(Command command, params string[] arguments) => Task.Run(() =>
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = new RootCommand { command }.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    });
}
