namespace EventSourcedMM.Cli.Checks;

/// <summary>One thing that was checked.</summary>
/// <param name="Component">ws, data, book, quotes, store or venue.</param>
/// <param name="Name">What was checked.</param>
/// <param name="Passed">Whether it is as it should be.</param>
/// <param name="Value">The number, in words.</param>
/// <param name="Advice">What to do when it is not.</param>
public sealed record CheckResult(string Component, string Name, bool Passed, string Value, string Advice);
