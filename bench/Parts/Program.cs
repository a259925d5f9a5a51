using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EventSourcedMM.Bench.Parts;

// The parts beside their baselines (BenchmarkDotNet), and the live path with its histogram.
//   dotnet run -c Release --project bench/Parts              parts and live path
//   dotnet run -c Release --project bench/Parts -- live      the live path alone
//   dotnet run -c Release --project bench/Parts -- short     parts and live path in few rounds, in this process: minutes less, wider margins
//   dotnet run -c Release --project bench/Parts -- small     each once, checked against the others, and one of them by BenchmarkDotNet: what the tests run
switch (args.FirstOrDefault())
{
    case "small":
        return Small();
    case "live":
        LivePath.Run(Recording.Read(), 4, Console.Out);
        return 0;
    case "short":
        return Measure(DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)), 2);
    case null:
        return Measure(DefaultConfig.Instance, 4);
    default:
        Console.Error.WriteLine("usage: [live | short | small]");
        return 2;
}

static int Measure(IConfig config, int rounds)
{
    config = config.AddExporter(MarkdownExporter.GitHub);
    BenchmarkRunner.Run<BookBench>(config);
    BenchmarkRunner.Run<ParserBench>(config);
    LivePath.Run(Recording.Read(), rounds, Console.Out);
    return 0;
}

static int Small()
{
    const int lines = 20_000;
    var book = new BookBench { Most = lines };
    book.Setup();
    var parser = new ParserBench { Most = lines };
    parser.Setup();
    var best = (Sorted: book.Sorted(), Slots: book.Slots(), Dictionary: book.Dictionary());
    Console.WriteLine($"book: levels {book.Copied()}, twice the mid {best.Slots}, spread or sum by dictionary {best.Dictionary}");
    Console.WriteLine($"parser: bytes {parser.Copied()}, commas {parser.Read()}, tokens {parser.Tokens()}, kinds {parser.Ours()}");
    LivePath.Run(Recording.Read(lines), 1, Console.Out);
    if (best.Sorted != best.Slots || best.Dictionary != best.Slots)
    {
        Console.Error.WriteLine($"the books differ: {best}");
        return 1;
    }

    // The harness itself, on one part and once.
    var config = ManualConfig.CreateEmpty().AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.Instance)).AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance).AddLogger(BenchmarkDotNet.Loggers.ConsoleLogger.Default)
        .AddFilter(new BenchmarkDotNet.Filters.NameFilter(name => name == nameof(ParserBench.Copied)))
        .WithOptions(ConfigOptions.DisableLogFile).WithArtifactsPath(Directory.CreateTempSubdirectory("mm-bench-").FullName);
    var summary = BenchmarkRunner.Run<ParserBench>(config);
    Directory.Delete(config.ArtifactsPath!, recursive: true);
    return summary.Reports.Length == 1 && summary.Reports[0].Success ? 0 : 1;
}
