using System.Globalization;
using EventSourcedMM.Stores.Bench;

// Appends and reads the bundled NEXOUSDT recording in every store and by bare clients of the same server, in turns, and writes
// bench/results/stores.md. Arguments: rounds (default 5).
int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
string report = StoreBench.Run(rounds);
Console.WriteLine(report);
string folder = AppContext.BaseDirectory;
while (folder.Length > 1 && !File.Exists(Path.Combine(folder, "EventSourcedMM.sln")))
{
    folder = Path.GetDirectoryName(folder)!;
}

if (folder.Length > 1)
{
    File.WriteAllText(Path.Combine(folder, "bench", "results", "stores.md"), report);
}
