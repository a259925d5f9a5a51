using System.Globalization;
using System.Runtime.InteropServices;

// Append, read, recovery and verification of the embedded journal, each beside the plainest thing that could do the same.
// Arguments: thousands of events for appending (default 1000), thousands for the day (default 3514), a folder for the files.
var appended = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) * 1000 : 1_000_000;
var day = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) * 1000 : 3_514_000;
var place = args.Length > 2 ? args[2] : null;
var sample = new SampleDay();
Console.WriteLine($"{Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; {sample.Distinct:N0} market events of the BTCUSDT sample, repeated");
AppendBench.Run(sample, appended, place);
DayBench.Run(sample, day, place);
