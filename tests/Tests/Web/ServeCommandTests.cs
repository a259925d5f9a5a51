using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Cli.Determinism;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;
using EventSourcedMM.Web;

namespace EventSourcedMM.Tests.Web;

/// <summary><c>mm serve</c> as a user starts it, and wrong input.</summary>
public sealed class ServeCommandTests
{
    [Theory]
    [InlineData("visitors need a token", "--host", "0.0.0.0")]
    [InlineData("is not an address", "--host", "example.org")]
    [InlineData("at least 16", "--token", "short")]
    [InlineData("no such variable", "--token", "env:MM_NO_SUCH_VARIABLE")]
    [InlineData("is not a port", "--port", "70000")]
    [InlineData("cannot be had", "--host", "203.0.113.7", "--token", "0123456789abcdef")]
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
        var (store, temporary) = (Path.Combine(folder, "store"), Path.Combine(folder, "temporary"));
        using (var sample = typeof(Viewer).Assembly.GetManifestResourceStream("WarmUp/sample.zip")!)
        {
            ZipFile.ExtractToDirectory(sample, store);
        }

        Directory.CreateDirectory(temporary);
        var browser = new StubBrowser(folder);
        var warm = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(temporary, "mm-warm-up-*") { NotifyFilter = NotifyFilters.DirectoryName };
        watcher.Deleted += (_, _) => warm.TrySetResult();
        watcher.EnableRaisingEvents = true;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "mm.dll"), "serve", "--store", store, "--port", "0", "--json", "--open" },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["TMPDIR"] = temporary, ["BROWSER"] = browser.Program },
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadLineAsync();
        var address = JsonDocument.Parse(said!).RootElement.GetProperty("address").GetString()!;
        Assert.Equal(address, await browser.OpenedAsync());
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Contains("<title>EventSourcedMM</title>", await client.GetStringAsync(address), StringComparison.Ordinal);
        var list = await client.GetStringAsync($"{address}api/list");
        Assert.Contains("\"days\":[", list, StringComparison.Ordinal);

        // What it does before anybody opens something leaves its folder when it is over. From then on the first picture is no
        // work for the compiler: processor time, which other programs' load does not change much.
        await warm.Task.WaitAsync(TimeSpan.FromMinutes(2));
        var before = Processor(process);
        var stream = JsonDocument.Parse(list).RootElement.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("stream").GetString()!).First(s => s.Contains("nexousdt-20240723", StringComparison.Ordinal));
        foreach (var question in (string[])["open?", "state?depth=12&at=&", "series?width=1000&", "log?at=start&"])
        {
            using var answer = await client.GetAsync(new Uri($"{address}api/{question}stream={stream}"));
            Assert.True(answer.IsSuccessStatusCode, question);
        }

        Assert.InRange(Processor(process) - before, 0, 0.6);
        Assert.Equal(0, InterruptSignal.Send(process.Id));
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Report_Open_StartsTheBrowserOrSaysThatThereIsNone()
    {
        using var folder = new TempFolder();
        var store = Path.Combine(folder, "store");
        using (var sample = typeof(Viewer).Assembly.GetManifestResourceStream("WarmUp/sample.zip")!)
        {
            ZipFile.ExtractToDirectory(sample, store);
        }

        var browser = new StubBrowser(folder);
        var page = Path.Combine(folder, "r.html");
        var run = Directory.GetDirectories(Path.Combine(store, "run")).Select(Path.GetFileName).First()!;
        var opened = MmProcess.Run(new Mode([("BROWSER", browser.Program)]), "report", run, "--store", store, "--out", page, "--open");
        Assert.Equal((0, page), (opened.Code, opened.Output.Trim()));
        Assert.Equal(page, await browser.OpenedAsync());
        var none = MmProcess.Run(new Mode([("BROWSER", Path.Combine(folder, "nothing"))]), "report", run, "--store", store, "--out", page, "--open");
        Assert.Equal(0, none.Code);
        Assert.Contains($"open {page} yourself", none.Error, StringComparison.Ordinal);
    }

    private static double Processor(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
