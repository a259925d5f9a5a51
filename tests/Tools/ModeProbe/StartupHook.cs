using System.Globalization;
using System.Runtime;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

// The runtime runs Initialize before Main when DOTNET_STARTUP_HOOKS names this assembly; class and place are its convention.

/// <summary>Says into the file that MODE_PROBE names in what mode a process really runs, and can give it a culture that no
/// operating system has to know: a determinism test whose mode was never in force would prove nothing.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("MODE_PROBE_CULTURE") == "hostile")
        {
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = Hostile();
        }

        if (Environment.GetEnvironmentVariable("MODE_PROBE") is { Length: > 0 } file)
        {
            File.WriteAllLines(file,
            [
                $"culture={CultureInfo.CurrentCulture.Name}",
                $"number={-1234.5m}",
                $"upper={"i".ToUpper(CultureInfo.CurrentCulture)}",
                $"zone={TimeZoneInfo.Local.GetUtcOffset(new DateTimeOffset(2024, 7, 24, 0, 0, 0, TimeSpan.Zero)).TotalMinutes.ToString(CultureInfo.InvariantCulture)}",
                $"server={GCSettings.IsServerGC}",
                $"processors={Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)}",
                $"vector={Vector128.IsHardwareAccelerated}",
                $"avx2={Avx2.IsSupported}",
                $"jitted={JitInfo.GetCompiledMethodCount().ToString(CultureInfo.InvariantCulture)}",
            ]);
        }
    }

    // Every sign and separator another one, and a currency: text that is made or read without naming the invariant culture
    // comes out wrong.
    private static CultureInfo Hostile()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "minus";
        culture.NumberFormat.PositiveSign = "plus";
        culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.NaNSymbol = "nix";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.DateSeparator = "!";
        culture.DateTimeFormat.ShortDatePattern = "dd!MM!yy";
        return culture;
    }
}
