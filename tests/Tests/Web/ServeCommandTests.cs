using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Web;

/// <summary><c>mm serve</c> as a user starts it, and wrong input.</summary>
public sealed partial class ServeCommandTests
{
    [Theory]
    [InlineData("visitors need a token", "--host", "0.0.0.0")]
    [InlineData("is not an address", "--host", "example.org")]
    [InlineData("at least 16", "--token", "short")]
    [InlineData("no such variable", "--token", "env:MM_NO_SUCH_VARIABLE")]
    [InlineData("is not a port", "--port", "70000")]
    public void Serve_WrongInput_ExitsWithTwoAndSaysWhy(string reason, params string[] arguments)
    {
        using var folder = new TempFolder();
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = new RootCommand { ServeCommand.Create() }.Parse(["serve", "--store", folder, .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        Assert.Equal((2, ""), (code, output.ToString()));
        Assert.Contains(reason, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Serve_Started_AnswersAtTheAddressItPrintsUntilItIsAskedToStop()
    {
        using var folder = new TempFolder();
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "mm.dll"), "serve", "--store", folder, "--port", "0", "--json" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadLineAsync();
        var address = JsonDocument.Parse(said!).RootElement.GetProperty("address").GetString()!;
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Contains("<title>EventSourcedMM</title>", await client.GetStringAsync(address), StringComparison.Ordinal);
        Assert.Contains("\"days\":[", await client.GetStringAsync($"{address}api/list"), StringComparison.Ordinal);
        Assert.Equal(0, Signal(process.Id, InterruptSignal.Number));
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
