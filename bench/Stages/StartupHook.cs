using System.Diagnostics;
using System.Globalization;
using System.Runtime;

/// <summary>
/// What the start of another program costs, told by that program itself: milliseconds until its Main, and at its end the methods that were
/// compiled while it ran and how long that took, on every thread. The runtime calls it when it is told to:
/// <c>DOTNET_STARTUP_HOOKS=…/EventSourcedMM.Stages.Bench.dll mm …</c>; bench/whole.py does.
/// </summary>
internal static class StartupHook
{
    /// <summary>Called by the runtime before Main.</summary>
    public static void Initialize()
    {
        // To a hundredth of a second, as the system keeps it.
        var started = Process.GetCurrentProcess().StartTime;
        var (until, cpu, jit) = ((DateTime.Now - started).TotalMilliseconds, Environment.CpuUsage.TotalTime.TotalMilliseconds, JitInfo.GetCompiledMethodCount());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"start: until Main {until:0} ms, {cpu:0} ms of CPU time, {jit} methods compiled; at the end after {(DateTime.Now - started).TotalMilliseconds:0} ms: {Environment.CpuUsage.TotalTime.TotalMilliseconds:0} ms of CPU time, {JitInfo.GetCompiledMethodCount()} methods compiled in {JitInfo.GetCompilationTime().TotalMilliseconds:0} ms"));
    }
}
