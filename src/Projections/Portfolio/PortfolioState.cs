using System.Security.Cryptography;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections.Portfolio;

/// <summary>
/// Everything that the portfolio of a live run knows: the facts it was told and the verdicts it gave. Only
/// <see cref="PortfolioEngine"/> changes it; it has one owner and no clock, so the same facts give the same verdicts. Money has
/// <see cref="PortfolioRules.MoneyDecimals"/> decimals of the one asset that all symbols are quoted in.
/// </summary>
public sealed class PortfolioState
{
    /// <summary>The limits; null before it started.</summary>
    public PortfolioRules? Rules { get; internal set; }

    /// <summary>Its first event.</summary>
    public PortfolioStarted Started { get; internal set; }

    /// <summary>The symbols, in the order of the first event.</summary>
    public IReadOnlyList<PortfolioSymbol> Symbols { get; internal set; } = [];

    /// <summary>Latest stamp stepped in nanoseconds since the epoch; never runs backwards.</summary>
    public long Now { get; internal set; }

    /// <summary>Facts stepped.</summary>
    public long Facts { get; internal set; }

    /// <summary>Verdicts given.</summary>
    public long Verdicts { get; internal set; }

    /// <summary>UTC day (days since the epoch): the latest that a symbol has begun.</summary>
    public long Day { get; internal set; }

    /// <summary>UTC day whose loss reached day_loss last; 0 for none.</summary>
    public long LossDay { get; internal set; }

    /// <summary>True from max_gross_inventory on, until it is undercut.</summary>
    public bool IsGrossStopped { get; internal set; }

    /// <summary>True from budget_percent of an order count on, until it is undercut.</summary>
    public bool IsOrdersStopped { get; internal set; }

    /// <summary>True from budget_percent of the request weight on, until it is undercut.</summary>
    public bool IsWeightStopped { get; internal set; }

    /// <summary>What is used of the venue's limits, as last told.</summary>
    public BudgetReported Budget { get; internal set; }

    /// <summary>The account's quote.</summary>
    public Capital Capital { get; } = new();

    /// <summary>True between its first event and its last.</summary>
    public bool Running { get; internal set; }

    /// <summary>PnL of the day over all symbols, without that of earlier runs.</summary>
    public Int128 OwnDayPnl
    {
        get
        {
            Int128 sum = 0;
            foreach (var symbol in Symbols)
            {
                // A symbol that has not begun the day has made nothing in it.
                sum += symbol.Day == Day ? symbol.DayPnl : 0;
            }

            return sum;
        }
    }

    /// <summary>PnL of the day over all symbols, earlier runs of the day included.</summary>
    public Int128 DayPnl => OwnDayPnl + (Day == Started.Day ? Started.Carried : 0);

    // The account's quote as reported last.
    internal long BalanceTime { get; set; }

    internal Int128 QuoteFree { get; set; }

    internal Int128 QuoteLocked { get; set; }

    /// <summary>SHA-256 over all of it in canonical bytes, in the order written here.</summary>
    public Digest Hash()
    {
        var buffer = new ByteBuffer(1024);
        var writer = new CanonicalWriter(buffer);
        var started = Started;
        PortfolioStarted.Describe(ref writer, ref started);
        foreach (var number in (ReadOnlySpan<long>)
            [
                Now, Facts, Verdicts, Day, LossDay, IsGrossStopped ? 1 : 0, IsOrdersStopped ? 1 : 0, IsWeightStopped ? 1 : 0,
                Running ? 1 : 0, BalanceTime, Symbols.Count,
            ])
        {
            writer.Signed(number);
        }

        var budget = Budget;
        BudgetReported.Describe(ref writer, ref budget);
        foreach (var amount in (ReadOnlySpan<Int128>)[QuoteFree, QuoteLocked])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        Capital.WriteTo(writer);
        foreach (var symbol in Symbols)
        {
            symbol.WriteTo(writer);
        }

        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(buffer.Span, hash);
        return Digest.From(hash);
    }
}
