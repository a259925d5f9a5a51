using System.Globalization;
using EventSourcedMM.Stores.Bench;

// Appends and reads the bundled NEXOUSDT recording in every store and by bare clients of the same server, in turns. What it prints is
// written into bench/results/stores.md by hand: that page says more than this program knows.
//   dotnet run -c Release --project bench/Stores               five rounds
//   dotnet run -c Release --project bench/Stores -- ROUNDS
//   dotnet run -c Release --project bench/Stores -- small      one round of a few batches: what the tests run
if (args.Length > 1 || (args.Length == 1 && args[0] != "small" && !(int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0)))
{
    Console.Error.WriteLine("usage: [ROUNDS | small]");
    return 2;
}

Console.WriteLine(args is ["small"] ? StoreBench.Run(1, [(64, 640), (500, 1_000)]) : StoreBench.Run(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5, [(64, 10_000), (500, 50_000), (4_096, int.MaxValue)]));
return 0;
