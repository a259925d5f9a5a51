using System.Diagnostics;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Web.Serving;

namespace EventSourcedMM.Tests.Web;

/// <summary>The bundled pages in git are what their sources give, and they type-check.</summary>
[Trait("Category", "Slow")]
public sealed class ViewerBundleTests
{
    private static readonly string Client = Path.Combine(Root(), "src", "Web", "Client");

    [Fact]
    public void Bundle_MadeAgain_IsTheCommittedOneByteForByte()
    {
        RequireModules();
        using var folder = new TempFolder();
        Run("build.mjs", "--out", folder);
        var made = Directory.GetFiles(folder).ToDictionary(f => Path.GetFileName(f)!, File.ReadAllBytes);
        var assets = Path.Combine(Root(), "src", "Web", "Assets");
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(assets).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), Assets.Names.Order(StringComparer.Ordinal));
        foreach (var (name, bytes) in made)
        {
            Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(assets, name))), $"{name} is not what src/Web/Client gives: run npm ci && npm run build there, and commit src/Web/Assets.");
        }
    }

    [Fact]
    public void Sources_TypeCheck()
    {
        RequireModules();
        Run(Path.Combine("node_modules", "typescript", "bin", "tsc"), "--noEmit");
    }

    private static void RequireModules() =>
        Assert.True(Directory.Exists(Path.Combine(Client, "node_modules")), "src/Web/Client has no packages: npm ci there, or ./build.sh, which does it.");

    private static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = Client, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.GetAwaiter().GetResult());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "EventSourcedMM.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
