using BenchmarkDotNet.Running;
using EventSourcedMM.Bench.Parts;

// The parts beside their baselines (BenchmarkDotNet), and the live path with its histogram.
//   dotnet run -c Release --project bench/Parts              parts and live path
//   dotnet run -c Release --project bench/Parts -- live      the live path alone
//   dotnet run -c Release --project bench/Parts -- small     each once, checked against the others: what the tests run
switch (args.FirstOrDefault())
{
    case "small":
        return Small();
    case "live":
        LivePath.Run(Recording.Read(), 4, Console.Out);
        return 0;
    default:
        BenchmarkRunner.Run<BookBench>();
        BenchmarkRunner.Run<ParserBench>();
        LivePath.Run(Recording.Read(), 4, Console.Out);
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

    return 0;
}
