using System.Globalization;

namespace EventSourcedMM.VenueSim.Faults;

/// <summary>
/// Which faults happen by themselves: <c>drop=0.1%,delay=0.002:50ms..2s,stall=2/h:5s..30s,cut=1/20m,server-error=0.02:503,
/// wrong-clock=1/h:30s:-2s..2s</c>, or <c>storm</c> for some of everything. Kinds that hit messages or requests have a
/// share, the others a rate.
/// </summary>
public sealed class FaultPlan
{
    /// <summary>What <c>storm</c> stands for.</summary>
    public const string Storm = "drop=0.05%,duplicate=0.1%,reorder=0.1%,delay=0.1%:50ms..2s,stall=2/h:2s..40s,cut=3/h,half-open=1/h,"
        + "stale-snapshot=15%,slow-snapshot=15%:1s..8s,server-error=10%,wrong-clock=1/h:10s..60s:-3s..3s,shutdown=1/4h:1s..10s,"
        + "lost-answer=1%,unknown-status=1%,cut-request=0.5%,early-report=10%,double-report=5%,late-report=2%,fill-before-cancel=0.5%,"
        + "half-replace=2%,no-balance=0.5%,ban=0.02%:5s..30s";

    /// <summary>No faults.</summary>
    public static readonly FaultPlan None = new([]);

    private FaultPlan(IReadOnlyList<FaultRule> rules) => Rules = rules;

    /// <summary>One rule a kind.</summary>
    public IReadOnlyList<FaultRule> Rules { get; }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="FormatException">Names the part that cannot be read and says what it looks like.</exception>
    public static FaultPlan Parse(string text)
    {
        var rules = new List<FaultRule>();
        foreach (var part in (text == "storm" ? Storm : text).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var rule = ParseRule(part);
            if (rules.Exists(r => r.Kind == rule.Kind))
            {
                throw new FormatException($"--faults: {rule.Kind.Name()} is there twice.");
            }

            rules.Add(rule);
        }

        return new FaultPlan(rules);
    }

    /// <summary>The rule of a kind; null when it does not happen by itself.</summary>
    public FaultRule? Of(FaultKind kind)
    {
        foreach (var rule in Rules)
        {
            if (rule.Kind == kind)
            {
                return rule;
            }
        }

        return null;
    }

    private static FaultRule ParseRule(string part)
    {
        var equals = part.IndexOf('=');
        var kind = equals < 0 ? null : FaultNames.Find(part[..equals]);
        if (kind is not { } known)
        {
            throw new FormatException($"--faults: '{part}' is not a fault; write kind=amount with a kind of {FaultNames.List}, or storm.");
        }

        var fields = part[(equals + 1)..].Split(':');
        var rule = FaultRule.Of(known);
        rule = FaultRule.HitsMessages(known) || FaultRule.HitsRequests(known)
            ? rule with { Share = Share(part, fields[0]) }
            : rule with { Every = Every(part, fields[0]) };
        for (var i = 1; i < fields.Length; i++)
        {
            rule = (known, i) switch
            {
                (FaultKind.ServerError, 1) => rule with { Status = Status(part, fields[i]) },
                (FaultKind.WrongClock, 2) => rule with { Offset = Length(part, fields[i], negative: true) },
                (_, 1) when FaultRule.HasLength(known) => rule with { Length = Length(part, fields[i], negative: false) },
                _ => throw new FormatException($"--faults: '{part}' has a part too many: '{fields[i]}'."),
            };
        }

        return rule;
    }

    private static double Share(string part, string text)
    {
        var percent = text.EndsWith('%');
        var ok = double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share);
        share = percent ? share / 100 : share;
        return ok && share is >= 0 and <= 1
            ? share
            : throw new FormatException($"--faults: '{part}': '{text}' is not a share of messages or requests; write 0.001 or 0.1%.");
    }

    private static long Every(string part, string text)
    {
        var slash = text.IndexOf('/');
        var period = slash < 0 ? "" : text[(slash + 1)..];
        period = period.Length > 0 && char.IsAsciiDigit(period[0]) ? period : "1" + period;
        return slash > 0
            && decimal.TryParse(text[..slash], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) && count > 0
            && DurationRange.TryDuration(period, out var length) && length > 0 && length / count >= 1
                ? (long)(length / count)
                : throw new FormatException($"--faults: '{part}': '{text}' is not a rate; write 2/h or 1/20m, in time of the venue.");
    }

    private static DurationRange Length(string part, string text, bool negative) =>
        DurationRange.TryParse(text, out var span) && (negative || span.Least >= 0)
            ? span
            : throw new FormatException($"--faults: '{part}': '{text}' is not a duration; write 500ms, 5s, 2m, or a range such as 1s..10s.");

    internal static int Status(string part, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 500 and <= 599
            ? status
            : throw new FormatException($"--faults: '{part}': '{text}' is not a status from 500 to 599.");
}
